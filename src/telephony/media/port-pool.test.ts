import { describe, expect, it } from 'vitest';
import { PortPool, splitPorts } from './port-pool.ts';

describe('PortPool', () => {
  it('gives even ports whose odd neighbour is in the range too', () => {
    const pool = new PortPool(20_001, 20_006, 0);
    expect([pool.take(0), pool.take(0), pool.take(0)]).toEqual([20_002, 20_004, undefined]);
    expect(() => new PortPool(20_001, 20_002, 0)).toThrow(RangeError);
  });

  it('lets a port rest, and gives the one that rested longest', () => {
    const pool = new PortPool(20_000, 20_005, 1000);
    const [first, second] = [pool.take(0)!, pool.take(0)!];
    pool.release(second, 100);
    pool.release(first, 200);
    expect([pool.available(1099), pool.available(1100), pool.available(1200)]).toEqual([1, 2, 3]);
    expect([pool.take(1200), pool.take(1200), pool.take(1200)]).toEqual([20_004, second, first]);
  });
});

describe('splitPorts', () => {
  it('cuts into parts that do not overlap and leave no pair out', () => {
    expect(splitPorts(20_000, 20_009, 2)).toEqual([
      { first: 20_000, last: 20_003 },
      { first: 20_004, last: 20_009 },
    ]);
    expect(splitPorts(20_001, 20_010, 1)).toEqual([{ first: 20_002, last: 20_009 }]);
    for (const parts of [1, 2, 3, 7]) {
      const sizes = splitPorts(20_000, 29_999, parts).map(
        ({ first, last }) => new PortPool(first, last, 0).size,
      );
      expect(sizes.reduce((sum, size) => sum + size)).toBe(5000);
    }
  });

  it('makes fewer parts when there are fewer pairs', () => {
    expect(splitPorts(20_000, 20_003, 8).length).toBe(2);
  });

  it.each([
    [20_001, 20_002],
    [20_000, 20_000],
    [20_010, 20_000],
    [0, 10],
    [65_000, 65_536],
    [Number.NaN, 20_000],
  ])('refuses %i-%i', (first, last) => {
    expect(() => splitPorts(first, last, 1)).toThrow(RangeError);
  });
});
