import { temporaryDirectory } from '../test/support/peer-process.ts';
import { callApi } from '../test/support/signed-request.ts';
import { pause, Sipp, stream, writeToneFile } from '../test/support/sipp.ts';
import type { Delays } from './rtp-talkers.ts';
import { cpuSeconds, ServeProcess } from './serve-process.ts';
import { calling, talking } from './sipp-scenarios.ts';
import { TalkingPhones } from './talking-phones.ts';

export interface MediaFigures {
  /** Bridged calls, each two legs with audio both ways. */
  readonly calls: number;
  readonly seconds: number;
  /** One party's packet to the other through the bridge, measured at the parties, milliseconds. */
  readonly delay: Delays;
  /** Packets that should have come through in that time and did not, per cent. */
  readonly lostPerCent: number;
  /** Per cent of one core for 100 bridged calls: signalling and media together. */
  readonly cpuPerCent100Calls: number;
  readonly memoryMiB: number;
  /** Both SIPps of 100 calls that stream to each other, per cent of one core. */
  readonly sippCpuPerCent100Calls: number;
}

const sleep = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

/** Holds `calls` bridges with audio both ways for `seconds`; then as many calls from SIPp to SIPp. */
export async function media(calls: number, seconds: number): Promise<MediaFigures> {
  using directory = temporaryDirectory();
  const tone = writeToneFile(directory.path, 700);
  const platform = await throughPlatform(directory.path, calls, seconds);
  const sippCpuPerCent100Calls = await sippAgainstSipp(directory.path, tone, calls, seconds);
  return { calls, seconds, ...platform, sippCpuPerCent100Calls };
}

async function throughPlatform(
  directory: string,
  calls: number,
  seconds: number,
): Promise<Omit<MediaFigures, 'calls' | 'seconds' | 'sippCpuPerCent100Calls'>> {
  await using phones = await TalkingPhones.start(directory, calls * 2);
  const { talkers } = phones;
  await using platform = await ServeProcess.start(`${directory}/data`, [
    '--trunk',
    phones.trunk,
    '--rtp',
    '127.0.0.1:50000-57999',
  ]);
  const app = await platform.app(calls);
  const bridged = Promise.withResolvers<void>();
  let answers = 0;
  const listening = new AbortController();
  await platform.events(({ type, stateCode }) => {
    if (type === 'answer' && ++answers === calls * 2) bridged.resolve();
    if (type === 'disconnect') bridged.reject(new Error(`a call ended with ${stateCode} before all were up`));
  }, listening.signal);
  for (let started = 0; started < calls; started++) {
    const { body } = await callApi(platform.url, '/rest/httpsessions/click2Call/v2.0', app, {
      displayNbr: '+8675528000001',
      displayCalleeNbr: '+8675528000001',
      callerNbr: '+8613500000001',
      calleeNbr: '+8613500000002',
    });
    if (body.resultcode !== '0') throw new Error(`refused: ${JSON.stringify(body)}`);
  }
  await bridged.promise;
  await phones.allTalk();
  await sleep(1);
  talkers.reset();
  const cpu = platform.cpu;
  await sleep(seconds);
  const used = platform.cpu - cpu;
  const delay = talkers.delays();
  // The leg that says nothing is not heard by its partner, whose packets end at SIPp's own port.
  const heard = talkers.sent * (1 - 1 / (calls * 2 - 1));
  listening.abort();
  return {
    delay,
    lostPerCent: Number(Math.max(0, 100 - (100 * delay.packets) / heard).toFixed(2)),
    cpuPerCent100Calls: perCent(used, seconds, calls),
    memoryMiB: platform.memory,
  };
}

async function sippAgainstSipp(
  directory: string,
  tone: string,
  calls: number,
  seconds: number,
): Promise<number> {
  await using phones = await Sipp.start({ directory, name: 'talking', calls, steps: talking(tone) });
  await using caller = await Sipp.start({
    directory,
    name: 'calling',
    calls,
    steps: calling([stream(tone), pause((seconds + 6) * 1_000)]),
    remote: `${phones.host}:${phones.port}`,
    args: ['-r', '100', '-l', String(calls)],
  });
  await sleep(Math.max(3, calls / 100 + 1));
  const cpu = cpuSeconds(phones.pid) + cpuSeconds(caller.pid);
  await sleep(seconds);
  return perCent(cpuSeconds(phones.pid) + cpuSeconds(caller.pid) - cpu, seconds, calls);
}

const perCent = (cpu: number, seconds: number, calls: number): number =>
  Number(((cpu / seconds) * 100 * (100 / calls)).toFixed(1));
