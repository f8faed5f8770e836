import { describe, expect, it } from 'vitest';
import { SequenceTracker } from './sequence.ts';

function track(...sequences: readonly number[]): SequenceTracker {
  const tracker = new SequenceTracker(sequences[0]!);
  for (const sequence of sequences) tracker.update(sequence);
  return tracker;
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (from + index) & 0xffff);
}

describe('SequenceTracker (RFC 3550 A.1)', () => {
  it('believes in a source after two packets in a row, and counts from the second', () => {
    const tracker = new SequenceTracker(10);
    expect(tracker.update(10)).toBe('probation');
    expect(tracker.valid).toBe(false);
    expect(tracker.expected).toBe(0);
    expect(tracker.update(11)).toBe('valid');
    expect(tracker).toMatchObject({ valid: true, received: 1, expected: 1, totalLost: 0 });
  });

  it('starts probation over when the second packet does not follow', () => {
    const tracker = track(10, 20, 30);
    expect(tracker.valid).toBe(false);
    expect(tracker.update(31)).toBe('valid');
  });

  it('counts cycles over a wrap, with a packet out of order at the edge', () => {
    const tracker = track(65533, 65534, 0, 65535, 1);
    expect(tracker.extendedHighest).toBe(0x1_0001);
    expect(tracker).toMatchObject({ received: 4, expected: 4, totalLost: 0 });
  });

  it('counts losses, and duplicates against them as RFC 3550 6.4.1 says', () => {
    expect(track(1, 2, 3, 6, 7).totalLost).toBe(2);
    expect(track(1, 2, 3, 3, 3).totalLost).toBe(-2);
  });

  it('ignores one stray jump', () => {
    const tracker = track(...range(100, 5));
    expect(tracker.update(30_000)).toBe('jumped');
    expect(tracker.update(105)).toBe('valid');
    expect(tracker).toMatchObject({ received: 5, expected: 5 });
  });

  it('follows a source that began anew, and keeps what was lost before', () => {
    const tracker = track(...range(100, 5), 107);
    expect(tracker.totalLost).toBe(2);
    expect(tracker.update(40_000)).toBe('jumped');
    expect(tracker.update(40_001)).toBe('restarted');
    tracker.update(40_004);
    expect(tracker).toMatchObject({ received: 2, expected: 4, totalReceived: 7, totalLost: 4 });
  });
});
