import { describe, expect, it } from 'vitest';
import { estimateQuality } from './mos.ts';

describe('estimateQuality (ITU-T G.107)', () => {
  it('is at its best without loss and delay: R 93.2, MOS 4.41', () => {
    expect(estimateQuality({ loss: 0, delay: 0 })).toEqual({ rating: 93.2, mos: 4.41 });
  });

  it.each([
    // loss, delay, R = 93.2 - 95 Ppl / (Ppl + 25.1) - 0.024 d - 0.11 (d - 177.3) for d > 177.3
    [0.01, 0, 89.56, 4.33],
    [0.05, 0, 77.42, 3.91],
    [0.2, 0, 51.07, 2.63],
    [0, 100, 90.8, 4.36],
    [0, 300, 72.5, 3.71],
    [0.03, 150, 79.46, 3.99],
  ])('loses by loss %d and delay %i ms', (loss, delay, rating, mos) => {
    const estimate = estimateQuality({ loss, delay });
    expect(estimate.rating).toBeCloseTo(rating, 1);
    expect(estimate.mos).toBeCloseTo(mos, 1);
  });

  it('is worse where losses are heard as silence', () => {
    const concealed = estimateQuality({ loss: 0.03, delay: 50 });
    const silent = estimateQuality({ loss: 0.03, delay: 50, concealed: false });
    expect(silent.rating).toBeCloseTo(93.2 - 1.2 - (95 * 3) / 7.3, 1);
    expect(concealed.mos - silent.mos).toBeGreaterThan(1);
  });

  it('stays between 1 and 4.41 for any values', () => {
    for (const [loss, delay] of [
      [1, 0],
      [7, 1e9],
      [0, 1e6],
      [-1, -50],
    ] as const) {
      const { mos, rating } = estimateQuality({ loss, delay });
      expect(mos).toBeGreaterThanOrEqual(1);
      expect(mos).toBeLessThanOrEqual(4.41);
      expect(rating).toBeGreaterThanOrEqual(0);
    }
  });

  it('never rises with loss or delay', () => {
    let before = 5;
    for (let step = 0; step <= 100; step += 1) {
      const { mos } = estimateQuality({ loss: step / 100, delay: step * 10 });
      expect(mos).toBeLessThanOrEqual(before);
      before = mos;
    }
  });
});
