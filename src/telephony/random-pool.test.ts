import { expect, it } from 'vitest';
import { RandomPool } from './random-pool.ts';

it('never gives the same bytes twice, across many fillings', () => {
  const pool = new RandomPool();
  const tokens = Array.from({ length: 5_000 }, () => Buffer.from(pool.bytes(10)).toString('hex'));
  expect(new Set(tokens).size).toBe(tokens.length);
  expect(tokens[0]).toHaveLength(20);
});

it('leaves what it gave untouched', () => {
  const pool = new RandomPool();
  const first = pool.bytes(16);
  const copy = [...first];
  for (let count = 0; count < 2_000; count += 1) pool.bytes(16);
  expect([...first]).toEqual(copy);
});
