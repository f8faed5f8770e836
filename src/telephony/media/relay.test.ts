import { describe, expect, it } from 'vitest';
import { type BenchStream, farEnd, MediaBench } from '../../../test/support/media-bench.ts';
import type { RtpFields } from '../../../test/support/rtp-packets.ts';
import { alawToUlaw, ulawToAlaw } from '../../audio/g711.ts';
import { parseTelephoneEvent, TelephoneEventReceiver } from '../../rtp/telephone-event.ts';

/** Frame n of a source: octets that are never silence in either law, and tell n. */
function frame(number: number, samples = 160): Uint8Array {
  return new Uint8Array(samples).fill(1 + (number % 100));
}

function hear(bench: MediaBench, listener: BenchStream, source: BenchStream | undefined): void {
  bench.worker.receive({ kind: 'hear', stream: listener.id, source: source?.id });
}

/** The source speaks `count` frames of 20 ms, beginning with frame `from`. */
function speak(
  bench: MediaBench,
  source: BenchStream,
  from: number,
  count: number,
  more: RtpFields = {},
): void {
  bench.advance(count * 20, (index) => {
    const number = from + index;
    bench.deliver(source, { sequence: number, timestamp: number * 160, payload: frame(number), ...more });
  });
}

async function pair(
  a: Parameters<MediaBench['openConfigured']>[0] = {},
  b: Parameters<MediaBench['openConfigured']>[0] = {},
): Promise<{ bench: MediaBench; a: BenchStream; b: BenchStream }> {
  const bench = new MediaBench();
  const streams = { a: await bench.openConfigured(a), b: await bench.openConfigured(b) };
  hear(bench, streams.b, streams.a);
  hear(bench, streams.a, streams.b);
  return { bench, ...streams };
}

/** Sequence numbers and timestamps go on by single packets of 20 ms, give or take `slack` samples. */
function expectContinuity(sent: ReturnType<MediaBench['sentBy']>, slack = 0): void {
  for (const [index, { packet }] of sent.entries()) {
    if (index === 0) continue;
    const before = sent[index - 1]!.packet;
    expect((packet.sequence - before.sequence) & 0xffff).toBe(1);
    const step = (packet.timestamp - before.timestamp) >>> 0;
    expect(step).toBeGreaterThanOrEqual(160);
    expect(step).toBeLessThanOrEqual(160 + slack);
    expect(packet.ssrc).toBe(before.ssrc);
  }
}

describe('relay between streams of the same codec', () => {
  it('forwards at once, with nothing changed but the header', async () => {
    const { bench, a, b } = await pair();
    bench.advance(100);
    const since = bench.now;
    bench.deliver(a, {
      ssrc: 5,
      sequence: 65_535,
      timestamp: 7,
      contributors: [1, 2],
      extension: [3],
      padding: 4,
      payload: frame(9),
    });
    const [relayed] = bench.sentBy(b, since).filter(({ packet }) => packet.payload[0] !== 0xd5);
    expect(relayed).toMatchObject({ at: since, ...farEnd(b) });
    expect(relayed?.packet).toMatchObject({
      payloadType: 8,
      contributorCount: 0,
      extensionProfile: undefined,
      marker: true,
    });
    expect([...relayed!.packet.payload]).toEqual([...frame(9)]);
    expect(relayed?.packet.ssrc).not.toBe(5);
    expectContinuity(bench.sentBy(b), 160);
  });

  it('translates payload types', async () => {
    const { bench, a, b } = await pair(
      { receivePayloadTypes: new Map([[96, 'PCMA']]), payloadType: 96 },
      { payloadType: 8 },
    );
    speak(bench, a, 0, 5, { payloadType: 96 });
    speak(bench, b, 0, 5);
    const loud = (stream: BenchStream) =>
      bench.sentBy(stream).filter(({ packet }) => packet.payload[0] !== 0xd5);
    expect(loud(b).map(({ packet }) => packet.payloadType)).toEqual([8, 8, 8, 8, 8]);
    expect(loud(a).map(({ packet }) => packet.payloadType)).toEqual([96, 96, 96, 96, 96]);
  });

  it('goes on evenly over silence, prompt, relay, prompt and another source', async () => {
    const { bench, a, b } = await pair();
    const prompt = {
      samples: 1600,
      encodings: { PCMA: new SharedArrayBuffer(1600), PCMU: new SharedArrayBuffer(1600) },
    };
    const play = (playback: number): void =>
      bench.worker.receive({ kind: 'play', stream: b.id, playback, prompt, loop: false });
    bench.advance(100);
    play(1);
    bench.advance(103);
    hear(bench, b, a);
    speak(bench, a, 1000, 20);
    play(2);
    bench.advance(100);
    hear(bench, b, a);
    speak(bench, a, 9, 20, { ssrc: 77 });
    expectContinuity(bench.sentBy(b), 320);
    expect(bench.sentBy(b).filter(({ packet }) => packet.marker).length).toBeGreaterThanOrEqual(4);
  });

  it('puts silence in the place of a source that is quiet, and makes way when it speaks', async () => {
    const { bench, a, b } = await pair();
    speak(bench, a, 0, 10);
    const quiet = bench.now;
    bench.advance(1000);
    const silent = bench.sentBy(b, quiet + 1);
    expect(silent.length).toBeGreaterThanOrEqual(38);
    expect(silent.length).toBeLessThanOrEqual(42);
    expect(silent.every(({ packet }) => packet.payload[0] === 0xd5)).toBe(true);
    const again = bench.now;
    speak(bench, a, 60, 10);
    const spoken = bench.sentBy(b, again).filter(({ packet }) => packet.payload[0] !== 0xd5);
    expect(spoken.map(({ packet }) => packet.payload[0])).toEqual(
      Array.from({ length: 10 }, (_, index) => 61 + index),
    );
    expect(bench.sentBy(b, again).length).toBeLessThanOrEqual(11);
  });

  it('ends in silence when the source is closed, and when nothing is to be heard', async () => {
    for (const how of ['close', 'hear'] as const) {
      const { bench, a, b } = await pair();
      speak(bench, a, 0, 10);
      if (how === 'close') bench.worker.receive({ kind: 'close', stream: a.id });
      else hear(bench, b, undefined);
      await bench.settle();
      const since = bench.now + 1;
      speak(bench, a, 10, 10);
      expect(bench.sentBy(b, since).length).toBe(10);
      expect(bench.sentBy(b, since).every(({ packet }) => packet.payload[0] === 0xd5)).toBe(true);
    }
  });

  it('respects the hold of either side', async () => {
    const { bench, a, b } = await pair();
    bench.configure(b, { direction: 'inactive' });
    const since = bench.now + 1;
    speak(bench, a, 0, 10);
    speak(bench, b, 0, 10);
    expect(bench.sentBy(b, since)).toEqual([]);
    expect(bench.sentBy(a, since).every(({ packet }) => packet.payload[0] === 0xd5)).toBe(true);
  });

  it('lets one stream be heard by several', async () => {
    const { bench, a, b } = await pair();
    const c = await bench.openConfigured({ codec: 'PCMU' });
    hear(bench, c, a);
    speak(bench, a, 0, 10);
    const heard = (stream: BenchStream, silence: number) =>
      bench
        .sentBy(stream)
        .flatMap(({ packet }) => (packet.payload[0] === silence ? [] : [packet.payload[0]]));
    expect(heard(b, 0xd5)).toEqual(Array.from({ length: 10 }, (_, index) => 1 + index));
    expect(heard(c, 0xff).slice(0, 5)).toEqual(
      Array.from({ length: 5 }, (_, index) => alawToUlaw[1 + index]),
    );
  });
});

describe('a bridge of different codecs or packet times', () => {
  const frames = (bench: MediaBench, stream: BenchStream, silence: number): number[][] =>
    bench
      .sentBy(stream)
      .map(({ packet }) => [...packet.payload])
      .filter((payload) => payload.some((octet) => octet !== silence));

  it('transcodes both ways, through a jitter buffer, on the clock', async () => {
    const { bench, a, b } = await pair({ codec: 'PCMA' }, { codec: 'PCMU' });
    bench.advance(1000, (index) => {
      bench.deliver(a, { sequence: index, timestamp: index * 160, payload: frame(index) });
      bench.deliver(b, { payloadType: 0, sequence: index, timestamp: index * 160, payload: frame(index) });
    });
    const toB = frames(bench, b, 0xff);
    const toA = frames(bench, a, 0xd5);
    expect(toB.length).toBeGreaterThan(44);
    expect(toB).toEqual(toB.map((_, index) => [...frame(index)].map((octet) => alawToUlaw[octet])));
    expect(toA).toEqual(toA.map((_, index) => [...frame(index)].map((octet) => ulawToAlaw[octet])));
    for (const stream of [a, b]) {
      expectContinuity(bench.sentBy(stream));
      expect(new Set(bench.sentBy(stream).map(({ packet }) => packet.payloadType))).toEqual(
        new Set([stream === a ? 8 : 0]),
      );
    }
  });

  it('re-packetises for a far end that wants other packets', async () => {
    const { bench, a, b } = await pair({ ptime: 20 }, { ptime: 30 });
    speak(bench, a, 0, 60);
    const octets = frames(bench, b, 0xd5).slice(2);
    expect(octets.every((payload) => payload.length === 240)).toBe(true);
    const flat = octets.flat();
    const first = flat[0]! - 1;
    // Every frame of the source, in order, without a seam.
    const offset = flat.findIndex((octet) => octet !== flat[0]);
    expect(flat.slice(offset)).toEqual(
      Array.from(
        { length: flat.length - offset },
        (_, index) => frame(first + 1 + Math.floor(index / 160))[0],
      ),
    );
  });

  it('relays one packet of another length as it is, and re-packetises when they go on', async () => {
    const { bench, a, b } = await pair();
    speak(bench, a, 0, 5);
    bench.deliver(a, { sequence: 5, timestamp: 800, payload: frame(50, 80) });
    expect(bench.sentBy(b).at(-1)?.packet.payloadLength).toBe(80);
    const since = bench.now + 1;
    bench.advance(2000, (index) => {
      if (index % 2 === 0)
        bench.deliver(a, {
          sequence: 6 + index / 2,
          timestamp: 880 + index * 160,
          payload: frame(index, 320),
        });
    });
    const after = bench.sentBy(b, since).slice(10);
    expect(after.length).toBeGreaterThan(80);
    expect(after.every(({ packet }) => packet.payloadLength === 160)).toBe(true);
    bench.worker.receive({ kind: 'statistics', stream: b.id, request: 1 });
    expect(bench.toldOf('statistics')[0]?.statistics?.playout).toMatchObject({ gaps: 0 });
  });

  it('stays whole over jitter, loss and disorder', async () => {
    const { bench, a, b } = await pair({ codec: 'PCMA' }, { codec: 'PCMU' });
    const delays = [0, 25, 10, 30, 5, 0, 18];
    bench.advance(1800, (index) => {
      // Frame n leaves at n * 20 ms and is delayed by up to 30 ms; every tenth is lost.
      for (let number = Math.max(0, index - 2); number <= index; number++) {
        const arrives = Math.ceil((number * 20 + delays[number % delays.length]!) / 20);
        if (arrives !== index || number % 10 === 9) continue;
        bench.deliver(a, { sequence: number, timestamp: number * 160, payload: frame(number) });
      }
    });
    const heard = frames(bench, b, 0xff).map(([octet]) => octet);
    const expected = Array.from({ length: 86 }, (_, number) => number)
      .filter((number) => number % 10 !== 9)
      .map((number) => alawToUlaw[1 + number]);
    expect(heard.slice(0, expected.length)).toEqual(expected);
    expectContinuity(bench.sentBy(b));
  });

  it('begins anew when the codec of the far end changes within the call', async () => {
    const { bench, a, b } = await pair();
    speak(bench, a, 0, 10);
    bench.configure(b, { codec: 'PCMU' });
    const since = bench.now + 1;
    speak(bench, a, 10, 20);
    const sent = bench.sentBy(b, since);
    expect(new Set(sent.map(({ packet }) => packet.payloadType))).toEqual(new Set([0]));
    expect(sent.at(-1)?.packet.payload[0]).toBe(alawToUlaw[sent.length + 8]);
  });
});

describe('keys over a bridge', () => {
  /** A key of 100 ms as six packets, the last three of them the end. */
  function press(
    bench: MediaBench,
    source: BenchStream,
    key: number,
    from: number,
    more: { between?: (index: number) => void; ssrc?: number; sequence?: number; payloadType?: number } = {},
  ): void {
    bench.advance(140, (index) => {
      more.between?.(index);
      const payload = Uint8Array.of(
        key,
        index >= 4 ? 0x8a : 0x0a,
        ...[Math.min(index + 1, 5) * 160].flatMap((d) => [d >> 8, d & 255]),
      );
      bench.deliver(source, {
        payloadType: more.payloadType ?? 101,
        marker: index === 0,
        ssrc: more.ssrc,
        sequence: (more.sequence ?? from) + index,
        timestamp: from * 160,
        payload,
      });
    });
  }

  function keysIn(sent: ReturnType<MediaBench['sentBy']>, payloadType: number): string {
    const receiver = new TelephoneEventReceiver();
    return sent
      .filter(({ packet }) => packet.payloadType === payloadType)
      .map(({ packet, at }) => receiver.receive(packet.timestamp, packet.payload, at) ?? '')
      .join('');
  }

  it('are relayed with the payload type of the other side, and told', async () => {
    const { bench, a, b } = await pair({}, { telephoneEvent: { send: 96, receive: 97 } });
    speak(bench, a, 0, 10);
    press(bench, a, 7, 10);
    speak(bench, a, 17, 10);
    press(bench, a, 10, 27);
    speak(bench, a, 34, 10);
    const sent = bench.sentBy(b);
    expect(keysIn(sent, 96)).toBe('7*');
    expect(bench.toldOf('key')).toMatchObject([
      { stream: a.id, key: '7' },
      { stream: a.id, key: '*' },
    ]);
    const events = sent.filter(({ packet }) => packet.payloadType === 96);
    expect(events.length).toBe(14);
    expect(events.filter(({ packet }) => packet.marker).length).toBe(2);
    expect(events.map(({ packet }) => parseTelephoneEvent(packet.payload)?.duration).slice(0, 7)).toEqual([
      160, 320, 480, 640, 800, 800, 800,
    ]);
    // Nothing came between or got lost: the numbers are those of one stream.
    for (const [index, { packet }] of sent.entries()) {
      if (index > 0) expect((packet.sequence - sent[index - 1]!.packet.sequence) & 0xffff).toBe(1);
    }
  });

  it('survive the transcoder, with no silence beside them', async () => {
    const { bench, a, b } = await pair({ codec: 'PCMA' }, { codec: 'PCMU' });
    speak(bench, a, 0, 20);
    const since = bench.now + 1;
    press(bench, a, 3, 20);
    const during = bench.sentBy(b, since);
    speak(bench, a, 27, 20);
    expect(keysIn(bench.sentBy(b), 101)).toBe('3');
    const silent = during.filter(
      ({ packet }) => packet.payloadType === 0 && packet.payload.every((octet) => octet === 0xff),
    );
    expect(silent).toEqual([]);
    expect(
      new Set(
        bench
          .sentBy(b)
          .filter(({ packet }) => packet.payloadType === 101)
          .map(({ packet }) => packet.timestamp),
      ).size,
    ).toBe(1);
  });

  it('are left out, without a gap, when the other side knows none', async () => {
    const { bench, a, b } = await pair({}, { telephoneEvent: undefined });
    speak(bench, a, 0, 10);
    const since = bench.now - 5;
    press(bench, a, 3, 10);
    speak(bench, a, 17, 10);
    const sent = bench.sentBy(b, since);
    expect(new Set(sent.map(({ packet }) => packet.payloadType))).toEqual(new Set([8]));
    for (const [index, { packet }] of sent.entries()) {
      if (index > 0) expect((packet.sequence - sent[index - 1]!.packet.sequence) & 0xffff).toBe(1);
    }
    expect(bench.toldOf('key')).toMatchObject([{ key: '3' }]);
  });

  it('stay one key each when their sender gives them another SSRC and talks meanwhile', async () => {
    const { bench, a, b } = await pair();
    speak(bench, a, 0, 10);
    let number = 10;
    const between = (): void => {
      bench.deliver(a, { sequence: number, timestamp: number * 160, payload: frame(number) });
      number++;
    };
    press(bench, a, 5, 40_000, { ssrc: 999, sequence: 30_000, between });
    press(bench, a, 6, 10_000, { ssrc: 999, sequence: 2, between });
    expect(keysIn(bench.sentBy(b), 101)).toBe('56');
    const sent = bench.sentBy(b);
    for (const [index, { packet }] of sent.entries()) {
      if (index > 0) expect((packet.sequence - sent[index - 1]!.packet.sequence) & 0xffff).toBe(1);
    }
  });
});
