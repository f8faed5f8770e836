import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompiledQuery, type Kysely, type KyselyPlugin, type RootOperationNode, sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sampleCall, START } from '../../test/contract/samples.ts';
import { postgresMissing, PostgresServer } from '../../test/support/postgres.ts';
import type { CallListQuery } from '../call/queries.ts';
import { CallQueryRepository } from './call-query-repository.ts';
import { rowOfCall } from './call-rows.ts';
import { migrate, migrations } from './migrate.ts';
import type { DialectTraits } from './migration.ts';
import { callSearch } from './migrations/023-call-search.ts';
import { openPostgres } from './postgres.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';

const [caller, callee] = ['+8613500000001', '+8613500000002'];
const before = migrations.slice(0, migrations.indexOf(callSearch));

/** A call as the version before wrote it. */
async function placeOldCall(database: Kysely<Schema>, traits: DialectTraits): Promise<void> {
  await migrate(database, traits, before);
  const { caller_nbr: _caller, callee_nbr: _callee, ...row } = rowOfCall(sampleCall('old'));
  const [columns, values] = [Object.keys(row), Object.values(row)];
  await sql`insert into calls (${sql.join(columns.map((name) => sql.ref(name)))}) values (${sql.join(values)})`.execute(
    database,
  );
}

const found = async (database: Kysely<Schema>, query: Omit<CallListQuery, 'limit'>): Promise<string[]> => {
  const { calls } = await new CallQueryRepository(database).list({ ...query, limit: 50 });
  return calls.map(({ sessionId }) => sessionId);
};

async function expectOldCall(database: Kysely<Schema>, traits: DialectTraits): Promise<void> {
  await migrate(database, traits);
  for (const number of [caller, callee]) expect(await found(database, { number })).toEqual(['old']);
}

/** What the database says of how it answers a query. */
async function plansOf(
  database: Kysely<Schema>,
  explain: string,
  query: Omit<CallListQuery, 'limit'>,
): Promise<string> {
  const asked: CompiledQuery[] = [];
  const listener: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      asked.push(database.getExecutor().compileQuery(node as RootOperationNode, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  await found(database.withPlugin(listener), query);
  const plans = await Promise.all(
    asked.map((one) =>
      database.executeQuery(CompiledQuery.raw(`${explain} ${one.sql}`, [...one.parameters])),
    ),
  );
  return JSON.stringify(plans.map(({ rows }) => rows));
}

/** The index that serves each search: what is read grows with what is found, not with what is stored. */
const served: readonly (readonly [string, Omit<CallListQuery, 'limit'>, readonly string[]])[] = [
  ['all', {}, ['calls_by_time']],
  ['a session', { sessionId: 's' }, []],
  ['a number', { number: callee }, ['calls_by_caller', 'calls_by_callee']],
  ['a number of an account', { number: callee, spId: 'sp-1' }, ['calls_by_caller', 'calls_by_callee']],
  ['a cause', { cause: 8102 }, ['calls_by_cause']],
  ['a time', { since: START, until: START + 1_000 }, ['calls_by_time']],
  ['an application', { appKey: 'app-1' }, ['calls_by_app']],
  ['an account', { spId: 'sp-1' }, ['calls_by_account']],
  ['what runs', { state: 'running' }, ['calls_unfinished']],
  ['what runs of an application', { state: 'running', appKey: 'app-1' }, ['calls_unfinished']],
  ['what waits of an account', { state: 'accepted', spId: 'sp-1' }, ['calls_unfinished']],
];

describe('searching calls on SQLite', () => {
  let folder: string;
  let opened: ReturnType<typeof openSqlite>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ovc-search-'));
    opened = openSqlite({ path: join(folder, 'store.db') });
  });
  afterEach(async () => {
    await opened.database.destroy();
    rmSync(folder, { recursive: true });
  });

  it('finds the calls of an older version by their numbers', async () => {
    await placeOldCall(opened.database, opened.traits);
    await expectOldCall(opened.database, opened.traits);
  });

  it.each(served)('finds %s by an index, in order', async (_name, query, indexes) => {
    await migrate(opened.database, opened.traits);
    const plan = await plansOf(opened.database, 'explain query plan', query);
    for (const index of indexes) expect(plan).toContain(`USING INDEX ${index}`);
    expect(plan).toContain('USING INDEX');
    expect(plan).not.toMatch(/SCAN calls"|TEMP B-TREE/);
  });
});

describe.skipIf(postgresMissing)(`searching calls on PostgreSQL (${postgresMissing ?? 'installed'})`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);
  afterAll(() => server[Symbol.asyncDispose](), 60_000);

  async function withDatabase(
    use: (database: Kysely<Schema>, traits: DialectTraits) => Promise<void>,
  ): Promise<void> {
    const { writer, reader, traits } = openPostgres({ url: await server.createDatabase() });
    try {
      await use(writer, traits);
    } finally {
      await writer.destroy();
      await reader.destroy();
    }
  }

  it('finds the calls of an older version by their numbers', { timeout: 60_000 }, () =>
    withDatabase(async (database, traits) => {
      await placeOldCall(database, traits);
      await expectOldCall(database, traits);
    }),
  );

  it('finds each by its index among many', { timeout: 60_000 }, () =>
    withDatabase(async (database, traits) => {
      await migrate(database, traits);
      // Enough that reading all of them would cost more than an index.
      const { order_json: order, legs_json: legs } = rowOfCall(sampleCall('s'));
      await sql`insert into calls (session_id, icid, app_key, sp_id, order_json, sandbox, accepted_at, state, last_sequence,
          legs_json, release_cause, teardown_point, released_by, caller_nbr, callee_nbr)
        select 's' || n, 'i' || n, 'app-' || n % 50, 'sp-' || n % 50, ${order}, 1, ${START}::bigint + n,
          case when n % 1000 = 0 then 'running' else 'ended' end, 1, ${legs}, 8000 + n % 100, 1, 'callee',
          '+86135' || n % 5000, '+86136' || n % 5000
        from generate_series(1, 20000) n`.execute(database);
      await sql`analyze calls`.execute(database);
      for (const [, query, indexes] of served) {
        const plan = await plansOf(database, 'explain', query);
        for (const index of indexes) expect(plan).toContain(index);
        expect(plan).not.toContain('Seq Scan');
      }
    }),
  );
});
