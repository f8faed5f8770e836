import { describe, expect, it } from 'vitest';
import { LatenessHistogram, summarise } from './lateness.ts';
import { MediaClock } from './media-clock.ts';

function visits(clock: MediaClock, now: number): [number, number][] {
  const seen: [number, number][] = [];
  clock.advance(now, (slot, due) => seen.push([slot, due]));
  return seen;
}

describe('MediaClock', () => {
  it('visits four slots in 20 ms, at whole milliseconds', () => {
    const clock = new MediaClock(1000.25);
    expect(clock.deadline).toBe(1001);
    expect(visits(clock, 1000.9)).toEqual([]);
    expect(visits(clock, 1021)).toEqual([
      [0, 1001],
      [1, 1006],
      [2, 1011],
      [3, 1016],
      [0, 1021],
    ]);
    expect(clock.deadline).toBe(1026);
  });

  it('keeps the slots on their instants when it gives some up', () => {
    const clock = new MediaClock(0);
    const seen = visits(clock, 10_007);
    expect(seen[0]![1]).toBeGreaterThanOrEqual(10_007 - 200);
    expect(seen.length).toBe(40);
    expect(clock.skipped + seen.length).toBe(2002);
    for (const [slot, due] of seen) expect(slot).toBe((due / 5) % 4);
  });
});

describe('lateness', () => {
  it('tells percentiles over several workers, to a tenth of a millisecond', () => {
    const [one, other] = [new LatenessHistogram(), new LatenessHistogram()];
    for (let packet = 0; packet < 98; packet++) one.record(0.34);
    other.record(-0.2);
    other.record(12.06);
    expect(summarise([one.snapshot(3), other.snapshot(4)])).toEqual({
      packets: 100,
      p50: 0.4,
      p99: 0.4,
      max: 12.06,
      skipped: 7,
    });
    other.record(12.06);
    other.record(500);
    expect(summarise([one.snapshot(0), other.snapshot(0)])).toMatchObject({ p99: 12.1, max: 500 });
  });

  it('never says more than the latest, and tells what is beyond its buckets', () => {
    const histogram = new LatenessHistogram();
    histogram.record(0.01);
    expect(summarise([histogram.snapshot(0)])).toMatchObject({ p50: 0.01, p99: 0.01, max: 0.01 });
    for (let packet = 0; packet < 100; packet++) histogram.record(250);
    expect(summarise([histogram.snapshot(0)])).toMatchObject({ p50: 250, p99: 250 });
    expect(summarise([])).toEqual({ packets: 0, p50: 0, p99: 0, max: 0, skipped: 0 });
  });
});
