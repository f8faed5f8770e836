import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';
import { CompiledQuery, sql, type Kysely } from 'kysely';
import { Agent } from 'undici';
import { receiverOf } from '../src/call/outbox.ts';
import type { Clock, Logger, Random } from '../src/call/ports.ts';
import { AccountRepository } from '../src/store/account-repository.ts';
import { GroupCommit } from '../src/store/group-commit.ts';
import { migrate } from '../src/store/migrate.ts';
import { OutboxRepository } from '../src/store/outbox-repository.ts';
import type { Schema } from '../src/store/schema.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { PushSender } from '../src/webhooks/deliver.ts';
import { DeliveryLoop } from '../src/webhooks/delivery-loop.ts';
import { sampleApp, sampleCall } from '../test/contract/samples.ts';
import { temporaryDirectory } from '../test/support/peer-process.ts';
import type { ReceiverReport } from './push-receivers.ts';

/** Milliseconds. */
export interface Delays {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface PaceFigures {
  /** Pushes written for receivers that answer. */
  readonly written: number;
  /** Of them, those that arrived. */
  readonly received: number;
  readonly perSecond: number;
  /** From the commit of a push to its arrival. */
  readonly delay: Delays;
  readonly cpuPerCent: number;
  /** Pushes that hanging receivers took without a word. */
  readonly hung: number;
}

export interface PushFigures {
  readonly receivers: number;
  readonly hanging: number;
  /** Paced, only receivers that answer. */
  readonly alone: PaceFigures;
  /** The same pace, and as much for each hanging receiver. */
  readonly besideHanging: PaceFigures;
  /** A backlog, as fast as it goes. */
  readonly backlog: { readonly pushes: number; readonly perSecond: number; readonly cpuMicroseconds: number };
  /** Bare undici: the same bodies to the same receivers from memory, unsigned, nothing stored. */
  readonly undici: { readonly pushes: number; readonly perSecond: number; readonly cpuMicroseconds: number };
}

export interface PushLoad {
  readonly answering: number;
  readonly hanging: number;
  /** Pushes a second to those that answer. */
  readonly pace: number;
  readonly seconds: number;
  readonly backlog: number;
  /** Where to leave a profile of the pace beside hanging receivers, for bench/flame-graph.ts. */
  readonly profile?: string;
}

/** Status pushes that one call tells, each in the next round of all receivers. */
const PUSHES_OF_CALL = 4;

/** Milliseconds between two writes. */
const TICK = 10;

const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: console.error };
const clock: Clock = {
  now: Date.now,
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};
const pseudoRandom: Random = { integer: (below) => Math.floor(Math.random() * below) };
const exactNow = (): number => performance.timeOrigin + performance.now();

class Receivers {
  readonly #child: ChildProcess;
  readonly urls: readonly string[];

  private constructor(child: ChildProcess, ports: readonly number[]) {
    this.#child = child;
    this.urls = ports.map((port) => `http://127.0.0.1:${port}/status`);
  }

  static async start(answering: number, hanging: number): Promise<Receivers> {
    const program = fileURLToPath(new URL('./push-receivers.ts', import.meta.url));
    const child = fork(program, [String(answering), String(hanging)]);
    const [ports] = (await once(child, 'message')) as [number[]];
    return new Receivers(child, ports);
  }

  async report(): Promise<ReceiverReport> {
    this.#child.send('report');
    const [figures] = (await once(this.#child, 'message')) as [ReceiverReport];
    return figures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}

/** Writes what running calls would write: events' pushes, straight into the outbox. */
class Calls {
  readonly #commits: GroupCommit<Schema>;
  #calls = 0;

  constructor(commits: GroupCommit<Schema>) {
    this.#commits = commits;
  }

  /** Calls that are there to be told of. @returns the number of the first */
  async create(count: number): Promise<number> {
    const first = this.#calls;
    const { icid: _icid, sessionId: _sessionId, ...call } = sampleCall('bench');
    await this.#commits.run(async (transaction) => {
      for (let index = 0; index < count; index++) {
        const sessionId = `bench-${first + index}`;
        await transaction.executeQuery(
          CompiledQuery.raw(
            `insert into calls (session_id, icid, app_key, sp_id, order_json, sandbox, accepted_at, state, last_sequence,
               legs_json, release_cause, teardown_point, released_by)
             values (?, ?, 'app-1', 'sp-1', '{}', 1, ?, 'running', 0, '[]', 0, 0, 'platform')`,
            [sessionId, sessionId, call.acceptedAt],
          ),
        );
      }
    });
    this.#calls += count;
    return first;
  }

  /** One commit; of each call only the first pending push is due, as in call-repository.ts. */
  async tell(pushes: readonly { readonly call: number; readonly url: string }[]): Promise<void> {
    const at = exactNow();
    const millisecond = Math.floor(at);
    await this.#commits.run(async (transaction) => {
      for (const { call, url } of pushes) {
        const sessionId = `bench-${call}`;
        const timestamp = '2026-01-01 00:00:00';
        const body = JSON.stringify({
          eventType: 'answer',
          statusInfo: { timestamp, sessionId, caller: '+8675528000001', called: '+8613500000001', at },
        });
        const receiver = receiverOf('app-1', url);
        await transaction.executeQuery(
          CompiledQuery.raw(
            `insert into pushes (session_id, kind, app_key, url, receiver, body, state, attempts, next_attempt_at, created_at)
             values (?1, 'status', 'app-1', ?2, ?3, ?4, 'pending', 0, case when exists (
               select 1 from pushes where session_id = ?1 and receiver = ?3 and state = 'pending') then null else ?5 end, ?5)`,
            [sessionId, url, receiver, body, millisecond],
          ),
        );
      }
    });
  }
}

interface Bench {
  readonly load: PushLoad;
  readonly receivers: Receivers;
  readonly calls: Calls;
  readonly loop: DeliveryLoop;
  readonly database: Kysely<Schema>;
}

const cpuSeconds = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Writes at `pace` for `seconds`, and `perHanging` a second more for each of the hanging. */
async function paced(bench: Bench, withHanging: boolean): Promise<PaceFigures> {
  const { load, receivers, calls, loop } = bench;
  const { answering, hanging, pace, seconds } = load;
  const targets = withHanging ? answering + hanging : answering;
  const perTick = ((pace * targets) / answering / 1_000) * TICK;
  const total = Math.floor(((pace * targets) / answering) * seconds);
  const first = await calls.create(Math.ceil(total / targets / PUSHES_OF_CALL) * targets);
  await receivers.report();
  const [since, cpu] = [performance.now(), process.cpuUsage()];
  let written = 0;
  let toAnswering = 0;
  while (written < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - since) / TICK) * perTick));
    const pushes: { call: number; url: string }[] = [];
    for (; written < due; written++) {
      const target = written % targets;
      const round = Math.floor(written / targets);
      const call = first + target + Math.floor(round / PUSHES_OF_CALL) * targets;
      pushes.push({ call, url: receivers.urls[target] ?? '' });
      if (target < answering) toAnswering += 1;
    }
    await calls.tell(pushes);
    loop.wake();
    await pause(TICK);
  }
  const took = (performance.now() - since) / 1_000;
  const cpuPerCent = Math.round((cpuSeconds(cpu) / took) * 100);
  await settled(bench, answering);
  const { received, hung, p50, p99, max } = await receivers.report();
  return {
    written: toAnswering,
    received,
    perSecond: Math.round(toAnswering / took),
    delay: { p50, p99, max },
    cpuPerCent,
    hung,
  };
}

/** Resolves when nothing is pending for the receivers that answer. */
async function settled({ database, receivers }: Bench, answering: number): Promise<void> {
  const hanging = new Set(receivers.urls.slice(answering).map((url) => receiverOf('app-1', url)));
  for (;;) {
    const rows = await database
      .selectFrom('pushes')
      .select('receiver')
      .distinct()
      .where('state', '=', sql.lit('pending' as const))
      .execute();
    if (!rows.some(({ receiver }) => !hanging.has(receiver))) return;
    await pause(50);
  }
}

async function drained(bench: Bench): Promise<PushFigures['backlog']> {
  const { load, receivers, calls, loop } = bench;
  const first = await calls.create(load.backlog);
  for (let written = 0; written < load.backlog; written += 1_000) {
    const some = Array.from({ length: Math.min(1_000, load.backlog - written) }, (_, index) => ({
      call: first + written + index,
      url: receivers.urls[(written + index) % load.answering] ?? '',
    }));
    await calls.tell(some);
  }
  const [since, cpu] = [performance.now(), process.cpuUsage()];
  loop.wake();
  await settled(bench, load.answering);
  return rate(load.backlog, since, cpu);
}

const rate = (pushes: number, since: number, cpu: NodeJS.CpuUsage): PushFigures['backlog'] => ({
  pushes,
  perSecond: Math.round((pushes * 1_000) / (performance.now() - since)),
  cpuMicroseconds: Math.round((cpuSeconds(cpu) * 1e6) / pushes),
});

/** What undici does alone with the same bodies and receivers. */
async function bare(receivers: Receivers, { answering, backlog }: PushLoad): Promise<PushFigures['undici']> {
  const agent = new Agent();
  let next = 0;
  const body = JSON.stringify({
    eventType: 'answer',
    statusInfo: { at: exactNow(), sessionId: 'x'.repeat(120) },
  });
  const worker = async (): Promise<void> => {
    while (next < backlog) {
      const url = new URL(receivers.urls[next++ % answering] ?? '');
      const { body: answer } = await agent.request({
        origin: url.origin,
        path: url.pathname,
        method: 'POST',
        headers: { 'Content-Type': 'application/json;charset=UTF-8' },
        body,
      });
      await answer.dump();
    }
  };
  const [since, cpu] = [performance.now(), process.cpuUsage()];
  await Promise.all(Array.from({ length: 900 }, worker));
  const figures = rate(backlog, since, cpu);
  await agent.close();
  return figures;
}

async function profiled<T>(file: string | undefined, work: () => Promise<T>): Promise<T> {
  if (file === undefined) return work();
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  const result = await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  writeFileSync(file, JSON.stringify(profile));
  return result;
}

/** From the outbox on the store, signed, over HTTP to receivers in another process, outcomes stored. */
export async function pushes(load: PushLoad): Promise<PushFigures> {
  using directory = temporaryDirectory();
  await using receivers = await Receivers.start(load.answering, load.hanging);
  const { database, traits } = openSqlite({ path: `${directory.path}/store.db` });
  await migrate(database, traits);
  // One group of commits for the pushes and for what became of them, as in the store.
  const commits = new GroupCommit(database);
  const outbox = new OutboxRepository(database, commits);
  const accounts = new AccountRepository(database, commits);
  await accounts.putAccount({ spId: 'sp-1', name: 'Bench', state: 'active', createdAt: Date.now() });
  await accounts.putApp(sampleApp('app-1'));
  const sender = new PushSender({ clock, privateReceivers: true });
  const loop = new DeliveryLoop({ outbox, accounts, sender, clock, random: pseudoRandom, log: SILENT });
  const bench: Bench = { load, receivers, loop, database, calls: new Calls(commits) };
  loop.start();
  const warm = { ...bench, load: { ...load, seconds: 3, pace: Math.ceil(load.pace / 2) } };
  await paced(warm, false);
  const alone = await paced(bench, false);
  const besideHanging = await profiled(load.profile, () => paced(bench, true));
  const backlog = await drained(bench);
  await loop.stop();
  await sender.close();
  await commits.settled();
  await database.destroy();
  const undici = await bare(receivers, load);
  const { answering, hanging } = load;
  return { receivers: answering + hanging, hanging, alone, besideHanging, backlog, undici };
}
