import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../test/support/peer-process.ts';
import { RtpPeer, type RtpPeerOptions } from '../../../test/support/rtp-peer.ts';
import { dtmfTone } from '../../audio/dtmf-tones.ts';
import { toneLevel } from '../../audio/spectrum.ts';
import { sequence, silence, tone } from '../../audio/tone.ts';
import { parseWav, wavSamples } from '../../audio/wav.ts';
import { audioVerdict, MediaPool, type MediaStream, type RecordingError } from './media-pool.ts';

const TONE_A = 500;
const TONE_B = 1200;

const opened: { close(): Promise<unknown> }[] = [];
let folder = '';
let pool: MediaPool;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recordings-'));
  const firstPort = await freePort('127.0.0.1', 100);
  pool = await MediaPool.start({ host: '127.0.0.1', firstPort, lastPort: firstPort + 99, workers: 1 });
});

afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true });
});

async function connect(
  options: RtpPeerOptions,
  group = 'call',
  from: MediaPool = pool,
): Promise<{ peer: RtpPeer; stream: MediaStream }> {
  const peer = await RtpPeer.open(options);
  const stream = await from.open(group);
  opened.push(peer, stream);
  stream.configure(peer.agreed());
  peer.talkTo(stream.local);
  return { peer, stream };
}

async function samplesOf(path: string): Promise<{ tracks: number; samples: Int16Array }> {
  const wav = parseWav(await readFile(path));
  return { tracks: wav.tracks, samples: wavSamples(wav) };
}

describe('a recording over loopback', () => {
  it('holds both tones while the parties hear each other', async () => {
    const a = await connect({ frequency: TONE_A });
    const b = await connect({ frequency: TONE_B, codec: 'PCMU' });
    a.stream.hear(b.stream);
    b.stream.hear(a.stream);
    await Promise.all([a.peer.hears(TONE_B), b.peer.hears(TONE_A)]);
    const path = join(folder, 'mixed.wav');
    const before = Date.now();
    const recording = pool.record({ streams: [a.stream, b.stream], layout: 'mixed' }, path);
    expect(Math.abs((await recording.started)! - before)).toBeLessThan(500);
    await a.peer.listen(1500);
    const { milliseconds, bytes } = await recording.stop();
    expect(milliseconds).toBeGreaterThan(1400);
    expect((await stat(path)).size).toBe(bytes);
    // Nobody else is to read what was said.
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const { tracks, samples } = await samplesOf(path);
    expect([tracks, samples.length / 8]).toEqual([1, milliseconds]);
    const middle = samples.subarray(2400, 9600);
    expect(toneLevel(middle, TONE_A)).toBeGreaterThan(-20);
    expect(toneLevel(middle, TONE_B)).toBeGreaterThan(-20);
    await a.peer.hears(TONE_B);
    expect(await recording.stop()).toEqual({ milliseconds, bytes });
  });

  it('ends with its streams, and tells what it holds when asked later', async () => {
    const a = await connect({ frequency: TONE_A });
    const b = await connect({ frequency: TONE_B });
    const path = join(folder, 'stereo.wav');
    const recording = pool.record({ streams: [a.stream, b.stream], layout: 'stereo' }, path);
    await recording.started;
    await a.peer.until('a second', () => a.peer.packets > 60);
    await Promise.all([a.stream.close(), b.stream.close()]);
    const { milliseconds } = await recording.stop();
    expect(milliseconds).toBeGreaterThan(700);
    const { tracks, samples } = await samplesOf(path);
    expect([tracks, samples.length / 16]).toEqual([2, milliseconds]);
  });

  it('that cannot begin tells why; the call goes on', async () => {
    const a = await connect({ frequency: TONE_A });
    const b = await connect({ frequency: TONE_B });
    b.stream.hear(a.stream);
    const failed = Promise.withResolvers<RecordingError>();
    const recording = pool.record(
      { streams: [a.stream, b.stream], layout: 'mixed' },
      join(folder, 'no', 'such', 'folder.wav'),
    );
    recording.onFailure = failed.resolve;
    expect(await recording.started).toBeUndefined();
    expect((await failed.promise).code).toBe('ENOENT');
    expect(await recording.stop()).toEqual({ milliseconds: 0, bytes: 0 });
    await b.peer.hears(TONE_A);
  });

  it('is of two streams of one call', async () => {
    const a = await connect({ frequency: TONE_A });
    const record = (other: MediaStream) => (): unknown =>
      pool.record({ streams: [a.stream, other], layout: 'mixed' }, join(folder, 'x.wav'));
    expect(record(a.stream)).toThrow('same group');
  });

  it('plays up to the last second after its worker crashed', async () => {
    const firstPort = await freePort('127.0.0.1', 40);
    const crashing = await MediaPool.start({
      host: '127.0.0.1',
      firstPort,
      lastPort: firstPort + 39,
      workers: 1,
      workerScript: new URL('../../../test/support/crashing-media-worker.ts', import.meta.url),
    });
    opened.push(crashing);
    const a = await connect({ frequency: TONE_A }, 'call', crashing);
    const b = await connect({ frequency: TONE_B }, 'call', crashing);
    const path = join(folder, 'crashed.wav');
    const failed = Promise.withResolvers<RecordingError>();
    const recording = crashing.record({ streams: [a.stream, b.stream], layout: 'mixed' }, path);
    recording.onFailure = failed.resolve;
    await recording.started;
    await a.peer.listen(2300);
    // What makes this script throw: a telephone-event payload type no SDP can have.
    a.stream.configure(a.peer.agreed({ telephoneEvent: { send: 666, receive: 666 } }));
    expect((await failed.promise).code).toBe('WORKER');
    const { milliseconds } = await recording.stop();
    const { samples } = await samplesOf(path);
    // The last second may have been written, and not counted yet.
    expect(milliseconds - samples.length / 8).toBeLessThanOrEqual(1000);
    expect(samples.length / 8).toBeGreaterThanOrEqual(1000);
    expect(toneLevel(samples.subarray(2400), TONE_A)).toBeGreaterThan(-20);
  });
});

describe('a far end that knows no events', () => {
  it('presses keys that are heard in its audio, and once where they come by INFO too', async () => {
    const { peer, stream } = await connect({ frequency: TONE_A });
    let keys = '';
    const done = Promise.withResolvers<void>();
    stream.onKey = (key) => {
      keys += key;
      if (keys.length === 3) done.resolve();
    };
    peer.say(
      sequence(
        silence(300),
        ...[...'37#'].flatMap((key) => [dtmfTone(key, 100), silence(100)]),
        silence(20_000),
      ),
    );
    await done.promise;
    for (const key of '37#') stream.receiveKey(key);
    expect(keys).toBe('37#');
    stream.receiveKey('5');
    expect(keys).toBe('37#5');
  });
});

describe('an answering machine over loopback', () => {
  it('is told by its beep, and the verdict on its audio is in the statistics', async () => {
    const { peer, stream } = await connect({ frequency: TONE_A });
    const verdict = Promise.withResolvers<string>();
    const beep = Promise.withResolvers<number>();
    stream.onMachineVerdict = (told) => verdict.resolve(`${told.verdict} ${told.reason}`);
    stream.onBeep = ({ frequency }) => beep.resolve(frequency);
    peer.say(sequence(silence(600), tone([1000], 400, -18), silence(20_000)));
    stream.watchForMachine();
    expect(await verdict.promise).toBe('machine beep');
    expect(await beep.promise).toBeCloseTo(1000, -1);
    const statistics = await stream.close();
    expect(audioVerdict(statistics!)).toMatchObject({ audio: 'both-ways', causes: [] });
    expect(() => stream.watchForMachine({ longest: 10 })).toThrow(RangeError);
  });
});
