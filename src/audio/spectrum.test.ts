import { describe, expect, test } from 'vitest';
import { decodeG711, encodeG711 } from './g711.ts';
import { findTones, toneLevel } from './spectrum.ts';
import { endlessTone, repeated, sequence, silence, tone } from './tone.ts';

/** Noise that is the same in every run (the minimal standard generator of Park and Miller). */
function noise(length: number, amplitude: number): Int16Array {
  let state = 1;
  return Int16Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.round((state / 2_147_483_647 - 0.5) * 2 * amplitude);
  });
}

describe('findTones', () => {
  test.each([300, 425.5, 697, 1000, 1477, 2600, 3400])(
    'finds %d Hz within 1 Hz, at its level',
    (frequency) => {
      const found = findTones(tone([frequency], 1000, -16));
      expect(found.length).toBe(1);
      expect(Math.abs(found[0]!.frequency - frequency)).toBeLessThan(1);
      expect(Math.abs(found[0]!.level - -16)).toBeLessThan(1);
    },
  );

  test('finds both of two, the louder first', () => {
    const quiet = endlessTone([770], -30);
    const samples = endlessTone([1336], -12).map((sample, index) => sample + quiet[index]!);
    expect(findTones(samples).map(({ frequency }) => Math.round(frequency))).toEqual([1336, 770]);
  });

  test('finds only the tone after either law of G.711 distorted it', () => {
    for (const codec of ['PCMA', 'PCMU'] as const) {
      const heard = decodeG711(codec, encodeG711(codec, endlessTone([620], -10)));
      expect(findTones(heard).map(({ frequency }) => Math.round(frequency))).toEqual([620]);
    }
  });

  test('finds a tone in noise, and none in noise alone or in silence', () => {
    const hiss = noise(8000, 1500);
    const samples = endlessTone([910], -20).map((sample, index) => sample + hiss[index]!);
    expect(findTones(samples)[0]!.frequency).toBeCloseTo(910, -0.5);
    expect(findTones(hiss)).toEqual([]);
    expect(findTones(silence(1000))).toEqual([]);
  });

  test('a short piece is heard too, less exactly; a shorter one is refused', () => {
    const found = findTones(endlessTone([1000], -10).subarray(0, 160));
    expect(found.length).toBe(1);
    expect(Math.abs(found[0]!.frequency - 1000)).toBeLessThan(20);
    expect(() => findTones(new Int16Array(63))).toThrow(RangeError);
  });

  test('what is far below the loudest, or below the floor, does not count', () => {
    const faint = endlessTone([2000], -40);
    const samples = endlessTone([500], -10).map((sample, index) => sample + faint[index]!);
    expect(findTones(samples).length).toBe(1);
    expect(findTones(samples, { range: 40 }).length).toBe(2);
    expect(findTones(samples, { range: 40, floor: -20 }).length).toBe(1);
  });
});

describe('toneLevel', () => {
  test('tells the level of a tone and hardly hears its neighbour', () => {
    const samples = endlessTone([700], -14);
    expect(toneLevel(samples, 700)).toBeCloseTo(-14, 1);
    expect(toneLevel(samples, 720)).toBeLessThan(-60);
  });

  test('a tone that sounds half of the time is 6 dB lower', () => {
    const samples = sequence(tone([700], 1000, -14), silence(1000));
    expect(toneLevel(samples, 700)).toBeCloseTo(-20, 0);
  });

  test('nothing has no level', () => {
    expect(toneLevel(new Int16Array(0), 700)).toBe(-Infinity);
    expect(toneLevel(silence(100), 700)).toBe(-Infinity);
  });

  test('stays exact over a minute', () => {
    expect(toneLevel(repeated(endlessTone([700], -14), 60_000), 700)).toBeCloseTo(-14, 1);
  });
});
