/**
 * The peer of the API bench: a bare fastify server with the same digest check and one durable insert of a row of the same
 * size, and nothing else; `node prototype.ts JSON`. What arrives while a commit is being made shares the next one.
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import fastify from 'fastify';
import pg from 'pg';

export interface PrototypeOptions {
  /** `sqlite:PATH` or `postgres://...`. */
  readonly database: string;
  readonly oneByOne?: boolean;
}

const { database, oneByOne = false } = JSON.parse(process.argv[2] ?? '{}') as PrototypeOptions;
const [appKey, appSecret] = ['bench', 'secret-of-the-bench'];
const TABLE = 'create table prototype (session_id text primary key, at bigint not null, body text not null)';

type Row = readonly [sessionId: string, at: number, body: string];

async function sqliteWriter(path: string): Promise<(rows: readonly Row[]) => void> {
  const connection = new DatabaseSync(path);
  connection.exec(`pragma journal_mode = wal; pragma synchronous = full; ${TABLE}`);
  const insert = connection.prepare('insert into prototype values (?, ?, ?)');
  return (rows) => {
    connection.exec('begin');
    for (const row of rows) insert.run(...row);
    connection.exec('commit');
  };
}

async function postgresWriter(url: string): Promise<(rows: readonly Row[]) => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(TABLE);
  const text = 'insert into prototype select * from unnest($1::text[], $2::bigint[], $3::text[])';
  return async (rows) => {
    const columns = [0, 1, 2].map((column) => rows.map((row) => row[column]));
    await client.query({ name: 'insert', text, values: columns });
  };
}

const path = /^sqlite:(.+)$/.exec(database)?.[1];
const write = await (path === undefined ? postgresWriter(database) : sqliteWriter(path));
const waiting: { row: Row; done: () => void }[] = [];
let writing = false;

async function writeAll(): Promise<void> {
  writing = true;
  while (waiting.length > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    const group = waiting.splice(0, oneByOne ? 1 : waiting.length);
    await write(group.map(({ row }) => row));
    for (const { done } of group) done();
  }
  writing = false;
}

const store = (row: Row): Promise<void> =>
  new Promise((done) => {
    waiting.push({ row, done });
    if (!writing) void writeAll();
  });

const server = fastify();
server.post('/rest/httpsessions/click2Call/v2.0', async (request, reply) => {
  const token = Object.fromEntries(
    String(request.headers['x-aksk'])
      .matchAll(/(\w+)="([^"]*)"/g)
      .map(([, key, value]) => [key, value]),
  );
  const digest = createHmac('sha256', appSecret).update(`${token.Nonce}${token.Created}`).digest('base64');
  if (!timingSafeEqual(Buffer.from(digest), Buffer.from(token.PasswordDigest ?? '')))
    return reply.code(401).send();
  const sessionId = randomUUID();
  await store([sessionId, Date.now(), JSON.stringify(request.body)]);
  return { resultcode: '0', resultdesc: 'Success', sessionId };
});
const url = await server.listen({ host: '127.0.0.1', port: 0 });
console.log(JSON.stringify({ url, appKey, appSecret }));
process.once('SIGTERM', () => process.exit(0));
