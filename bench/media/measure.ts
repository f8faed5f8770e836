import { setTimeout as sleep } from 'node:timers/promises';
import type { ClockLateness, Contender } from './contenders.ts';
import type { Mode } from './contender.ts';
import type { FarEndFigures, FarEndLeg } from './far-end.ts';
import { LineProcess } from './line-process.ts';

/** Legs that share a far end's socket, at most. */
const LEGS_PER_SOCKET = 50;
/** Two, so that the measured program has one to itself. */
const MEASURED = 0;
const STRANGERS_SOCKETS = 20;
const FAR_ENDS = 1;

export interface MediaFigures {
  readonly mode: Mode;
  /** Notification calls, or bridges of two legs. */
  readonly calls: number;
  readonly seconds: number;
  /** Per cent of one core. */
  readonly cpuPerCent: number;
  readonly cpuPerCentPerCall: number;
  /** Of each packet sent or received. */
  readonly cpuMicrosecondsPerPacket: number;
  readonly packetsPerSecond: number;
  readonly lostPerCent: number;
  /** By the program's own clock; undefined for one that has none. */
  readonly lateness: ClockLateness | undefined;
  readonly farEnd: FarEndFigures;
}

export interface MeasureOptions {
  readonly seconds: number;
  readonly settle: number;
  /** Senders of 50 packets a second from addresses that nobody signalled, to a tenth of the legs. */
  readonly strangers?: number;
}

/** Puts `calls` on the program, lets them settle, and measures for `seconds`. */
export async function measure(
  contender: Contender,
  mode: Mode,
  calls: number,
  { seconds, settle, strangers = 0 }: MeasureOptions,
): Promise<MediaFigures> {
  const legs = mode.startsWith('notify') ? calls : calls * 2;
  await using farEnds = LineProcess.node('./far-end.ts');
  const sockets = Math.max(20, Math.ceil(legs / LEGS_PER_SOCKET));
  const { ports: theirs } = await farEnds.ask<{ ports: number[] }>({ sockets });
  const socketOf = (leg: number): number => leg % sockets;
  const ports = await contender.open(
    mode,
    Array.from({ length: legs }, (_, leg) => theirs[socketOf(leg)]!),
  );
  contender.pin(MEASURED);
  farEnds.pin(FAR_ENDS);
  await farEnds.ask({ legs: ports.map((port, leg): FarEndLeg => ({ socket: socketOf(leg), port })) });
  await sleep(settle * 1000);
  await using flood = strangers > 0 ? LineProcess.node('./far-end.ts') : undefined;
  if (flood !== undefined) await beginFlood(flood, strangers, ports);
  await contender.lateness();
  // Asked and answered, so that both count from the same instant on a busy machine too.
  await farEnds.ask({ reset: true });
  const cpu = contender.cpu;
  await sleep(seconds * 1000);
  const farEnd = await farEnds.ask<FarEndFigures>({ figures: true });
  const used = contender.cpu - cpu;
  const lateness = await contender.lateness();
  const packets = farEnd.sent + farEnd.received;
  const cpuPerCent = (used / farEnd.seconds) * 100;
  return {
    mode,
    calls,
    seconds: farEnd.seconds,
    cpuPerCent: round(cpuPerCent, 1),
    cpuPerCentPerCall: round(cpuPerCent / calls, 4),
    cpuMicrosecondsPerPacket: round((used / packets) * 1e6, 2),
    packetsPerSecond: Math.round(packets / farEnd.seconds),
    lostPerCent: round((100 * farEnd.lost) / (farEnd.lost + farEnd.received), 3),
    lateness,
    farEnd,
  };
}

async function beginFlood(flood: LineProcess, strangers: number, ports: readonly number[]): Promise<void> {
  await flood.ask({ sockets: STRANGERS_SOCKETS });
  flood.pin(FAR_ENDS);
  const targets = Math.ceil(ports.length / 10);
  const legs = Array.from(
    { length: strangers },
    (_, stranger): FarEndLeg => ({
      socket: stranger % STRANGERS_SOCKETS,
      port: ports[stranger % targets]!,
    }),
  );
  await flood.ask({ legs });
  await sleep(1000);
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
