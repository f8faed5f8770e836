import { describe, expect, it } from 'vitest';
import { type BenchStream, MediaBench } from '../../../test/support/media-bench.ts';
import { seeded32 } from '../../../test/support/rtp-packets.ts';
import { toneLevel } from '../../audio/spectrum.ts';
import { endlessTone, repeated, silence, tone } from '../../audio/tone.ts';
import { parseWav, wavSamples } from '../../audio/wav.ts';
import type { RecordingLayout } from '../recording-wav.ts';

const PATH = '/recordings/1.wav';
const LOW = 500;
const HIGH = 1300;

const speaks = (frequency: number, milliseconds: number): Int16Array =>
  repeated(endlessTone([frequency]), milliseconds);

async function pair(): Promise<{ bench: MediaBench; a: BenchStream; b: BenchStream }> {
  const bench = new MediaBench();
  return { bench, a: await bench.openConfigured(), b: await bench.openConfigured() };
}

function record(
  bench: MediaBench,
  a: BenchStream,
  b: BenchStream,
  layout: RecordingLayout,
  path = PATH,
): void {
  bench.worker.receive({ kind: 'record', recording: 7, streams: [a.id, b.id], layout, path });
}

function stop(bench: MediaBench): Promise<void> {
  bench.worker.receive({ kind: 'stopRecording', recording: 7 });
  return bench.settle();
}

function events(bench: MediaBench) {
  return bench.toldOf('recording').map(({ event }) => event);
}

function result(bench: MediaBench) {
  const last = events(bench).at(-1);
  return last?.kind === 'stopped' ? last.result : undefined;
}

/** The tracks of the file as it stands. */
function tracks(bench: MediaBench, path = PATH): Int16Array[] {
  const wav = parseWav(bench.disk.files.get(path)!);
  expect(wav).toMatchObject({ encoding: 'PCMA', sampleRate: 8000 });
  const samples = wavSamples(wav);
  return Array.from({ length: wav.tracks }, (_, track) =>
    samples.filter((_sample, index) => index % wav.tracks === track),
  );
}

const part = (samples: Int16Array, from: number, until: number): Int16Array =>
  samples.subarray(from * 8, until * 8);
const sounds = (samples: Int16Array, frequency: number): boolean => toneLevel(samples, frequency) > -20;

describe('a recording', () => {
  it('mixes what both far ends say into one track', async () => {
    const { bench, a, b } = await pair();
    const begun = bench.now;
    record(bench, a, b, 'mixed');
    await bench.settle();
    bench.talk([
      { stream: a, samples: speaks(LOW, 3000) },
      { stream: b, samples: speaks(HIGH, 3000) },
    ]);
    await stop(bench);
    expect(events(bench)[0]).toEqual({ kind: 'started', at: begun });
    expect(result(bench)!.milliseconds).toBeGreaterThanOrEqual(2980);
    expect(result(bench)!.milliseconds).toBeLessThanOrEqual(3020);
    expect(result(bench)!.bytes).toBe(bench.disk.files.get(PATH)!.length);
    const [mixed] = tracks(bench);
    const middle = part(mixed!, 500, 2500);
    expect(toneLevel(middle, LOW)).toBeCloseTo(-16, 0);
    expect(toneLevel(middle, HIGH)).toBeCloseTo(-16, 0);
  });

  it('keeps them apart in stereo, the first party left', async () => {
    const { bench, a, b } = await pair();
    record(bench, a, b, 'stereo');
    bench.talk([
      { stream: a, samples: speaks(LOW, 2000) },
      { stream: b, samples: speaks(HIGH, 2000), codec: 'PCMU' },
    ]);
    await stop(bench);
    const [left, right] = tracks(bench).map((track) => part(track, 400, 1800));
    expect([sounds(left!, LOW), sounds(left!, HIGH)]).toEqual([true, false]);
    expect([sounds(right!, LOW), sounds(right!, HIGH)]).toEqual([false, true]);
  });

  it('saturates where both shout', async () => {
    const { bench, a, b } = await pair();
    record(bench, a, b, 'mixed');
    const shout = repeated(endlessTone([LOW], -1), 1000);
    bench.talk([
      { stream: a, samples: shout },
      { stream: b, samples: shout },
    ]);
    await stop(bench);
    const loud = part(tracks(bench)[0]!, 300, 900);
    // A sum that wraps around would jump from one end of the scale to the other.
    for (let index = 1; index < loud.length; index++)
      expect(Math.abs(loud[index]! - loud[index - 1]!)).toBeLessThan(33_000);
    expect(Math.max(...loud)).toBeGreaterThan(31_000);
  });

  it('keeps both sides in step over losses, pauses and a far end that begins late', async () => {
    const { bench, a, b } = await pair();
    record(bench, a, b, 'stereo');
    bench.talk([{ stream: a, samples: speaks(LOW, 3000) }], (index) => index % 7 === 3);
    bench.advance(2000);
    const marker = tone([1000], 400);
    bench.talk([
      { stream: a, samples: marker },
      { stream: b, samples: marker },
    ]);
    bench.advance(1000);
    await stop(bench);
    expect(result(bench)!.milliseconds).toBeGreaterThan(6300);
    const begins = tracks(bench).map((track) => {
      for (let at = 4500; at < 6000; at += 10) if (sounds(part(track, at, at + 40), 1000)) return at;
      return -1;
    });
    expect(begins[0]).toBeGreaterThan(4900);
    expect(begins[0]).toBeLessThan(5200);
    expect(Math.abs(begins[0]! - begins[1]!)).toBeLessThanOrEqual(20);
  });

  it('is written while the call runs: at any moment the file plays all but the last second', async () => {
    const { bench, a, b } = await pair();
    const begun = bench.now;
    record(bench, a, b, 'mixed');
    await bench.settle();
    expect(tracks(bench)[0]!.length).toBe(0);
    for (let part = 0; part < 50; part++) {
      bench.talk([{ stream: a, samples: speaks(LOW, 100) }]);
      await bench.settle();
      const milliseconds = tracks(bench)[0]!.length / 8;
      expect(milliseconds).toBeGreaterThan(bench.now - begun - 900);
      expect(milliseconds).toBeLessThanOrEqual(bench.now - begun);
    }
    expect(sounds(part(tracks(bench)[0]!, 500, 3900), LOW)).toBe(true);
  });

  it('fills with silence what the clock gave up', async () => {
    const { bench, a, b } = await pair();
    record(bench, a, b, 'stereo');
    bench.talk([{ stream: a, samples: speaks(LOW, 500) }]);
    bench.now += 3000;
    bench.talk([{ stream: b, samples: speaks(HIGH, 1000) }]);
    await stop(bench);
    expect(result(bench)!.milliseconds).toBeGreaterThan(4400);
    expect(sounds(part(tracks(bench)[1]!, 3800, 4400), HIGH)).toBe(true);
    expect(part(tracks(bench)[0]!, 1500, 3000).every((sample) => Math.abs(sample) < 20)).toBe(true);
  });

  it('does not hear a far end that is on hold', async () => {
    const { bench, a, b } = await pair();
    record(bench, a, b, 'stereo');
    bench.configure(a, { direction: 'sendonly' });
    bench.talk([
      { stream: a, samples: speaks(LOW, 1500) },
      { stream: b, samples: speaks(HIGH, 1500) },
    ]);
    await stop(bench);
    expect(sounds(part(tracks(bench)[0]!, 300, 1300), LOW)).toBe(false);
    expect(sounds(part(tracks(bench)[1]!, 300, 1300), HIGH)).toBe(true);
  });

  it('changes nothing of what the parties hear', async () => {
    const sent = await Promise.all(
      [false, true].map(async (recorded) => {
        const { bench, a, b } = await pair();
        bench.worker.receive({ kind: 'hear', stream: b.id, source: a.id });
        if (recorded) record(bench, a, b, 'mixed');
        bench.talk([{ stream: a, samples: speaks(LOW, 1000) }]);
        return bench.sentBy(b).map(({ at, bytes }) => `${at} ${Buffer.from(bytes).toString('hex')}`);
      }),
    );
    expect(sent[0]!.length).toBeGreaterThan(40);
    expect(sent[1]).toEqual(sent[0]);
  });
});

describe('any packets', () => {
  it('leave a recording as long as the time it took', async () => {
    const random = seeded32(9);
    const { bench, a, b } = await pair();
    // Keys are looked for in the audio, too.
    bench.configure(a, { telephoneEvent: undefined });
    bench.worker.receive({ kind: 'watchForMachine', stream: a.id, longest: undefined, beepsFor: 60_000 });
    record(bench, a, b, 'stereo');
    bench.advance(10_000, () => {
      for (let count = random() % 4; count > 0; count--) {
        const payload = Uint8Array.from({ length: random() % 3 === 0 ? random() % 3000 : 160 }, random);
        const payloadType = [8, 0, 101, 13][random() % 4]!;
        const ssrc = random() % 8 === 0 ? random() : 1;
        bench.deliver(a, { payloadType, payload, ssrc, sequence: random(), timestamp: random() });
      }
    });
    await stop(bench);
    expect(events(bench).map(({ kind }) => kind)).toEqual(['started', 'stopped']);
    expect(result(bench)!.milliseconds).toBeGreaterThanOrEqual(9980);
    expect(result(bench)!.milliseconds).toBeLessThanOrEqual(10_020);
  });
});

describe('the end of a recording', () => {
  it('is the end of both streams, and the file is complete before the worker is gone', async () => {
    const { bench, a, b } = await pair();
    record(bench, a, b, 'stereo');
    bench.talk([{ stream: a, samples: speaks(LOW, 1200) }]);
    bench.worker.receive({ kind: 'close', stream: a.id });
    await bench.settle();
    expect(result(bench)).toBeUndefined();
    bench.talk([{ stream: b, samples: speaks(HIGH, 1200) }]);
    bench.worker.receive({ kind: 'close', stream: b.id });
    await bench.settle();
    expect(result(bench)!.milliseconds).toBeGreaterThanOrEqual(2380);
    expect(sounds(part(tracks(bench)[1]!, 1400, 2300), HIGH)).toBe(true);
  });

  it('comes with the worker’s', async () => {
    const { bench, a, b } = await pair();
    record(bench, a, b, 'mixed');
    bench.talk([{ stream: a, samples: speaks(LOW, 1500) }]);
    await bench.worker.shutDown();
    expect(result(bench)!.milliseconds).toBeGreaterThanOrEqual(1480);
    expect(tracks(bench)[0]!.length / 8).toBe(result(bench)!.milliseconds);
  });

  it('comes at once for streams that are gone already', async () => {
    const { bench, a, b } = await pair();
    for (const { id } of [a, b]) bench.worker.receive({ kind: 'close', stream: id });
    await bench.settle();
    record(bench, a, b, 'mixed');
    await bench.settle();
    expect(result(bench)).toEqual({ milliseconds: 0, bytes: 58 });
  });

  it('can be asked for twice, and before anything was written', async () => {
    const { bench, a, b } = await pair();
    record(bench, a, b, 'mixed');
    await stop(bench);
    await stop(bench);
    expect(events(bench).map(({ kind }) => kind)).toEqual(['started', 'stopped']);
    bench.talk([{ stream: a, samples: silence(500) }]);
    expect(result(bench)!.milliseconds).toBe(0);
  });
});

describe('a disk', () => {
  it('that is full ends the recording and not the call; what was written plays', async () => {
    const { bench, a, b } = await pair();
    bench.disk.free = 58 + 2 * 8000 + 100;
    bench.worker.receive({ kind: 'hear', stream: b.id, source: a.id });
    record(bench, a, b, 'mixed');
    for (let second = 0; second < 5; second++) {
      bench.talk([{ stream: a, samples: speaks(LOW, 1000) }]);
      await bench.settle();
    }
    expect(events(bench).map(({ kind }) => kind)).toEqual(['started', 'failed', 'stopped']);
    expect(events(bench)[1]).toEqual({ kind: 'failed', code: 'ENOSPC' });
    expect(result(bench)).toEqual({ milliseconds: 1600, bytes: 58 + 12_800 });
    expect(sounds(part(tracks(bench)[0]!, 300, 1600), LOW)).toBe(true);
    expect(bench.sentBy(b, bench.now - 200).length).toBeGreaterThan(8);
  });

  it('that has no such folder, or has the file already, tells so', async () => {
    const { bench, a, b } = await pair();
    record(bench, a, b, 'mixed', '/nowhere/1.wav');
    await bench.settle();
    expect(events(bench)).toEqual([
      { kind: 'failed', code: 'ENOENT' },
      { kind: 'stopped', result: { milliseconds: 0, bytes: 0 } },
    ]);
    bench.disk.files.set(PATH, Uint8Array.of(1));
    record(bench, a, b, 'mixed');
    await bench.settle();
    expect(events(bench)[2]).toEqual({ kind: 'failed', code: 'EEXIST' });
    expect([...bench.disk.files.get(PATH)!]).toEqual([1]);
  });

  it('that hangs is given up before memory fills, and delays no packet', async () => {
    const { bench, a, b } = await pair();
    const hanging = Promise.withResolvers<void>();
    record(bench, a, b, 'mixed');
    await bench.settle();
    bench.disk.hangs = hanging.promise;
    const since = bench.now;
    for (let second = 0; second < 40; second++) {
      bench.talk([{ stream: a, samples: silence(1000) }]);
      await bench.settle();
    }
    expect(events(bench).map(({ kind }) => kind)).toEqual(['started', 'failed']);
    expect(events(bench)[1]).toEqual({ kind: 'failed', code: 'TOO_SLOW' });
    expect(bench.sentBy(a, since + 1)).toHaveLength(2000);
    hanging.resolve();
    await bench.settle();
    expect(result(bench)!.milliseconds).toBeLessThanOrEqual(1000);
  });
});
