import { describe, expect, it } from 'vitest';
import { seeded32 } from '../../test/support/rtp-packets.ts';
import { JitterBuffer, type JitterBufferOptions } from './jitter-buffer.ts';

const SILENCE = 0xd5;

/** A frame whose samples all say which 20 ms of the source they are. */
function frame(number: number, samples = 160): Uint8Array {
  return new Uint8Array(samples).fill(1 + (number % 200));
}

class Listener {
  readonly buffer: JitterBuffer;
  /** What each frame taken held: the source's frame number modulo 200, or '-' for silence, or '?' for a mixture. */
  readonly heard: (number | string)[] = [];

  constructor(options: Partial<JitterBufferOptions> = {}) {
    this.buffer = new JitterBuffer({ silence: SILENCE, ...options });
  }

  put(number: number, now: number, from: { ssrc?: number; base?: number } = {}): void {
    const { ssrc = 1, base = 0 } = from;
    this.buffer.put({ ssrc, timestamp: (base + number * 160) >>> 0 }, frame(number), now);
  }

  take(now: number): void {
    const into = new Uint8Array(160);
    const what = this.buffer.take(into, now);
    const [first] = into;
    const even = into.every((sample) => sample === first);
    expect(what === 'gap').toBe(even && first === SILENCE);
    this.heard.push(!even ? '?' : first === SILENCE ? '-' : first! - 1);
  }
}

/** Plays a stream of `count` frames of which frame n arrives at `arrival(n)`, or never. */
function play(
  listener: Listener,
  count: number,
  arrival: (number: number) => number | undefined,
  tail = 20,
): void {
  const arrivals = Array.from({ length: count }, (_, number) => ({ number, at: arrival(number) }))
    .filter((packet): packet is { number: number; at: number } => packet.at !== undefined)
    .sort((a, b) => a.at - b.at);
  for (let now = 0; now < (count + tail) * 20; now += 20) {
    while (arrivals.length > 0 && arrivals[0]!.at <= now) {
      const { number, at } = arrivals.shift()!;
      listener.put(number, at);
    }
    listener.take(now);
  }
}

function audio(listener: Listener): number[] {
  return listener.heard.filter((heard): heard is number => typeof heard === 'number');
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index % 200);
}

describe('JitterBuffer', () => {
  it('plays an even stream after its first delay, without a gap', () => {
    const listener = new Listener();
    play(listener, 50, (number) => number * 20 + 3);
    expect(listener.heard.slice(0, 3)).toEqual(['-', '-', '-']);
    expect(listener.heard.slice(3, 53)).toEqual(upTo(50));
    expect(listener.buffer.counters).toMatchObject({ late: 0, gaps: 0, underruns: 1, restarts: 0 });
  });

  it('puts packets out of order right and drops doubled ones', () => {
    const listener = new Listener();
    play(listener, 60, (number) => number * 20 + (number % 3 === 0 ? 25 : 0));
    for (let number = 0; number < 3; number++) listener.put(number, 5000);
    expect(audio(listener)).toEqual(upTo(60));
    const doubled = new Listener();
    doubled.put(0, 0);
    doubled.put(0, 1);
    doubled.put(1, 2);
    doubled.put(0, 3);
    expect(doubled.buffer.counters.duplicates).toBe(2);
    expect(doubled.buffer.level).toBe(40);
  });

  it('puts silence where a packet was lost, and nowhere else', () => {
    const listener = new Listener();
    play(listener, 50, (number) => (number === 20 || number === 21 ? undefined : number * 20));
    const begin = listener.heard.indexOf(0);
    const expected = upTo(50).map((number) => (number === 20 || number === 21 ? '-' : number));
    expect(listener.heard.slice(begin, begin + 50)).toEqual(expected);
    expect(listener.buffer.counters.gaps).toBe(2);
  });

  it('never plays backwards or twice, whatever the network does', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seeded32(seed);
      const listener = new Listener();
      play(listener, 190, (number) => (random() % 20 === 0 ? undefined : number * 20 + (random() % 90)));
      const heard = audio(listener);
      for (let index = 1; index < heard.length; index++)
        expect(heard[index]).toBeGreaterThan(heard[index - 1]!);
      expect(heard.length).toBeGreaterThan(130);
    }
  });

  it('waits longer after it ran dry, so that the same jitter does not hurt again', () => {
    const listener = new Listener();
    // From frame 50 on every fifth packet is 70 ms late: more than the first delay of 40 ms.
    play(listener, 190, (number) => number * 20 + (number >= 50 && number % 5 === 0 ? 70 : 0));
    const afterGrowth = listener.heard.slice(listener.heard.indexOf(80), listener.heard.indexOf(189) + 1);
    expect(afterGrowth).toEqual(upTo(190).slice(80));
  });

  it('shrinks again when for seconds too much was in store', () => {
    const listener = new Listener();
    // A stall of 160 ms in the middle, then an even stream.
    play(listener, 1500, (number) => (number >= 100 && number < 108 ? 108 * 20 : number * 20));
    expect(listener.buffer.counters.skipped).toBeGreaterThan(0);
    expect(listener.buffer.counters.skipped % 160).toBe(0);
    // Frame 1499 was sent at 29980; it is played no more than 60 ms later.
    const playedAt = listener.heard.lastIndexOf(1499 % 200) * 20;
    expect(playedAt - 1499 * 20).toBeLessThanOrEqual(60);
  });

  it('follows a sender whose clock is fast', () => {
    const listener = new Listener();
    // 2 % fast: 19.6 ms a frame. 3000 frames would pile up 1.2 s.
    play(listener, 3000, (number) => number * 19.6, 0);
    expect(listener.buffer.level).toBeLessThanOrEqual(200);
    expect(listener.buffer.counters.skipped / 160).toBeGreaterThan(40);
  });

  it('throws the oldest away when a stall ends in a burst beyond its maximum', () => {
    const listener = new Listener({ maximum: 100 });
    play(listener, 100, (number) => (number >= 20 && number < 50 ? 50 * 20 : number * 20));
    expect(listener.buffer.counters.skipped).toBeGreaterThan(0);
    expect(audio(listener).slice(-40)).toEqual(upTo(100).slice(60));
  });

  it('drops what comes after its time, and restarts when it is the time line that moved back', () => {
    const listener = new Listener();
    for (let number = 100; number < 110; number++) listener.put(number, (number - 100) * 20);
    for (let now = 200; now < 300; now += 20) listener.take(now);
    for (let number = 90; number < 94; number++) listener.put(number, 300);
    expect(listener.buffer.counters).toMatchObject({ late: 4, restarts: 0 });
    listener.put(94, 300);
    expect(listener.buffer.counters).toMatchObject({ late: 5, restarts: 1 });
    listener.put(95, 320);
    listener.take(340);
    listener.take(360);
    expect(listener.heard.slice(-2)).toEqual([94, 95]);
  });

  it('begins anew at another source, at a jump of timestamps, and after a pause of the speaker', () => {
    const listener = new Listener();
    const say = (
      from: number,
      at: number,
      source: { ssrc?: number; base?: number } = {},
    ): (number | string)[] => {
      for (let index = 0; index < 5; index++) listener.put(from + index, at + index * 20, source);
      listener.heard.length = 0;
      for (let now = at + 40; now < at + 180; now += 20) listener.take(now);
      return [...listener.heard];
    };
    expect(say(0, 0)).toEqual([0, 1, 2, 3, 4, '-', '-']);
    expect(say(0, 1000, { ssrc: 2 })).toEqual([0, 1, 2, 3, 4, '-', '-']);
    expect(say(0, 2000, { ssrc: 2, base: 3_000_000_000 })).toEqual([0, 1, 2, 3, 4, '-', '-']);
    expect(say(50, 3000, { ssrc: 2, base: 3_000_000_000 })).toEqual([50, 51, 52, 53, 54, '-', '-']);
    expect(listener.buffer.counters.restarts).toBe(3);
  });

  it('works across the wrap of the timestamp', () => {
    const listener = new Listener();
    for (let number = 0; number < 22; number++) {
      listener.put(number, number * 20, { base: 0xffff_fc00 });
      if (number >= 2) listener.take(number * 20);
    }
    expect(listener.heard).toEqual([...upTo(20)]);
  });

  it('turns packets of any length into frames of any other', () => {
    const buffer = new JitterBuffer({ silence: SILENCE });
    const source = Uint8Array.from({ length: 2400 }, (_, index) => 1 + (index % 250));
    for (let at = 0; at < 2400; at += 240)
      buffer.put({ ssrc: 1, timestamp: at }, source.subarray(at, at + 240), at / 8);
    const out: number[] = [];
    for (let now = 300; now < 600; now += 10) {
      const into = new Uint8Array(80);
      if (buffer.take(into, now) === 'audio') out.push(...into);
    }
    expect(buffer.counters).toMatchObject({ gaps: 0, late: 0 });
    // 300 ms at once are more than its maximum: it goes on 40 ms before the newest.
    expect(out).toEqual([...source.subarray(2400 - out.length)]);
  });

  it('fills only the missing half of a frame', () => {
    const buffer = new JitterBuffer({ silence: SILENCE });
    buffer.put({ ssrc: 1, timestamp: 0 }, new Uint8Array(80).fill(1), 0);
    buffer.put({ ssrc: 1, timestamp: 160 }, new Uint8Array(160).fill(2), 0);
    const into = new Uint8Array(160);
    expect(buffer.take(into, 40)).toBe('audio');
    expect([...into]).toEqual([...new Uint8Array(80).fill(1), ...new Uint8Array(80).fill(SILENCE)]);
    expect(buffer.counters.gaps).toBe(1);
  });

  it('keeps the rest of a packet that is partly too late', () => {
    const buffer = new JitterBuffer({ silence: SILENCE });
    const packet = Uint8Array.from({ length: 320 }, (_, index) => index % 200);
    buffer.put({ ssrc: 1, timestamp: 160 }, new Uint8Array(160).fill(1), 0);
    const into = new Uint8Array(160);
    buffer.take(into, 40);
    buffer.put({ ssrc: 1, timestamp: 160 }, packet, 41);
    expect(buffer.take(into, 60)).toBe('audio');
    expect([...into]).toEqual([...packet.subarray(160)]);
  });

  it('refuses packets that no codec makes, and bounds that make no sense', () => {
    const buffer = new JitterBuffer({ silence: SILENCE });
    buffer.put({ ssrc: 1, timestamp: 0 }, new Uint8Array(2049), 0);
    buffer.put({ ssrc: 1, timestamp: 0 }, new Uint8Array(0), 0);
    expect(buffer.counters.oversized).toBe(1);
    expect(buffer.take(new Uint8Array(160), 1000)).toBe('gap');
    expect(() => new JitterBuffer({ silence: 0, minimum: 50, initial: 40 })).toThrow(RangeError);
    expect(() => new JitterBuffer({ silence: 0, maximum: 501 })).toThrow(RangeError);
  });
});
