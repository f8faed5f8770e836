/**
 * The program that is measured: a media pool with one worker in a process of its own, so that its processor time is its own.
 *
 * `contender.ts DRIVER` reads JSON lines: {@link Load} opens streams and is answered by `{"ports":[...]}`; `{"lateness":true}` by
 * the counts of the worker's clock so far.
 */
import { createInterface } from 'node:readline';
import { tone } from '../../src/audio/tone.ts';
import type { AgreedAudio } from '../../src/sdp/offer-answer.ts';
import { type DriverChoice, MediaPool, type MediaStream } from '../../src/telephony/media/media-pool.ts';

export type Mode = 'notify' | 'notify-in-band' | 'bridge' | 'record-mixed' | 'record-stereo';

export interface Load {
  readonly mode: Mode;
  /** The far end's port of each leg; of a bridge those of two legs in turn. */
  readonly farEnds: readonly number[];
  /** For recordings. */
  readonly folder: string;
}

const pool = await MediaPool.start({
  host: '127.0.0.1',
  firstPort: 20_000,
  lastPort: 31_999,
  workers: 1,
  driver: process.argv[2] as DriverChoice,
});
const prompt = pool.prepare(tone([440], 60_000));
const streams: MediaStream[] = [];

function agreed(port: number, inBand: boolean): AgreedAudio {
  return {
    remote: { host: '127.0.0.1', port },
    rtcp: { host: '127.0.0.1', port: 9 },
    codec: 'PCMA',
    payloadType: 8,
    telephoneEvent: inBand ? undefined : { send: 101, receive: 101 },
    receivePayloadTypes: new Map([
      [8, 'PCMA'],
      [101, 'telephone-event'],
    ]),
    direction: 'sendrecv',
    ptime: 20,
  };
}

async function open({ mode, farEnds, folder }: Load): Promise<number[]> {
  const from = streams.length;
  for (const [index, port] of farEnds.entries()) {
    const bridged = !mode.startsWith('notify');
    const stream = await pool.open(String(bridged ? (from + index) >> 1 : from + index));
    stream.configure(agreed(port, mode === 'notify-in-band'));
    streams.push(stream);
    if (!bridged) stream.play(prompt, { loop: true });
    if (!bridged || index % 2 === 0) continue;
    const other = streams.at(-2)!;
    stream.hear(other);
    other.hear(stream);
    if (mode === 'bridge') continue;
    const layout = mode === 'record-mixed' ? 'mixed' : 'stereo';
    pool.record({ streams: [other, stream], layout }, `${folder}/${from + index}.wav`);
  }
  return streams.slice(from).map((stream) => stream.local.port);
}

const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);
say({ driver: pool.driver });
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line) as Load | { lateness: true };
    if ('lateness' in order) void pool.packetsByLateness().then((counts) => say({ counts: [...counts] }));
    else void open(order).then((ports) => say({ ports }));
  })
  .on('close', () => process.exit(0));
