import { join } from 'node:path';
import { auditCalls, auditedFaults } from '../support/call-audit.ts';
import { CallLoad, loadBehaviour } from '../support/call-load.ts';
import { FarEnd } from '../support/far-end.ts';
import { eventually } from '../support/peer-process.ts';
import { Receiver } from '../support/receiver.ts';
import { ServedPlatform } from '../support/served-platform.ts';
import { SeededRandom } from '../virtual-network/seeded-random.ts';
import { databaseFor } from './database.ts';
import type { SoakOptions, SoakPart, SoakReport } from './part.ts';

/** Calls a second, and at once at the start unless the soak says how many. */
const PER_SECOND = 10;
const BURST = 10;
/** Calls that an app may hold, and UDP ports of media, beside those for the calls at the start. */
const PORTS = 100;
const MEDIA_PORTS = 400;
const PORTS_OF_CALL = 4;
/** Stops unless the soak has a length. */
const STOPS = 12;
/** What `callStop` and new calls are refused with while the platform drains. */
const DRAINING = '1010010';
/** The cause of calls that a stop released. */
const STOPPED = 8020;
/** Two signals that are closer count as one, ms. */
const ONE_KEYSTROKE = 500;
/** Seconds that a short drain lasts. */
const SHORT = 1;

/**
 * `patient`: every call comes to its own end. `short`: calls that do not end are released when the time is over. `hurried`:
 * they are at the second signal.
 */
const ways = ['patient', 'short', 'hurried'] as const;
type Way = (typeof ways)[number];

class Tally {
  stops = 0;
  calls = 0;
  released = 0;
  refusedWhileDraining = 0;
  pushes = 0;
  longest = 0;
  /** Phones in a call at each stop. */
  readonly up: number[] = [];
  readonly faults = new Map<string, string[]>();

  note(fault: string, details: string): void {
    this.faults.set(fault, [...(this.faults.get(fault) ?? []), details]);
  }
}

async function run(options: SoakOptions, say: (progress: string) => void): Promise<SoakReport> {
  const random = new SeededRandom(options.seed);
  const until = options.seconds === undefined ? undefined : performance.now() + options.seconds * 1_000;
  const tally = new Tally();
  const goesOn = (): boolean => (until === undefined ? tally.stops < STOPS : performance.now() < until);
  for (let stop = 0; goesOn(); stop += 1) {
    const way = ways[stop % ways.length]!;
    await stopUnderLoad(way, options, { random, tally });
    say(`${tally.stops} stops (${way}), ${tally.calls} calls, ${tally.released} released`);
  }
  const faults = [
    'exit code',
    'far ends left up',
    'wrong refusal',
    'complaints of receiver and phones',
    ...auditedFaults,
  ];
  return {
    tried: {
      stops: tally.stops,
      'calls accepted': tally.calls,
      'calls released by the stop': tally.released,
      'requests refused while draining': tally.refusedWhileDraining,
      'pushes received': tally.pushes,
    },
    lost: Object.fromEntries(faults.map((fault) => [fault, tally.faults.get(fault)?.length ?? 0])),
    measured: {
      'longest stop, s': Number((tally.longest / 1_000).toFixed(1)),
      'phones up at a stop: fewest / most': `${Math.min(...tally.up)} / ${Math.max(...tally.up)}`,
    },
    examples: [...tally.faults].flatMap(([fault, all]) => all.slice(0, 3).map((text) => `${fault}: ${text}`)),
  };
}

async function stopUnderLoad(
  way: Way,
  options: SoakOptions,
  { random, tally }: { readonly random: SeededRandom; readonly tally: Tally },
): Promise<void> {
  await using parts = new AsyncDisposableStack();
  const database = parts.use(await databaseFor(options.database));
  const receiver = parts.use(await Receiver.start());
  const farEnd = parts.use(await FarEnd.start(loadBehaviour(random)));
  const seconds = way === 'short' ? SHORT : 60;
  const burst = options.up ?? BURST;
  const platform = parts.use(
    await ServedPlatform.start({
      flags: ['--trunk', farEnd.trunk, '--drain-seconds', String(seconds), ...database.flags],
      app: { recording: true, ports: PORTS + burst },
      mediaPorts: MEDIA_PORTS + PORTS_OF_CALL * burst,
    }),
  );
  const load = await CallLoad.prepare(platform, receiver, random);
  load.endlessToo = way !== 'patient';
  load.start(PER_SECOND, burst);
  await eventually(() => load.accepted.size >= burst, 'the calls of the beginning are accepted', 60_000);
  await new Promise((resolve) => setTimeout(resolve, random.between(200, 1_500)));
  tally.up.push(farEnd.open.length);
  const since = Date.now();
  const exited = platform.terminated();
  if (way === 'hurried') {
    await new Promise((resolve) => setTimeout(resolve, 2 * ONE_KEYSTROKE));
    platform.process.signal('SIGTERM');
  }
  const { code } = await exited;
  const at = Date.now();
  await load.stop();

  tally.stops += 1;
  tally.calls += load.accepted.size;
  tally.longest = Math.max(tally.longest, at - since);
  if (code !== 0) tally.note('exit code', `${way}: ${code}`);
  await eventually(() => farEnd.open.length === 0, 'far ends are released', 5_000).catch(() => {});
  for (const call of farEnd.open) tally.note('far ends left up', `${way}: ${JSON.stringify(call)}`);
  for (const [refusal, times] of load.refused) {
    if (refusal === DRAINING) tally.refusedWhileDraining += times;
    else tally.note('wrong refusal', `${way}: ${refusal}, ${times} times`);
  }
  const next = parts.use(await platform.restarted());
  const audit = await auditCalls({
    platform: next,
    receiver,
    recordings: join(next.data, 'recordings'),
    accepted: load.accepted,
    // Only what was released has the cause of a stop, and its end lies between the signal and the exit.
    cutOff: STOPPED,
    crashes: way === 'patient' ? [] : [{ at, lateness: at - since }],
  });
  tally.released += audit.cutOff;
  tally.pushes += audit.pushes;
  for (const [fault, sessions] of audit.faults)
    for (const session of sessions) tally.note(fault, `${way}: ${session}`);
  for (const fault of [...receiver.faults, ...farEnd.problems])
    tally.note('complaints of receiver and phones', `${way}: ${String(fault)}`);
  if (next.logged.some((line) => line.includes('crash')))
    tally.note('not ended', `${way}: the next start repaired`);
}

export const drain: SoakPart = {
  name: 'drain',
  what: 'SIGTERM under load: patient, with a deadline, and in a hurry',
  run,
};
