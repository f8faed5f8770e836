import { tone } from '../src/audio/tone.ts';
import { writeG711Wav } from '../src/audio/wav.ts';
import { encodeG711 } from '../src/audio/g711.ts';
import { temporaryDirectory } from '../test/support/peer-process.ts';
import { callApi } from '../test/support/signed-request.ts';
import { ServeProcess } from './serve-process.ts';
import { TalkingPhones } from './talking-phones.ts';

export interface NotificationFigures {
  /** Calls held at once, audio both ways: a voice file to each, its voice back. */
  readonly calls: number;
  readonly seconds: number;
  /** How late packets left by the media clock, milliseconds, since the first call. */
  readonly lateness: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Per cent of one core for 100 calls: signalling and media together. */
  readonly cpuPerCent100Calls: number;
  readonly memoryMiB: number;
}

/** Longer than the bench, and below the service's 2 MB. */
const PROMPT = 120_000;

/** Holds `calls` notification calls for `seconds`. */
export async function notification(calls: number, seconds: number): Promise<NotificationFigures> {
  using directory = temporaryDirectory();
  await using phones = await TalkingPhones.start(directory.path, calls);
  await using platform = await ServeProcess.start(`${directory.path}/data`, [
    '--trunk',
    phones.trunk,
    '--rtp',
    '127.0.0.1:50000-57999',
  ]);
  const app = await platform.app(calls, 'notification');
  await platform.upload('long.wav', writeG711Wav('PCMA', encodeG711('PCMA', tone([700], PROMPT))));
  const all = Promise.withResolvers<void>();
  let answers = 0;
  const listening = new AbortController();
  await platform.events(({ type, stateCode }) => {
    if (type === 'answer' && ++answers === calls) all.resolve();
    if (type === 'disconnect') all.reject(new Error(`a call ended with ${stateCode} before all were up`));
  }, listening.signal);
  for (let started = 0; started < calls; started++) {
    const { body } = await callApi(platform.url, '/rest/httpsessions/callnotify/v2.0', app, {
      displayNbr: '+8675528000001',
      calleeNbr: '+8613500000001',
      playInfoList: [{ notifyVoice: 'long.wav' }],
    });
    if (body.resultcode !== '0') throw new Error(`refused: ${JSON.stringify(body)}`);
  }
  await all.promise;
  await phones.allTalk();
  const cpu = platform.cpu;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const used = platform.cpu - cpu;
  listening.abort();
  const [p50, p99, max] = await Promise.all(['0.5', '0.99', '1'].map((share) => lateness(platform, share)));
  return {
    calls,
    seconds,
    lateness: { p50: p50!, p99: p99!, max: max! },
    cpuPerCent100Calls: Number(((used / seconds) * 100 * (100 / calls)).toFixed(1)),
    memoryMiB: platform.memory,
  };
}

async function lateness(platform: ServeProcess, share: string): Promise<number> {
  const value = await platform.metric(`openvoicecall_media_lateness_seconds{quantile="${share}"}`);
  return Number((value * 1_000).toFixed(1));
}
