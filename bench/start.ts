import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { secretKeys } from '../src/store/secret-key.ts';
import { openPostgresStore, openSqliteStore, type Store } from '../src/store/store.ts';
import { sampleCall, sampleChange, START } from '../test/contract/samples.ts';
import { temporaryDirectory } from '../test/support/peer-process.ts';
import { postgresMissing, PostgresServer } from '../test/support/postgres.ts';
import { ServeProcess } from './serve-process.ts';

export interface StartFigures {
  /** Calls in the database, each with two events, three pushes and a record. */
  readonly calls: number;
  /** Milliseconds from the start of the process until it says that it is ready; median of `runs`. */
  readonly existing: number;
  /** The same with PostgreSQL; undefined where it is not installed. */
  readonly postgres: number | undefined;
  /** The same with an empty directory, which is made first. */
  readonly empty: number;
  /** `node -e 0`, from start to end. */
  readonly node: number;
  readonly runs: number;
  /** As measured. */
  readonly all: {
    readonly existing: readonly number[];
    readonly postgres: readonly number[];
    readonly empty: readonly number[];
    readonly node: readonly number[];
  };
}

/** Calls that are written at once, so that they share transactions. */
const AT_ONCE = 1_000;

/** Measures how long a start takes with `calls` calls in the database, `runs` times. */
export async function start(calls: number, runs: number): Promise<StartFigures> {
  using directory = temporaryDirectory();
  const data = `${directory.path}/data`;
  await (await ServeProcess.start(data, ports))[Symbol.asyncDispose]();
  await fill(data, calls);
  await using server = postgresMissing === undefined ? await PostgresServer.start() : undefined;
  const onServer = server && [...ports, '--database', server.url()];
  if (server && onServer) {
    await (await ServeProcess.start(`${directory.path}/postgres`, onServer))[Symbol.asyncDispose]();
    await fillPostgres(server, `${directory.path}/postgres`, calls);
  }
  const all: Record<'existing' | 'postgres' | 'empty' | 'node', number[]> = {
    existing: [],
    postgres: [],
    empty: [],
    node: [],
  };
  for (let run = 0; run < runs; run++) {
    all.node.push(await timed(async () => void execFileSync(process.execPath, ['-e', '0'])));
    all.empty.push(await started(`${directory.path}/empty-${run}`));
    all.existing.push(await started(data));
    if (onServer) all.postgres.push(await started(`${directory.path}/postgres`, onServer));
  }
  return {
    calls,
    existing: median(all.existing),
    postgres: onServer && median(all.postgres),
    empty: median(all.empty),
    node: median(all.node),
    runs,
    all,
  };
}

/** Starts on `calls` calls with the profiler of Node, twice: the second time with compiled code at hand. @param file what it wrote the second time */
export async function profileStart(file: string, calls: number): Promise<void> {
  using directory = temporaryDirectory();
  const data = `${directory.path}/data`;
  await started(data);
  await fill(data, calls);
  for (const folder of ['first', 'second']) {
    const flags = ['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${directory.path}/${folder}`];
    await (await ServeProcess.start(data, ports, { flags }))[Symbol.asyncDispose]();
  }
  const written = readdirSync(`${directory.path}/second`).map((name) => `${directory.path}/second/${name}`);
  // The main thread's is the largest.
  const [largest] = written.sort((one, other) => statSync(other).size - statSync(one).size);
  copyFileSync(largest!, file);
}

const ports = ['--rtp', '127.0.0.1:50000-57999'];

async function started(data: string, flags: readonly string[] = ports): Promise<number> {
  let platform: ServeProcess | undefined;
  const milliseconds = await timed(async () => {
    platform = await ServeProcess.start(data, [...flags]);
  });
  await platform?.[Symbol.asyncDispose]();
  return milliseconds;
}

async function timed(action: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await action();
  return Math.round(performance.now() - since);
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

async function fill(data: string, calls: number): Promise<void> {
  const path = `${data}/openvoicecall.db`;
  const store = await openSqliteStore({ path, secretKeys: secretKeys(data, {}) });
  await writeAll(store, calls);
  // As after their deliveries; what is pending would be sent.
  const database = new DatabaseSync(path);
  database.exec(`update pushes set state = 'delivered'`);
  database.close();
}

async function fillPostgres(server: PostgresServer, data: string, calls: number): Promise<void> {
  const store = await openPostgresStore({ url: server.url(), secretKeys: secretKeys(data, {}) });
  await writeAll(store, calls);
  await server.run(`update pushes set state = 'delivered'`);
}

async function writeAll(store: Store, calls: number): Promise<void> {
  for (let first = 0; first < calls; first += AT_ONCE) {
    const group = Array.from({ length: Math.min(AT_ONCE, calls - first) }, (_, index) => first + index);
    await Promise.all(group.map((number) => write(store, number)));
  }
  await store.close();
}

async function write(store: Store, number: number): Promise<void> {
  const call = sampleCall(`bench-${number}`, { acceptedAt: START + number });
  const url = 'http://127.0.0.1:9/';
  await store.calls.create(call);
  await store.calls.commit(sampleChange(call, { sequence: 1, statusUrl: url }));
  await store.calls.commit(sampleChange(call, { sequence: 2, statusUrl: url, feeUrl: url, ends: true }));
}
