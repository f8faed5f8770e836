import { join } from 'node:path';
import { leftOver } from '../support/at-rest.ts';
import { type Audit, auditCalls, auditedFaults, type Crash, type Outage } from '../support/call-audit.ts';
import { CallLoad, loadBehaviour } from '../support/call-load.ts';
import { FarEnd } from '../support/far-end.ts';
import { Lateness } from '../support/lateness.ts';
import {
  endWriter,
  freezeWriter,
  lockPostgres,
  lockSqlite,
  stopGrowth,
  stopPostgres,
} from '../support/outages.ts';
import { eventually } from '../support/peer-process.ts';
import { PostgresServer, postgresMissing } from '../support/postgres.ts';
import { Receiver } from '../support/receiver.ts';
import { ServedPlatform } from '../support/served-platform.ts';
import { SeededRandom } from '../virtual-network/seeded-random.ts';
import type { SoakOptions, SoakPart, SoakReport } from './part.ts';

/** Calls a second: some ten to twenty are up at a time. */
const PER_SECOND = 6;
/** Calls that an app may hold, and UDP ports of media: pairs rest for some seconds after each call. */
const PORTS = 200;
const MEDIA_PORTS = 1_200;
/** Between two outages, ms. */
const PAUSE = { from: 500, to: 3_000 };
/** How long the database is away, ms, and in how many cases of a hundred. */
const LENGTHS = [
  { share: 50, from: 200, to: 2_500 },
  { share: 42, from: 3_000, to: 12_000 },
  { share: 8, from: 20_000, to: 30_000 },
] as const;
/** One outage in so many has the platform killed in the middle of it. */
const KILLED = 5;
const FULL = 'full';
/** How long after an outage it takes for all that happened meanwhile to be stored, ms: the longest pause between two tries. */
const STORED_AFTERWARDS = 6_000;
/** What requests are refused with while the database is away. */
const AWAY = '1010001';

/** Takes the database away; disposing of the result brings it back. */
type Way = (platform: ServedPlatform) => Promise<AsyncDisposable>;

interface Place extends AsyncDisposable {
  readonly flags: readonly string[];
  readonly ways: Readonly<Record<string, Way>>;
}

async function placeOf(database: SoakOptions['database']): Promise<Place> {
  if (database === 'sqlite') {
    return {
      flags: [],
      ways: {
        locked: async (platform) => lockSqlite(platform),
        [FULL]: async (platform) => stopGrowth(platform),
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }
  if (postgresMissing !== undefined) throw new Error(postgresMissing);
  const server = await PostgresServer.start();
  return {
    flags: ['--database', server.url()],
    ways: {
      locked: () => lockPostgres(server),
      stopped: () => stopPostgres(server, 'fast'),
      crashed: () => stopPostgres(server, 'immediate'),
      'writer frozen': () => freezeWriter(server),
      'writer ended': () => endWriter(server),
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

class Outages {
  readonly all: (Outage & { readonly way: string; readonly since: number })[] = [];
  readonly crashes: Crash[] = [];
  readonly leaks: string[] = [];
  /** Far ends that a kill during an outage left up, and of them those that nobody released (ADR 0014). */
  leftUp = 0;
  notReleased = 0;
  repeated = 0;
  stopped = 0;
  /** Changes that waited for the database at a time, at most; and binding steps that did not wait. */
  mostUnrecorded = 0;
  unrecordedSteps = 0;
  platform: ServedPlatform;
  readonly #ways: [string, Way][];
  readonly #load: CallLoad;
  readonly #farEnd: FarEnd;
  readonly #random: SeededRandom;
  readonly #lateness = new Lateness();
  /** Calls that do not end by themselves, and were ended. */
  readonly #ended = new Set<string>();
  #toRelease: FarEnd['open'] = [];

  constructor(
    platform: ServedPlatform,
    {
      ways,
      load,
      farEnd,
      random,
    }: { ways: Place['ways']; load: CallLoad; farEnd: FarEnd; random: SeededRandom },
  ) {
    this.platform = platform;
    this.#ways = Object.entries(ways);
    this.#load = load;
    this.#farEnd = farEnd;
    this.#random = random;
  }

  async next(): Promise<string> {
    const random = this.#random;
    await passes(random.between(PAUSE.from, PAUSE.to));
    const [way, take] = this.#ways[this.all.length % this.#ways.length]!;
    const length = this.#length();
    const isKilled = random.next() < 1 / KILLED;
    this.#lateness.worst = 0;
    const from = Date.now();
    const last = this.all.at(-1);
    // What happened in an outage just before may not be stored yet.
    const since = last !== undefined && from - last.to < STORED_AFTERWARDS ? last.since : from;
    const away = await take(this.platform);
    await passes(length / 2);
    // A call that runs is ended by its customer all the same.
    await this.#stopEndless();
    await passes(length / 2);
    await this.#measure();
    if (isKilled) await this.#killed(since, away);
    else await away[Symbol.asyncDispose]();
    const to = Date.now();
    this.all.push({ from, to, since: isKilled ? to : since, way, isDiskFull: way === FULL });
    if (isKilled) this.platform = await this.platform.restarted();
    await this.#comesBack(isKilled);
    return `${way} for ${((to - from) / 1_000).toFixed(1)} s${isKilled ? ', killed' : ''}`;
  }

  async atRest(): Promise<void> {
    await this.#load.stop();
    await this.#repeat();
    await this.#stopEndless();
    this.leaks.push(...(await leftOver(this.platform)));
    const { sessionId, idlePort } = await this.#load.probe();
    if (idlePort !== PORTS - 1) this.leaks.push(`idlePort ${idlePort}`);
    await this.platform.ended(sessionId);
  }

  #length(): number {
    let left = this.#random.next() * 100;
    const { from, to } = LENGTHS.find(({ share }) => (left -= share) < 0) ?? LENGTHS[0];
    return this.#random.between(from, to);
  }

  async #measure(): Promise<void> {
    const { platform } = this;
    const unrecorded = (await platform.metric('openvoicecall_calls_unrecorded')) ?? 0;
    this.mostUnrecorded = Math.max(this.mostUnrecorded, unrecorded);
  }

  async #killed(since: number, away: AsyncDisposable): Promise<void> {
    await this.#noteSteps();
    const at = Date.now();
    await this.platform.kill();
    const left = this.#farEnd.open;
    await away[Symbol.asyncDispose]();
    // It is dated by what could be stored last.
    this.crashes.push({ at, lateness: at - since + this.#lateness.worst });
    this.leftUp += left.length;
    this.#toRelease = left;
    for (const sessionId of this.#load.endless) this.#ended.add(sessionId);
  }

  async #comesBack(wasKilled: boolean): Promise<void> {
    const { platform } = this;
    const ready = async (): Promise<boolean> => (await fetch(`${platform.access.http}/readyz`)).ok;
    await eventually(ready, 'the platform is ready again', 60_000);
    await this.#repeat();
    await this.#stopEndless();
    if (!wasKilled) return;
    const released = (): boolean => this.#toRelease.every(({ outcome }) => outcome !== undefined);
    await eventually(released, 'far ends are released', 10_000).catch(() => {});
    this.notReleased += this.#toRelease.filter(({ outcome }) => outcome === undefined).length;
  }

  async #repeat(): Promise<void> {
    this.repeated += await this.#load.repeat();
  }

  async #stopEndless(): Promise<void> {
    for (const sessionId of this.#load.endless) {
      if (this.#ended.has(sessionId)) continue;
      const { resultcode } = (await this.platform.stop(sessionId)).body;
      // A call that was given up is not there any more.
      if (resultcode !== '0') continue;
      this.#ended.add(sessionId);
      this.stopped += 1;
    }
  }

  async #noteSteps(): Promise<void> {
    this.unrecordedSteps += (await this.platform.metric('openvoicecall_unrecorded_steps_total')) ?? 0;
  }

  async close(): Promise<void> {
    await this.#noteSteps();
    const { code } = await this.platform.terminated();
    if (code !== 0) this.leaks.push(`the last stop ended with ${code}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lateness[Symbol.dispose]();
    await this.platform[Symbol.asyncDispose]();
  }
}

const passes = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

async function run(options: SoakOptions, say: (progress: string) => void): Promise<SoakReport> {
  const random = new SeededRandom(options.seed);
  await using parts = new AsyncDisposableStack();
  const place = parts.use(await placeOf(options.database));
  const receiver = parts.use(await Receiver.start());
  const farEnd = parts.use(await FarEnd.start(loadBehaviour(new SeededRandom(options.seed + 1))));
  const platform = await ServedPlatform.start({
    flags: ['--trunk', farEnd.trunk, ...place.flags],
    app: { recording: true, ports: PORTS },
    mediaPorts: MEDIA_PORTS,
  });
  const load = await CallLoad.prepare(platform, receiver, random);
  load.keyed = true;
  const outages = parts.use(new Outages(platform, { ways: place.ways, load, farEnd, random }));
  const until = options.seconds === undefined ? Infinity : performance.now() + options.seconds * 1_000;
  load.start(PER_SECOND);
  while (outages.all.length < options.outages && performance.now() < until) {
    const how = await outages.next();
    say(`${outages.all.length}: ${how}; ${load.accepted.size} calls accepted`);
  }
  await outages.atRest();
  say('reading every call ...');
  const audit = await auditCalls({
    platform: outages.platform,
    receiver,
    recordings: join(platform.data, 'recordings'),
    accepted: load.accepted,
    crashes: outages.crashes,
    outages: outages.all,
  });
  await outages.close();
  return reportOf(outages, load, audit, [...receiver.faults, ...farEnd.problems.map(String)]);
}

function reportOf(outages: Outages, load: CallLoad, audit: Audit, faults: readonly string[]): SoakReport {
  const { all, crashes, leaks } = outages;
  const seconds = all.map(({ from, to }) => (to - from) / 1_000);
  const ways = Map.groupBy(all, ({ way }) => way);
  const otherwise = [...load.refused].filter(([code]) => code !== AWAY);
  return {
    tried: {
      outages: all.length,
      ...Object.fromEntries([...ways].map(([way, some]) => [`outages: ${way}`, some.length])),
      'kills during an outage': crashes.length,
      'calls accepted': load.accepted.size,
      'calls given up that had reached nobody': audit.givenUp,
      'calls ended because no recording could begin': audit.notRecorded,
      'calls cut off by a kill': audit.cutOff,
      'requests refused': load.refused.get(AWAY) ?? 0,
      'requests cut off': load.unanswered,
      'requests sent again under their keys': outages.repeated,
      'calls ended by their customers': outages.stopped,
      'pushes received': audit.pushes,
    },
    lost: {
      ...Object.fromEntries(auditedFaults.map((fault) => [fault, audit.faults.get(fault)?.length ?? 0])),
      'refused otherwise': otherwise.reduce((sum, [, times]) => sum + times, 0),
      'left over after the last call': leaks.length,
      'complaints of receiver and phones': faults.length,
    },
    measured: {
      'database away, s: all / longest': `${Math.round(sum(seconds))} / ${Math.max(...seconds).toFixed(1)}`,
      'calls that waited to be recorded, at most': outages.mostUnrecorded,
      'steps taken unrecorded': outages.unrecordedSteps,
      'phones up at these kills / not released (ADR 0014)': `${outages.leftUp} / ${outages.notReleased}`,
    },
    examples: [
      ...[...audit.faults].flatMap(([fault, sessions]) =>
        sessions.slice(0, 3).map((text) => `${fault}: ${text}`),
      ),
      ...otherwise.map(([code, times]) => `refused otherwise: ${code}, ${times} times`),
      ...leaks,
      ...faults.slice(0, 3),
    ],
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

export const outage: SoakPart = {
  name: 'outage',
  what: 'a database that is away at random moments, in every way, while calls come and go',
  run,
};
