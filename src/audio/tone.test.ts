import { describe, expect, test } from 'vitest';
import { levelOf } from './level.ts';
import { findTones } from './spectrum.ts';
import {
  busyTone,
  endlessTone,
  repeated,
  ringBackTone,
  sequence,
  silence,
  specialInformationTone,
  waitingTone,
  tone,
} from './tone.ts';

function frequenciesOf(samples: Int16Array): number[] {
  return findTones(samples)
    .map(({ frequency }) => Math.round(frequency))
    .sort((one, other) => one - other);
}

test('a tone lasts as long as asked and has the level asked', () => {
  const samples = tone([1000], 250, -10);
  expect(samples.length).toBe(2000);
  expect(levelOf(samples.subarray(100, 1900))).toBeCloseTo(-10, 1);
});

test('a tone begins and ends softly', () => {
  const samples = tone([1000], 100, 0);
  const loudest = (part: Int16Array): number => Math.max(...part.map(Math.abs));
  expect(loudest(samples.subarray(0, 4))).toBeLessThan(4000);
  expect(loudest(samples.subarray(-4))).toBeLessThan(4000);
  expect(loudest(samples)).toBeGreaterThan(32_000);
});

test('several sines that together exceed 16 bits are clipped, never wrapped', () => {
  const samples = tone([500, 500, 500], 100, 0);
  expect(Math.max(...samples)).toBe(32_767);
  expect(Math.min(...samples)).toBe(-32_768);
  for (let index = 1; index < samples.length; index += 1)
    expect(Math.abs(samples[index]! - samples[index - 1]!)).toBeLessThan(42_000);
});

describe('an endless tone', () => {
  test('has no seam where it is repeated', () => {
    const once = endlessTone([440, 731], -6);
    const twice = repeated(once, 2000);
    const steps = (samples: Int16Array): number =>
      samples.reduce(
        (largest, sample, index) =>
          Math.max(largest, index === 0 ? 0 : Math.abs(sample - samples[index - 1]!)),
        0,
      );
    expect(steps(twice)).toBe(steps(once));
    expect(frequenciesOf(twice)).toEqual([440, 731]);
  });

  test('refuses frequencies that do not fit a second', () => {
    expect(() => endlessTone([440.5])).toThrow(RangeError);
  });
});

test('a sequence holds its parts one after the other', () => {
  const whole = sequence(tone([1000], 10), silence(5), tone([500], 10));
  expect(whole.length).toBe(200);
  expect(whole.subarray(80, 120).every((sample) => sample === 0)).toBe(true);
  expect(sequence().length).toBe(0);
});

describe('tones of the network', () => {
  test('ring-back: 450 Hz, one second of five', () => {
    const samples = ringBackTone();
    expect(samples.length).toBe(40_000);
    expect(frequenciesOf(samples.subarray(0, 8000))).toEqual([450]);
    expect(levelOf(samples.subarray(8000))).toBe(-Infinity);
  });

  test('busy: 450 Hz, half of 0.7 s', () => {
    const samples = busyTone();
    expect(samples.length).toBe(5600);
    expect(frequenciesOf(samples.subarray(0, 2800))).toEqual([450]);
    expect(levelOf(samples.subarray(2800))).toBe(-Infinity);
  });
});

test('special information: three rising tones before an announcement of failure', () => {
  const samples = specialInformationTone();
  const parts = [0, 1, 2].map((part) => frequenciesOf(samples.subarray(part * 2640, (part + 1) * 2640)));
  expect(parts).toEqual([[950], [1400], [1800]]);
  expect(levelOf(samples.subarray(3 * 2640))).toBe(-Infinity);
});

test('the waiting tone is not taken for the network’s ring-back', () => {
  expect(frequenciesOf(waitingTone())).toEqual([523, 659]);
  expect(frequenciesOf(ringBackTone())).toEqual([450]);
});
