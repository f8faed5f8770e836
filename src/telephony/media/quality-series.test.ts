import { describe, expect, it } from 'vitest';
import { type BenchStream, farEnd, MediaBench } from '../../../test/support/media-bench.ts';
import { endlessTone, repeated, sequence, silence } from '../../audio/tone.ts';
import {
  heardOf,
  type QualityColumn,
  qualityColumn,
  type QualityRows,
  UNKNOWN,
} from '../../call/leg-quality.ts';
import { writeRtcp } from '../../rtp/rtcp-writer.ts';
import { MOST_ROWS } from './quality-series.ts';

const voice = (milliseconds: number): Int16Array => repeated(endlessTone([600], -20), milliseconds);

let request = 0;

function qualityOf(bench: MediaBench, stream: BenchStream): QualityRows | undefined {
  bench.worker.receive({ kind: 'quality', stream: stream.id, request: ++request });
  return bench.toldOf('quality').at(-1)!.quality;
}

/** What is told of a stream when it ends. */
async function end(bench: MediaBench, stream: BenchStream): Promise<QualityRows> {
  bench.worker.receive({ kind: 'close', stream: stream.id });
  await bench.settle();
  return bench.toldOf('closed').at(-1)!.quality!;
}

const columns = (rows: QualityRows, ...names: QualityColumn[]): number[][] =>
  names.map((name) => qualityColumn(rows, name));

/** A packet at the turn of a second counts to either. */
function expectCounts(counts: readonly number[] | undefined, expected: readonly number[]): void {
  expect(counts).toHaveLength(expected.length);
  for (const [second, count] of expected.entries())
    expect(Math.abs(counts![second]! - count)).toBeLessThanOrEqual(1);
  expect(sum(counts!)).toBeLessThanOrEqual(sum(expected) + 1);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

async function call(more: Parameters<MediaBench['openConfigured']>[0] = {}) {
  const bench = new MediaBench();
  return { bench, stream: await bench.openConfigured(more) };
}

describe('the media of a leg second by second', () => {
  it('counts what came and went, with its level and what it is worth', async () => {
    const { bench, stream } = await call();
    const began = bench.now;
    bench.talk([{ stream, samples: voice(5_000) }]);
    const quality = qualityOf(bench, stream)!;
    expect(quality).toMatchObject({ from: began, secondsPerRow: 1, milliseconds: 5_000 });
    const [received, sent, lost, late, jitter, level, mos] = columns(
      quality,
      ...(['received', 'sent', 'lost', 'late', 'jitter', 'level', 'mos'] as const),
    );
    expectCounts(received, [50, 50, 50, 50, 50]);
    for (const count of sent!) expect(count).toBeGreaterThanOrEqual(49);
    expect([sum(lost!), sum(late!)]).toEqual([0, 0]);
    expect(jitter).toEqual([0, 0, 0, 0, 0]);
    expect(level).toEqual([20, 20, 20, 20, 20]);
    expect(mos).toEqual([438, 438, 438, 438, 438]);
    expect(heardOf(quality)).toEqual(Array.from({ length: 5 }, () => 'audio'));
  });

  it('shows loss in the second in which it was', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: voice(2_000) }]);
    // Every fifth packet of the third second.
    bench.talk([{ stream, samples: voice(1_000) }], (index) => index % 5 === 2);
    bench.talk([{ stream, samples: voice(2_000) }]);
    const [received, lost, mos] = columns(qualityOf(bench, stream)!, 'received', 'lost', 'mos');
    expectCounts(received, [50, 50, 40, 50, 50]);
    expect(lost).toEqual([0, 0, 10, 0, 0]);
    expect(mos![2]).toBeLessThan(300);
    expect(mos![3]).toBe(438);
  });

  it('tells silence, packets that stay away, and hold apart', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: sequence(voice(1_000), silence(1_000)) }]);
    bench.advance(1_000);
    bench.configure(stream, { direction: 'sendonly' });
    bench.advance(1_000);
    const quality = qualityOf(bench, stream)!;
    expect(heardOf(quality)).toEqual(['audio', 'silence', 'no-packets', 'on-hold']);
    const [level, mos, sent] = columns(quality, 'level', 'mos', 'sent');
    expect(level).toEqual([20, UNKNOWN, UNKNOWN, UNKNOWN]);
    expect(mos!.slice(1)).toEqual([438, UNKNOWN, UNKNOWN]);
    // What we send is counted though nothing comes.
    expect(sent![2]).toBeGreaterThanOrEqual(49);
  });

  it('does not count a packet lost that comes late after all more than once', async () => {
    const { bench, stream } = await call();
    const deliver = (number: number): void =>
      bench.deliver(stream, { sequence: number, timestamp: number * 160 });
    // Number 49 is overtaken by those of the next second.
    bench.advance(2_000, (index) => {
      if (index !== 49) deliver(index);
      if (index === 60) deliver(49);
    });
    bench.advance(1_000, (index) => deliver(100 + index));
    const [received, lost] = columns(qualityOf(bench, stream)!, 'received', 'lost');
    expect(sum(received!)).toBe(150);
    expect(sum(lost!)).toBeLessThanOrEqual(1);
  });

  it('says what the far end reports, from its first report on', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: voice(1_000) }]);
    const { ssrc } = bench.sentBy(stream)[0]!.packet;
    const report = (cumulativeLost: number): void =>
      bench.deliverReport(
        stream,
        writeRtcp([
          {
            kind: 'receiverReport',
            ssrc: 7,
            blocks: [
              {
                ssrc,
                fractionLost: 0,
                cumulativeLost,
                extendedHighestSequence: 100,
                jitter: 80,
                lastSenderReport: 0,
                delaySinceLastSenderReport: 0,
              },
            ],
          },
        ]),
      );
    report(3);
    bench.talk([{ stream, samples: voice(1_000) }]);
    report(5);
    bench.talk([{ stream, samples: voice(1_000) }]);
    const quality = qualityOf(bench, stream)!;
    expect(columns(quality, 'farLost', 'farJitter', 'roundTrip')).toEqual([
      [UNKNOWN, 3, 2],
      [UNKNOWN, 100, 100],
      [UNKNOWN, UNKNOWN, UNKNOWN],
    ]);
  });

  it('goes on to the end of the stream, the last second in part', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: voice(1_400) }]);
    expectCounts(qualityColumn(qualityOf(bench, stream)!, 'received'), [50]);
    const quality = await end(bench, stream);
    expect(quality.milliseconds).toBe(1_400);
    expectCounts(qualityColumn(quality, 'received'), [50, 20]);
    expect(sum(qualityColumn(quality, 'received'))).toBe(70);
  });

  it('says nothing of a stream without a packet, or of one that never was', async () => {
    const bench = new MediaBench();
    const stream = await bench.open();
    bench.advance(3_000);
    expect(qualityOf(bench, stream)).toBeUndefined();
    expect(await end(bench, stream)).toBeUndefined();
    expect(qualityOf(bench, { ...stream, id: 99 })).toBeUndefined();
  });

  it('keeps a bounded number of rows of a call of any length, and loses no count', async () => {
    const { bench, stream } = await call();
    let number = 0;
    const minutes = 45;
    for (let minute = 0; minute < minutes; minute++) {
      bench.advance(60_000, () => {
        // One packet is lost each minute, in its last second.
        if (number % 3_000 !== 2_990) bench.deliver(stream, { sequence: number, timestamp: number * 160 });
        number++;
      });
    }
    const quality = qualityOf(bench, stream)!;
    const [received, lost, mos] = columns(quality, 'received', 'lost', 'mos');
    expect(quality).toMatchObject({ secondsPerRow: 8, milliseconds: minutes * 60_000 });
    expect(received!.length).toBe(Math.ceil((minutes * 60) / 8));
    expect(received!.length).toBeLessThanOrEqual(MOST_ROWS);
    expect(sum(received!)).toBe(minutes * 2_999);
    expect(sum(lost!)).toBe(minutes);
    // The second that was bad is still seen among its neighbours.
    const bad = lost!.flatMap((count, row) => (count > 0 ? [mos![row]!] : []));
    expect(bad.every((value) => value < 438)).toBe(true);
    expect(mos!.filter((value) => value === 438)).toHaveLength(received!.length - minutes);
  });

  it('puts what came while the worker stood still to the last second of it', async () => {
    const { bench, stream } = await call();
    bench.talk([{ stream, samples: voice(1_000) }]);
    for (let number = 50; number < 200; number++)
      bench.deliver(stream, { sequence: number, timestamp: number * 160 });
    bench.now += 3_500;
    bench.worker.wake();
    const quality = qualityOf(bench, stream)!;
    expectCounts(qualityColumn(quality, 'received'), [50, 0, 0, 150]);
    expect(heardOf(quality)).toEqual(['audio', 'no-packets', 'no-packets', 'audio']);
  });

  it('begins anew for the next leg on the same ports', async () => {
    const bench = new MediaBench({ lastPort: 20_001, portCoolDown: 0 });
    const first = await bench.openConfigured();
    bench.talk([{ stream: first, samples: voice(2_000) }]);
    await end(bench, first);
    const second = await bench.openConfigured();
    expect(second.port).toBe(first.port);
    bench.advance(1_000, (index) =>
      bench.deliver(second, { sequence: index, timestamp: index * 160 }, farEnd(second)),
    );
    expectCounts(qualityColumn(qualityOf(bench, second)!, 'received'), [50]);
  });
});
