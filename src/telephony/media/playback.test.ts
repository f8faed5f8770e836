import { describe, expect, it } from 'vitest';
import { MediaBench } from '../../../test/support/media-bench.ts';
import { encodePrompt, type Prompt } from './prompt.ts';

/** A prompt whose frame n is loud noise of its own: octets tell which frame was played. */
function prompt(frames: number): Prompt {
  return encodePrompt(
    Int16Array.from({ length: frames * 160 }, (_, index) => 1000 + Math.floor(index / 160) * 500),
  );
}

function frameOf(made: Prompt, number: number, codec: 'PCMA' | 'PCMU' = 'PCMA'): Uint8Array {
  return new Uint8Array(made.encodings[codec]).slice(number * 160, (number + 1) * 160);
}

describe('a prompt', () => {
  const play = (
    bench: MediaBench,
    stream: { id: number },
    playback: number,
    made: Prompt,
    loop = false,
  ): void => bench.worker.receive({ kind: 'play', stream: stream.id, playback, prompt: made, loop });

  it('is heard from its beginning to its end, once, in the codec of the stream', async () => {
    for (const codec of ['PCMA', 'PCMU'] as const) {
      const bench = new MediaBench();
      const stream = await bench.openConfigured({ codec });
      const made = prompt(5);
      bench.advance(100);
      const since = bench.now + 1;
      play(bench, stream, 1, made);
      bench.advance(200);
      const [first, ...rest] = bench.sentBy(stream, since);
      expect(first?.packet.marker).toBe(true);
      const heard = [first!, ...rest].map(({ packet }) => [...packet.payload]);
      expect(heard.slice(0, 5)).toEqual([0, 1, 2, 3, 4].map((number) => [...frameOf(made, number, codec)]));
      expect(new Set(heard[6])).toEqual(new Set([codec === 'PCMA' ? 0xd5 : 0xff]));
      expect(bench.toldOf('playbackFinished')).toEqual([
        { kind: 'playbackFinished', stream: stream.id, playback: 1, how: 'completed' },
      ]);
    }
  });

  it('of an odd length ends in silence', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    const since = bench.now;
    play(bench, stream, 1, encodePrompt(new Int16Array(200).fill(8000)));
    bench.advance(60);
    const [, last] = bench.sentBy(stream, since);
    expect([...(last?.packet.payload ?? [])].slice(38, 42)).toEqual([
      last!.packet.payload[0],
      last!.packet.payload[0],
      0xd5,
      0xd5,
    ]);
  });

  it('in a loop goes on without a seam until it is stopped', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    const made = encodePrompt(Int16Array.from({ length: 200 }, (_, index) => 100 + index * 150));
    const since = bench.now;
    play(bench, stream, 3, made, true);
    bench.advance(2000);
    const octets = bench.sentBy(stream, since).flatMap(({ packet }) => [...packet.payload]);
    const once = [...new Uint8Array(made.encodings.PCMA)];
    expect(octets).toEqual(Array.from({ length: octets.length }, (_, index) => once[index % 200]));
    expect(bench.toldOf('playbackFinished')).toEqual([]);
    bench.worker.receive({ kind: 'stop', stream: stream.id, playback: 2 });
    expect(bench.toldOf('playbackFinished')).toEqual([]);
    bench.worker.receive({ kind: 'stop', stream: stream.id, playback: 3 });
    expect(bench.toldOf('playbackFinished')).toMatchObject([{ playback: 3, how: 'stopped' }]);
    const stopped = bench.now + 1;
    bench.advance(100);
    expect(bench.sentBy(stream, stopped).every(({ packet }) => packet.payload[0] === 0xd5)).toBe(true);
  });

  it('is stopped by another, by a stream to hear, and by the end', async () => {
    const bench = new MediaBench();
    const [a, b] = [await bench.openConfigured(), await bench.openConfigured()];
    play(bench, a, 1, prompt(100));
    play(bench, a, 2, prompt(100));
    bench.worker.receive({ kind: 'hear', stream: a.id, source: b.id });
    play(bench, a, 3, prompt(100));
    bench.worker.receive({ kind: 'close', stream: a.id });
    await bench.settle();
    expect(bench.toldOf('playbackFinished').map(({ playback, how }) => [playback, how])).toEqual([
      [1, 'stopped'],
      [2, 'stopped'],
      [3, 'stopped'],
    ]);
  });

  it('waits until the stream is configured', async () => {
    const bench = new MediaBench();
    const stream = await bench.open();
    const made = prompt(3);
    play(bench, stream, 1, made);
    bench.advance(1000);
    expect(bench.toldOf('playbackFinished')).toEqual([]);
    bench.configure(stream);
    bench.advance(100);
    expect([...bench.sentBy(stream)[0]!.packet.payload]).toEqual([...frameOf(made, 0)]);
    expect(bench.toldOf('playbackFinished')).toMatchObject([{ how: 'completed' }]);
  });

  it('runs on unheard while the far end is on hold', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured({ direction: 'recvonly' });
    play(bench, stream, 1, prompt(10));
    bench.advance(190);
    expect(bench.toldOf('playbackFinished')).toEqual([]);
    bench.advance(20);
    expect(bench.toldOf('playbackFinished')).toMatchObject([{ how: 'completed' }]);
    expect(bench.sentBy(stream)).toEqual([]);
  });
});
