import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { encodeG711 } from '../src/audio/g711.ts';
import { tone } from '../src/audio/tone.ts';
import { writeG711Wav } from '../src/audio/wav.ts';
import { temporaryDirectory } from '../test/support/peer-process.ts';
import { Sipp } from '../test/support/sipp.ts';
import { ServeProcess } from './serve-process.ts';
import type { CustomerFigures, CustomerOptions } from './signalling-customer.ts';
import { answering, calling, hangingUpB } from './sipp-scenarios.ts';

/** Calls of one kind, set up and torn down. */
export interface CallFigures {
  readonly calls: number;
  readonly atOnce: number;
  readonly callsPerSecond: number;
  /** SIP dialogs. */
  readonly legsPerSecond: number;
  /** Events and records, each stored before and answered by the receiver. */
  readonly pushesPerCall: number;
  /** Of the platform, all threads. */
  readonly cpuMillisecondsPerCall: number;
  readonly memoryMiB: number;
  /** Calls that did not end with cause 0. */
  readonly failed: number;
}

export interface SignallingFigures {
  /** Two legs each, bridged; the second hangs up. */
  readonly callbacks: CallFigures;
  /** One leg each, which hangs up while its file plays. */
  readonly notifications: CallFigures;
  /** SIPp calling SIPp, one leg each, as many at once. */
  readonly sippCallsPerSecond: number;
}

/** SIPp gives up after a minute by itself; a busy machine may need longer. */
const UNHURRIED = ['-timeout', '600'];

/** A pair of ports rests for five seconds after each leg: 8,000 ports are not enough above 400 callbacks a second. */
const MEDIA_PORTS = '127.0.0.1:10000-31999';

const LEGS = { callback: 2, notification: 1 } as const;

/** Runs as many calls of each kind, `atOnce` at a time, through SIPp phones; then SIPp against SIPp. */
export async function signalling(calls: number, atOnce: number): Promise<SignallingFigures> {
  using directory = temporaryDirectory();
  return {
    callbacks: await throughPlatform('callback', calls, atOnce),
    notifications: await throughPlatform('notification', calls, atOnce),
    sippCallsPerSecond: await sippAgainstSipp(directory.path, calls * 2, atOnce * 2),
  };
}

/** A third as many before, unmeasured: Node compiles what runs often, and that is over then. */
async function throughPlatform(kind: keyof typeof LEGS, calls: number, atOnce: number): Promise<CallFigures> {
  const warmUp = Math.ceil(calls / 3);
  using directory = temporaryDirectory();
  await using phones = await Sipp.start({
    directory: directory.path,
    name: 'phones',
    calls: (calls + warmUp) * LEGS[kind] + 1,
    steps: hangingUpB,
    args: UNHURRIED,
  });
  await using platform = await ServeProcess.start(`${directory.path}/data`, [
    '--trunk',
    `sip:${phones.host}:${phones.port}`,
    '--rtp',
    MEDIA_PORTS,
    '--keep-alive',
  ]);
  const app = await platform.app(atOnce * 2, kind);
  const prompt = tone([700], 5_000);
  if (kind === 'notification')
    await platform.upload('tone.wav', writeG711Wav('PCMA', encodeG711('PCMA', prompt)));
  const order = { url: platform.url, ...app, kind, atOnce };
  await customer({ ...order, calls: warmUp });
  const cpu = platform.cpu;
  const { seconds, events, failed } = await customer({ ...order, calls });
  return {
    calls,
    atOnce,
    callsPerSecond: Math.round(calls / seconds),
    legsPerSecond: Math.round((calls * LEGS[kind]) / seconds),
    pushesPerCall: Number(((events + calls) / calls).toFixed(2)),
    cpuMillisecondsPerCall: Number((((platform.cpu - cpu) * 1_000) / calls).toFixed(2)),
    memoryMiB: platform.memory,
    failed,
  };
}

async function customer(order: CustomerOptions): Promise<CustomerFigures> {
  const script = fileURLToPath(new URL('signalling-customer.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(order)]);
  return JSON.parse(stdout) as CustomerFigures;
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
