import { join } from 'node:path';
import { leftOver } from '../support/at-rest.ts';
import { type Audit, auditCalls, auditedFaults, type Crash } from '../support/call-audit.ts';
import { CallLoad, loadBehaviour } from '../support/call-load.ts';
import { FarEnd, type FarEndCall } from '../support/far-end.ts';
import { Lateness } from '../support/lateness.ts';
import { eventually } from '../support/peer-process.ts';
import { Receiver } from '../support/receiver.ts';
import { ServedPlatform } from '../support/served-platform.ts';
import { SeededRandom } from '../virtual-network/seeded-random.ts';
import { databaseFor } from './database.ts';
import type { SoakOptions, SoakPart, SoakReport } from './part.ts';

/** Calls a second, and at once after each start: some twenty are up at a time, half of them with two legs. */
const PER_SECOND = 8;
const BURST = 8;
/** Calls that an app may hold, beside those that are held on purpose. */
const PORTS = 100;
/** UDP ports of media, beside those of the calls that are held: pairs rest for some seconds after each call. */
const MEDIA_PORTS = 800;
/** A pair for each of two legs. */
const PORTS_OF_CALL = 4;
/** How fast the calls are placed that are held, a second, and for how long they are, ms. */
const RAISED = 20;
const HELD = 30_000;
/** How long phones may ring: longer than it takes to place the calls that are held, and to hold them. */
const HOLDS = '10min';
/** The longest that a platform lives before it is killed, ms. */
const LONGEST_LIFE = 2_000;
/** One life in so many ends while it still repairs what the one before left behind. */
const SHORT_LIVES = 5;
/** How long far ends are given to be released after a start, ms. */
const RELEASE = 15_000;
/** The same for each call that was held. */
const RELEASE_OF_CALL = 15;

/** Counts of what went on, and of what went wrong. */
class Tally {
  kills = 0;
  farEndsUp = 0;
  /** Of each kill. */
  readonly leftUp: number[] = [];
  readonly released = { bye: 0, cancelled: 0, left: 0, lost: 0 };
  readonly notReleased: FarEndCall[] = [];
  /** ms from the start of the process to its readiness. */
  readonly starts: number[] = [];
  readonly leaks: string[] = [];
}

async function run(options: SoakOptions, say: (progress: string) => void): Promise<SoakReport> {
  const random = new SeededRandom(options.seed);
  await using parts = new AsyncDisposableStack();
  const database = parts.use(await databaseFor(options.database));
  const receiver = parts.use(await Receiver.start());
  const farEnd = parts.use(await FarEnd.start(loadBehaviour(new SeededRandom(options.seed + 1))));
  const { up = 0 } = options;
  const platform = await ServedPlatform.start({
    flags: ['--trunk', farEnd.trunk, '--drain-seconds', '3', '--ring-timeout', HOLDS, ...database.flags],
    app: { recording: true, ports: PORTS + up },
    mediaPorts: MEDIA_PORTS + PORTS_OF_CALL * up,
  });
  const load = await CallLoad.prepare(platform, receiver, random);
  const lives = new Lives(platform, farEnd, load, random, up);
  parts.use(lives);
  const until = options.seconds === undefined ? Infinity : performance.now() + options.seconds * 1_000;
  while (lives.tally.kills < options.kills && performance.now() < until) {
    await lives.liveAndDie();
    if (up > 0 || lives.tally.kills % 10 === 0) say(lives.progress);
  }
  await lives.comeToRest();
  say('reading every call ...');
  const audit = await auditCalls({
    platform: lives.platform,
    receiver,
    recordings: join(lives.platform.data, 'recordings'),
    accepted: load.accepted,
    crashes: lives.crashes,
  });
  const { code } = await lives.platform.terminated();
  if (code !== 0) lives.tally.leaks.push(`the last stop ended with ${code}`);
  return reportOf({ lives, load, audit, faults: [...receiver.faults, ...farEnd.problems.map(String)] });
}

/** One platform after the other on the same data, each killed at a random moment. */
class Lives {
  readonly tally = new Tally();
  readonly crashes: Crash[] = [];
  platform: ServedPlatform;
  readonly #farEnd: FarEnd;
  readonly #load: CallLoad;
  readonly #random: SeededRandom;
  readonly #up: number;
  readonly #lateness = new Lateness();

  /** @param up calls that are held before each kill */
  constructor(platform: ServedPlatform, farEnd: FarEnd, load: CallLoad, random: SeededRandom, up: number) {
    this.#up = up;
    this.platform = platform;
    this.#farEnd = farEnd;
    this.#load = load;
    this.#random = random;
  }

  get progress(): string {
    const { kills, farEndsUp, notReleased } = this.tally;
    const { size } = this.#load.accepted;
    return `${kills} kills, ${size} calls accepted, ${farEndsUp} far ends left up, ${notReleased.length} not released`;
  }

  async liveAndDie(): Promise<void> {
    const random = this.#random;
    this.#lateness.worst = 0;
    this.#load.start(PER_SECOND, BURST);
    if (this.#up > 0) await this.#holdCalls();
    const life = random.next() < 1 / SHORT_LIVES ? random.between(0, 60) : random.between(0, LONGEST_LIFE);
    await new Promise((resolve) => setTimeout(resolve, life));
    const at = Date.now();
    const killed = this.platform.kill();
    const stopped = this.#load.stop();
    await killed;
    await stopped;
    const left = this.#farEnd.open;
    this.tally.kills += 1;
    this.tally.farEndsUp += left.length;
    this.tally.leftUp.push(left.length);
    this.crashes.push({ at, lateness: this.#lateness.worst });
    const since = performance.now();
    this.platform = await this.platform.restarted();
    this.tally.starts.push(performance.now() - since);
    await this.#expectReleased(left);
  }

  /** Their recordings grow; the other calls come and go. */
  async #holdCalls(): Promise<void> {
    await this.#load.raise(this.#up, RAISED);
    await eventually(() => this.#farEnd.open.length >= 2 * this.#up, 'the calls to be held are up', 60_000);
    await new Promise((resolve) => setTimeout(resolve, HELD));
  }

  async #expectReleased(left: readonly FarEndCall[]): Promise<void> {
    const released = (): boolean => left.every(({ outcome }) => outcome !== undefined);
    await eventually(released, 'far ends are released', RELEASE + RELEASE_OF_CALL * this.#up).catch(() => {});
    for (const call of left) {
      if (call.outcome === undefined || call.outcome === 'lost') this.tally.notReleased.push(call);
      if (call.outcome !== undefined) this.tally.released[call.outcome] += 1;
    }
  }

  /** A last load without a crash; when its calls are over, nothing may be left of any. */
  async comeToRest(): Promise<void> {
    this.#load.start(PER_SECOND, BURST);
    await new Promise((resolve) => setTimeout(resolve, LONGEST_LIFE));
    await this.#load.stop();
    for (const sessionId of this.#load.endless) await this.platform.stop(sessionId);
    this.tally.leaks.push(...(await leftOver(this.platform)));
    const { sessionId, idlePort } = await this.#load.probe();
    if (idlePort !== PORTS + this.#up - 1) this.tally.leaks.push(`idlePort ${idlePort}`);
    await this.platform.ended(sessionId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lateness[Symbol.dispose]();
    await this.platform[Symbol.asyncDispose]();
  }
}

interface Outcome {
  readonly lives: Lives;
  readonly load: CallLoad;
  readonly audit: Audit;
  readonly faults: readonly string[];
}

function reportOf({ lives: { tally }, load, audit, faults }: Outcome): SoakReport {
  const refusals = [...load.refused].map(([code, times]) => `${code}: ${times}`).join(', ');
  const starts = tally.starts.toSorted((a, b) => a - b);
  const { bye, cancelled, left } = tally.released;
  return {
    tried: {
      kills: tally.kills,
      'calls accepted': load.accepted.size,
      'calls known afterwards': audit.calls,
      'calls cut off': audit.cutOff,
      'requests cut off': load.unanswered,
      'far ends that kills left up': tally.farEndsUp,
      'pushes received': audit.pushes,
      'recordings cut off': audit.recordingsCutOff,
    },
    lost: {
      ...Object.fromEntries(auditedFaults.map((fault) => [fault, audit.faults.get(fault)?.length ?? 0])),
      'requests refused': [...load.refused.values()].reduce((sum, times) => sum + times, 0),
      'far ends not released': tally.notReleased.length,
      'left over after the last call': tally.leaks.length,
      'complaints of receiver and phones': faults.length,
    },
    measured: {
      'far ends that a kill left up: fewest / most': `${Math.min(...tally.leftUp)} / ${Math.max(...tally.leftUp)}`,
      'recordings cut off that were over 30 s long': audit.longRecordings,
      'released by BYE / CANCEL, left by themselves': `${bye} / ${cancelled}, ${left}`,
      'refusals by code': refusals || 'none',
      'start to ready, ms: median / longest': `${middle(starts)} / ${Math.round(starts.at(-1) ?? 0)}`,
      'loss of a recording, ms: longest / less lateness of the machine': `${audit.rawRecordingLoss} / ${audit.recordingLoss}`,
    },
    examples: [
      ...[...audit.faults].flatMap(([fault, sessions]) =>
        sessions.slice(0, 3).map((text) => `${fault}: ${text}`),
      ),
      ...tally.notReleased.slice(0, 3).map((call) => `not released: ${JSON.stringify(call)}`),
      ...tally.leaks,
      ...faults.slice(0, 3),
    ],
  };
}

const middle = (sorted: readonly number[]): number => Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);

export const crash: SoakPart = {
  name: 'crash',
  what: 'SIGKILL at random moments under load, and what the next start makes of it',
  run,
};
