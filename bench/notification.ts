import { tone } from '../src/audio/tone.ts';
import { writeG711Wav } from '../src/audio/wav.ts';
import { encodeG711 } from '../src/audio/g711.ts';
import { temporaryDirectory } from '../test/support/peer-process.ts';
import { callApi } from '../test/support/signed-request.ts';
import { ServeProcess, valueIn } from './serve-process.ts';
import { TalkingPhones } from './talking-phones.ts';

/** So many calls held at once, audio both ways: a voice file to each, its voice back. */
export interface HeldCalls {
  readonly calls: number;
  /** How late packets left by the media clock, milliseconds, since the first call: the time of dialling included. */
  readonly lateness: { readonly p50: number; readonly p99: number; readonly max: number };
  /** While all were held: packets that left within 5 ms of their time, per cent. */
  readonly punctualPerCent: number;
  /** While all were held: packets that left and did not arrive, per cent. */
  readonly lostPerCent: number;
  /** Per cent of one core for 100 calls: signalling and media together. */
  readonly cpuPerCent100Calls: number;
  readonly memoryMiB: number;
}

export interface NotificationFigures {
  /** The most that one media worker, which is one core, held with 99 of 100 packets punctual and none lost; 0: no step did. */
  readonly heldAtOnce: number;
  /** Whether more was tried and failed; otherwise the steps ended first. */
  readonly limitFound: boolean;
  readonly seconds: number;
  readonly steps: readonly HeldCalls[];
}

const PUNCTUAL = 99;
/** Per cent: what the two ends' counts may differ by because they are not read at one instant. */
const UNCERTAIN = 0.5;

/** Longer than the bench, and below the service's 2 MB. */
const PROMPT = 120_000;

const isHeld = ({ punctualPerCent, lostPerCent }: HeldCalls): boolean =>
  punctualPerCent >= PUNCTUAL && lostPerCent <= UNCERTAIN;

/** Holds more and more calls, `seconds` each time, until a step fails twice: once may be the machine's other work. */
export async function notification(
  steps: readonly number[],
  seconds: number,
  onStep: (held: HeldCalls) => void,
): Promise<NotificationFigures> {
  const done: HeldCalls[] = [];
  let heldAtOnce = 0;
  for (const calls of steps) {
    const attempt = async (): Promise<boolean> => {
      const held = await hold(calls, seconds);
      done.push(held);
      onStep(held);
      return isHeld(held);
    };
    if (!(await attempt()) && !(await attempt()))
      return { heldAtOnce, limitFound: true, seconds, steps: done };
    heldAtOnce = calls;
  }
  return { heldAtOnce, limitFound: false, seconds, steps: done };
}

/** A platform of its own for each step: nothing of one weighs on the next. */
async function hold(calls: number, seconds: number): Promise<HeldCalls> {
  using directory = temporaryDirectory();
  await using phones = await TalkingPhones.start(directory.path, calls);
  await using platform = await ServeProcess.start(`${directory.path}/data`, [
    '--trunk',
    phones.trunk,
    '--rtp',
    '127.0.0.1:50000-57999',
    '--media-workers',
    '1',
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
  const before = await packetsOf(platform);
  phones.talkers.reset();
  const cpu = platform.cpu;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const used = platform.cpu - cpu;
  const { received } = phones.talkers;
  const after = await packetsOf(platform);
  const left = after.all - before.all;
  listening.abort();
  const [p50, p99, max] = await Promise.all(['0.5', '0.99', '1'].map((share) => lateness(platform, share)));
  return {
    calls,
    lateness: { p50: p50!, p99: p99!, max: max! },
    punctualPerCent: Number(((100 * (after.punctual - before.punctual)) / left).toFixed(2)),
    // One leg's packets end at SIPp's own port.
    lostPerCent: Number(Math.max(0, 100 - (100 * received) / (left * (1 - 1 / calls))).toFixed(2)),
    cpuPerCent100Calls: Number(((used / seconds) * 100 * (100 / calls)).toFixed(1)),
    memoryMiB: platform.memory,
  };
}

async function packetsOf(platform: ServeProcess): Promise<{ punctual: number; all: number }> {
  const name = 'openvoicecall_media_packet_lateness_seconds';
  const text = await platform.metrics();
  return {
    punctual: valueIn(text, `${name}_bucket{le="0.005"}`),
    all: valueIn(text, `${name}_count`),
  };
}

async function lateness(platform: ServeProcess, share: string): Promise<number> {
  const value = await platform.metric(`openvoicecall_media_lateness_seconds{quantile="${share}"}`);
  return Number((value * 1_000).toFixed(1));
}
