import { expect, it } from 'vitest';
import { randomToken } from './random.ts';

it('makes tokens of two hexadecimal digits per byte, small bytes padded', () => {
  const random = { bytes: (count: number) => Uint8Array.from({ length: count }, (_, index) => index * 15) };
  expect(randomToken(random, 3)).toBe('000f1e');
  expect(randomToken(random)).toHaveLength(20);
});
