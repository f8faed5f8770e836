import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../test/support/peer-process.ts';
import { Sipp } from '../test/support/sipp.ts';
import { ServeProcess } from './serve-process.ts';
import type { CustomerFigures, CustomerOptions } from './signalling-customer.ts';
import { answering, calling, hangingUpB } from './sipp-scenarios.ts';

export interface SignallingFigures {
  /** Callbacks (two legs each, bridged, hung up, recorded) set up and torn down per second. */
  readonly callbacksPerSecond: number;
  readonly legsPerSecond: number;
  readonly callbacks: number;
  readonly atOnce: number;
  /** Events and records, each stored before and answered by the receiver. */
  readonly pushesPerCallback: number;
  readonly cpuMillisecondsPerCallback: number;
  readonly memoryMiB: number;
  /** Calls that did not end with cause 0. */
  readonly failed: number;
  /** SIPp calling SIPp, one leg each, as many at once. */
  readonly sippCallsPerSecond: number;
}

/** SIPp gives up after a minute by itself; a busy machine may need longer. */
const UNHURRIED = ['-timeout', '600'];

/** Runs `callbacks` callbacks, `atOnce` at a time, through SIPp phones; then SIPp against SIPp. */
export async function signalling(callbacks: number, atOnce: number): Promise<SignallingFigures> {
  using directory = temporaryDirectory();
  const platform = await throughPlatform(directory.path, callbacks, atOnce);
  const sippCallsPerSecond = await sippAgainstSipp(directory.path, callbacks * 2, atOnce * 2);
  return { ...platform, sippCallsPerSecond };
}

async function throughPlatform(
  directory: string,
  callbacks: number,
  atOnce: number,
): Promise<Omit<SignallingFigures, 'sippCallsPerSecond'>> {
  await using phones = await Sipp.start({
    directory,
    name: 'phones',
    calls: callbacks * 2 + 1,
    steps: hangingUpB,
    args: UNHURRIED,
  });
  await using platform = await ServeProcess.start(`${directory}/data`, [
    '--trunk',
    `sip:${phones.host}:${phones.port}`,
    '--rtp',
    '127.0.0.1:50000-57999',
    '--keep-alive',
  ]);
  const app = await platform.app(atOnce * 2);
  const cpu = platform.cpu;
  const customer = fileURLToPath(new URL('signalling-customer.ts', import.meta.url));
  const order = { url: platform.url, ...app, calls: callbacks, atOnce } satisfies CustomerOptions;
  const { stdout } = await promisify(execFile)(process.execPath, [customer, JSON.stringify(order)]);
  const { seconds, events, failed } = JSON.parse(stdout) as CustomerFigures;
  return {
    callbacksPerSecond: Math.round(callbacks / seconds),
    legsPerSecond: Math.round((callbacks * 2) / seconds),
    callbacks,
    atOnce,
    pushesPerCallback: Number(((events + callbacks) / callbacks).toFixed(2)),
    cpuMillisecondsPerCallback: Number((((platform.cpu - cpu) * 1_000) / callbacks).toFixed(2)),
    memoryMiB: platform.memory,
    failed,
  };
}

async function sippAgainstSipp(directory: string, calls: number, atOnce: number): Promise<number> {
  await using phones = await Sipp.start({
    directory,
    name: 'answering',
    calls,
    steps: answering,
    args: UNHURRIED,
  });
  const since = performance.now();
  await using caller = await Sipp.start({
    directory,
    name: 'calling',
    calls,
    steps: calling(),
    remote: `${phones.host}:${phones.port}`,
    args: [...UNHURRIED, '-r', '5000', '-l', String(atOnce)],
  });
  await caller.succeeded();
  return Math.round((calls * 1_000) / (performance.now() - since));
}
