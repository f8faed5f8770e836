import { execFileSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { secretKeys } from '../src/store/secret-key.ts';
import { openSqliteStore, type Store } from '../src/store/store.ts';
import { sampleCall, sampleChange, START } from '../test/contract/samples.ts';
import { temporaryDirectory } from '../test/support/peer-process.ts';
import { ServeProcess } from './serve-process.ts';

export interface StartFigures {
  /** Calls in the database, each with two events, three pushes and a record. */
  readonly calls: number;
  /** Milliseconds from the start of the process until it says that it is ready; median of `runs`. */
  readonly existing: number;
  /** The same with an empty directory, which is made first. */
  readonly empty: number;
  /** `node -e 0`, from start to end. */
  readonly node: number;
  readonly runs: number;
  /** As measured. */
  readonly all: {
    readonly existing: readonly number[];
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
  const all = { existing: [] as number[], empty: [] as number[], node: [] as number[] };
  for (let run = 0; run < runs; run++) {
    all.node.push(await timed(async () => void execFileSync(process.execPath, ['-e', '0'])));
    all.empty.push(await started(`${directory.path}/empty-${run}`));
    all.existing.push(await started(data));
  }
  return {
    calls,
    existing: median(all.existing),
    empty: median(all.empty),
    node: median(all.node),
    runs,
    all,
  };
}

const ports = ['--rtp', '127.0.0.1:50000-57999'];

async function started(data: string): Promise<number> {
  let platform: ServeProcess | undefined;
  const milliseconds = await timed(async () => {
    platform = await ServeProcess.start(data, ports);
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
  for (let first = 0; first < calls; first += AT_ONCE) {
    const group = Array.from({ length: Math.min(AT_ONCE, calls - first) }, (_, index) => first + index);
    await Promise.all(group.map((number) => write(store, number)));
  }
  await store.close();
  // As after their deliveries; what is pending would be sent.
  const database = new DatabaseSync(path);
  database.exec(`update pushes set state = 'delivered'`);
  database.close();
}

async function write(store: Store, number: number): Promise<void> {
  const call = sampleCall(`bench-${number}`, { acceptedAt: START + number });
  const url = 'http://127.0.0.1:9/';
  await store.calls.create(call);
  await store.calls.commit(sampleChange(call, { sequence: 1, statusUrl: url }));
  await store.calls.commit(sampleChange(call, { sequence: 2, statusUrl: url, feeUrl: url, ends: true }));
}
