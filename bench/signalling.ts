import { temporaryDirectory } from '../test/support/peer-process.ts';
import { callApi } from '../test/support/signed-request.ts';
import { Sipp } from '../test/support/sipp.ts';
import { ServeProcess } from './serve-process.ts';
import { answering, calling, hangingUpB } from './sipp-scenarios.ts';

export interface SignallingFigures {
  /** Callbacks (two legs each, bridged, hung up, recorded) set up and torn down per second. */
  readonly callbacksPerSecond: number;
  readonly legsPerSecond: number;
  readonly callbacks: number;
  readonly atOnce: number;
  readonly cpuMillisecondsPerCallback: number;
  readonly memoryMiB: number;
  /** Calls that did not end with cause 0. */
  readonly failed: number;
  /** SIPp calling SIPp, one leg each, as many at once. */
  readonly sippCallsPerSecond: number;
}

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
  });
  await using platform = await ServeProcess.start(`${directory}/data`, [
    '--trunk',
    `sip:${phones.host}:${phones.port}`,
    '--rtp',
    '127.0.0.1:50000-57999',
  ]);
  const app = await platform.app(atOnce * 2);
  const done = Promise.withResolvers<void>();
  let [started, ended, failed] = [0, 0, 0];
  const next = async (): Promise<void> => {
    started += 1;
    const { body } = await callApi(platform.url, '/rest/httpsessions/click2Call/v2.0', app, {
      displayNbr: '+8675528000001',
      displayCalleeNbr: '+8675528000001',
      callerNbr: '+8613500000001',
      calleeNbr: '+8613500000002',
    });
    if (body.resultcode !== '0') done.reject(new Error(`refused: ${JSON.stringify(body)}`));
  };
  const listening = new AbortController();
  await platform.events(({ type, stateCode }) => {
    if (type !== 'disconnect') return;
    ended += 1;
    if (stateCode !== 0) failed += 1;
    if (ended === callbacks) done.resolve();
    else if (started < callbacks) void next();
  }, listening.signal);
  const [since, cpu] = [performance.now(), platform.cpu];
  await Promise.all(Array.from({ length: Math.min(atOnce, callbacks) }, next));
  await done.promise;
  const seconds = (performance.now() - since) / 1_000;
  listening.abort();
  return {
    callbacksPerSecond: Math.round(callbacks / seconds),
    legsPerSecond: Math.round((callbacks * 2) / seconds),
    callbacks,
    atOnce,
    cpuMillisecondsPerCallback: Number((((platform.cpu - cpu) * 1_000) / callbacks).toFixed(2)),
    memoryMiB: platform.memory,
    failed,
  };
}

async function sippAgainstSipp(directory: string, calls: number, atOnce: number): Promise<number> {
  await using phones = await Sipp.start({ directory, name: 'answering', calls, steps: answering });
  const since = performance.now();
  await using caller = await Sipp.start({
    directory,
    name: 'calling',
    calls,
    steps: calling(),
    remote: `${phones.host}:${phones.port}`,
    args: ['-r', '5000', '-l', String(atOnce)],
  });
  await caller.succeeded();
  return Math.round((calls * 1_000) / (performance.now() - since));
}
