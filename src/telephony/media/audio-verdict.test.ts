import { describe, expect, it } from 'vitest';
import { type BenchStream, farEnd, MediaBench } from '../../../test/support/media-bench.ts';
import { endlessTone, repeated, sequence, silence } from '../../audio/tone.ts';
import { writeRtcp } from '../../rtp/rtcp-writer.ts';
import { type AudioVerdict, audioVerdict } from './audio-verdict.ts';
import type { StreamStatistics } from './protocol.ts';

const voice = (milliseconds: number): Int16Array => repeated(endlessTone([600], -20), milliseconds);

let request = 0;

function statistics(bench: MediaBench, stream: BenchStream): StreamStatistics {
  bench.worker.receive({ kind: 'statistics', stream: stream.id, request: ++request });
  return bench.toldOf('statistics').at(-1)!.statistics!;
}

function judge(bench: MediaBench, stream: BenchStream): AudioVerdict {
  return audioVerdict(statistics(bench, stream));
}

async function call(more: Parameters<MediaBench['openConfigured']>[0] = {}) {
  const bench = new MediaBench();
  return { bench, stream: await bench.openConfigured(more) };
}

describe('the verdict on a leg', () => {
  it('is both ways where both could be heard', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: sequence(voice(2000), silence(1500), voice(1000)) }]);
    const verdict = judge(bench, stream);
    expect(verdict).toMatchObject({ audio: 'both-ways', causes: [], longestQuiet: 1500 });
    expect(verdict.level).toBeCloseTo(-20, 0);
    expect(verdict.longestGap).toBeLessThanOrEqual(40);
    expect(verdict.received).toMatchObject({ packets: 225, loss: 0, mos: 4.38 });
    // The far end reported nothing: how our packets came through is not known, how many left is.
    expect(verdict.sent).toEqual({ packets: bench.sentBy(stream).length });
    expect(verdict.sent!.packets).toBeGreaterThan(200);
  });

  it('names a far end of which nothing came', async () => {
    const { bench, stream } = await call();
    bench.advance(3000);
    expect(judge(bench, stream)).toMatchObject({
      audio: 'to-far-end',
      causes: ['no-packets-received'],
      received: undefined,
    });
  });

  it('names a muted far end', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: silence(5000) }]);
    expect(judge(bench, stream)).toMatchObject({
      audio: 'to-far-end',
      causes: ['silence-only'],
      level: undefined,
      longestQuiet: 5000,
    });
    bench.talk([{ stream, samples: repeated(endlessTone([600], -56), 2000) }]);
    expect(judge(bench, stream).causes).toEqual(['silence-only']);
  });

  it('does not say that a far end was mute after less than a second', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: silence(900) }]);
    expect(judge(bench, stream)).toMatchObject({ audio: 'both-ways', causes: [], level: undefined });
    bench.talk([{ stream, samples: silence(200) }]);
    expect(judge(bench, stream)).toMatchObject({ audio: 'to-far-end', causes: ['silence-only'] });
  });

  it('names packets that came from elsewhere', async () => {
    const { bench, stream } = await call();
    const elsewhere = { host: '198.51.100.1', port: 7000 };
    bench.deliver(stream, { sequence: 0, payloadType: 101, payload: new Uint8Array(4) });
    bench.worker.receive({ kind: 'restartJudgement', stream: stream.id });
    bench.advance(1000, (index) => bench.deliver(stream, { sequence: index }, elsewhere));
    expect(judge(bench, stream)).toMatchObject({ audio: 'to-far-end', causes: ['latched-elsewhere'] });
  });

  it('names payload types that were not agreed on, and what is no RTP', async () => {
    const { bench, stream } = await call();
    bench.advance(1000, (index) => bench.deliver(stream, { sequence: index, payloadType: 18 }));
    expect(judge(bench, stream).causes).toEqual(['payload-not-agreed']);
    const other = await call();
    const { host, port } = farEnd(other.stream);
    other.bench.advance(1000, () =>
      other.bench.network.bound.get(other.stream.port)?.onDatagram?.(new Uint8Array(40), host, port),
    );
    expect(judge(other.bench, other.stream).causes).toEqual(['not-rtp']);
  });

  it('names packets that stopped coming, though both could be heard', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: voice(2000) }]);
    bench.advance(9000);
    expect(judge(bench, stream).causes).toEqual([]);
    bench.advance(2000);
    const verdict = judge(bench, stream);
    expect(verdict).toMatchObject({ audio: 'both-ways', causes: ['packets-stopped'] });
    expect(verdict.longestGap).toBeGreaterThanOrEqual(10_900);
  });

  it('names the far end that kept us on hold, and one that never agreed', async () => {
    const { bench, stream } = await call({ direction: 'recvonly' });
    bench.talk([{ stream, samples: voice(1000) }]);
    expect(judge(bench, stream)).toMatchObject({ audio: 'from-far-end', causes: ['nothing-sent'] });
    expect(judge(bench, await bench.open())).toMatchObject({ audio: 'none', causes: ['never-agreed'] });
  });

  it('does not count the silence of a hold', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: voice(1000) }]);
    bench.configure(stream, { direction: 'sendonly' });
    bench.advance(60_000);
    expect(judge(bench, stream)).toMatchObject({ audio: 'both-ways', causes: [] });
    bench.configure(stream);
    bench.talk([{ stream, samples: voice(1000) }]);
    const verdict = judge(bench, stream);
    expect(verdict.longestGap).toBeLessThanOrEqual(60);
    expect(verdict.longestQuiet).toBe(0);
  });

  it('counts from the answer on', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: voice(3000) }]);
    bench.worker.receive({ kind: 'restartJudgement', stream: stream.id });
    bench.talk([{ stream, samples: silence(3000) }]);
    expect(judge(bench, stream)).toMatchObject({ audio: 'to-far-end', causes: ['silence-only'] });
    expect(statistics(bench, stream).received.packets).toBe(300);
  });

  it('is the worse the more is lost', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: voice(10_000) }], (index) => index % 20 === 10);
    const { received } = judge(bench, stream);
    expect(received!.loss).toBeCloseTo(0.05, 2);
    expect(received!.mos).toBeLessThan(4);
    expect(received!.mos).toBeGreaterThan(3.6);
  });

  it('counts what comes too late as lost', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: voice(1000) }]);
    const from = 50;
    bench.advance(4000, (index) => {
      // Every tenth packet is 200 ms late.
      const isLate = (number: number): boolean => number % 10 === 5;
      const now = isLate(index) ? [] : [index];
      if (index >= 10 && isLate(index - 10)) now.push(index - 10);
      for (const number of now)
        bench.deliver(stream, { sequence: from + number, timestamp: (from + number) * 160 });
    });
    const { received } = statistics(bench, stream);
    expect(received.late).toBeGreaterThanOrEqual(18);
    expect(received.late).toBeLessThanOrEqual(20);
    expect(judge(bench, stream).received!.loss).toBeGreaterThan(0.05);
  });
});

describe('what the far end reports', () => {
  function report(bench: MediaBench, stream: BenchStream, fractionLost: number | undefined, lost = 0): void {
    const ssrc = bench.sentBy(stream).at(-1)!.packet.ssrc;
    const block = {
      ssrc,
      fractionLost: fractionLost ?? 0,
      cumulativeLost: lost,
      extendedHighestSequence: 1,
      jitter: 80,
      lastSenderReport: 0,
      delaySinceLastSenderReport: 0,
    };
    const blocks = fractionLost === undefined ? [] : [block];
    bench.deliverReport(
      stream,
      writeRtcp([
        { kind: 'receiverReport', ssrc: 5, blocks },
        { kind: 'sourceDescription', sources: [{ ssrc: 5, canonicalName: 'x' }] },
      ]),
    );
  }

  it('is the quality of what we sent', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: voice(2000) }]);
    report(bench, stream, 0, 10);
    const { sent, audio } = judge(bench, stream);
    expect(audio).toBe('both-ways');
    expect(sent!.loss).toBeCloseTo(0.1, 1);
    expect(sent!.jitter).toBe(10);
    expect(sent!.mos).toBeLessThan(4);
  });

  it('all lost: our packets do not reach it', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: voice(2000) }]);
    report(bench, stream, 255, 90);
    expect(judge(bench, stream)).toMatchObject({
      audio: 'from-far-end',
      causes: ['far-end-receives-nothing'],
    });
  });

  it('and never of us: our packets do not reach it', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: voice(2000) }]);
    report(bench, stream, undefined);
    expect(judge(bench, stream).causes).toEqual([]);
    report(bench, stream, undefined);
    expect(judge(bench, stream)).toMatchObject({
      audio: 'from-far-end',
      causes: ['far-end-receives-nothing'],
    });
  });
});
