import { expect, test } from 'vitest';
import { decodeG711, g711Silence } from './g711.ts';
import { amplitudeOf, dbfsOf, isSilent, levelOf } from './level.ts';
import { endlessTone, silence } from './tone.ts';

test('a sine of full scale is at 0 dBFS, one at -20 dBFS at -20', () => {
  expect(levelOf(endlessTone([400], 0))).toBeCloseTo(0, 1);
  expect(levelOf(endlessTone([400], -20))).toBeCloseTo(-20, 1);
});

test('amplitude and level are inverse', () => {
  for (const dbfs of [0, -3, -16, -60]) expect(dbfsOf(amplitudeOf(dbfs))).toBeCloseTo(dbfs, 9);
});

test('silence is silent: digital, none, and what G.711 leaves of it', () => {
  expect(levelOf(silence(100))).toBe(-Infinity);
  expect(levelOf(new Int16Array(0))).toBe(-Infinity);
  for (const codec of ['PCMA', 'PCMU'] as const)
    expect(isSilent(decodeG711(codec, new Uint8Array(160).fill(g711Silence[codec])))).toBe(true);
});

test('a faint tone is silent or not by the threshold given', () => {
  const faint = endlessTone([400], -50);
  expect(isSilent(faint)).toBe(false);
  expect(isSilent(faint, -45)).toBe(true);
});
