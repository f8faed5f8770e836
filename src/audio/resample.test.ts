import { describe, expect, it } from 'vitest';
import { dbfsOf } from './level.ts';
import { findTones, toneLevel } from './spectrum.ts';
import { Resampler, resample } from './resample.ts';

function sine(frequency: number, rate: number, seconds = 0.5, amplitude = 10_000): Float32Array {
  return Float32Array.from(
    { length: Math.round(rate * seconds) },
    (_, index) => amplitude * Math.sin((2 * Math.PI * frequency * index) / rate),
  );
}

describe('resampling to 8000 Hz', () => {
  it.each([6000, 8001, 11_025, 11_127, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000])(
    'from %i Hz keeps length, pitch and level of what 8000 Hz can carry',
    (rate) => {
      for (const frequency of [300, 1000, Math.min(3400, rate * 0.4)]) {
        const result = Int16Array.from(resample(sine(frequency, rate), rate, 8000));
        expect(result.length).toBe(Math.ceil((Math.round(rate / 2) * 8000) / rate));
        const [found, ...others] = findTones(result.subarray(200, -200), { range: 50, floor: -60 });
        expect(found?.frequency).toBeCloseTo(frequency, 0);
        expect(Math.abs(toneLevel(result.subarray(200, -200), frequency) - dbfsOf(10_000))).toBeLessThan(0.3);
        expect(others).toEqual([]);
      }
    },
  );

  it.each([
    [16_000, 4600],
    [44_100, 5000],
    [48_000, 20_000],
    [192_000, 90_000],
  ])('from %i Hz takes out %i Hz, which would come back as another tone', (rate, frequency) => {
    const result = Int16Array.from(resample(sine(frequency, rate), rate, 8000)).subarray(200, -200);
    expect(findTones(result, { floor: -60 })).toEqual([]);
  });

  it('is the same whatever the size of the blocks', () => {
    const source = sine(700, 44_100, 0.2);
    const whole = resample(source, 44_100, 8000);
    for (const size of [1, 7, 441, 5000]) {
      const resampler = new Resampler(44_100, 8000);
      const parts: number[] = [];
      for (let at = 0; at < source.length; at += size)
        parts.push(...resampler.push(source.subarray(at, at + size)));
      parts.push(...resampler.flush());
      expect(Float32Array.from(parts)).toEqual(whole);
    }
  });

  it('keeps a steady level steady', () => {
    const result = resample(new Float32Array(11_025).fill(5000), 11_025, 8000).subarray(100, -100);
    for (const sample of result) expect(Math.abs(sample - 5000)).toBeLessThan(0.1);
  });

  it('makes nothing of nothing', () => {
    expect(resample(new Float32Array(0), 44_100, 8000).length).toBe(0);
  });

  it.each([0, 999, 192_001, 8000.5, Number.NaN])('refuses %d Hz', (rate) => {
    expect(() => new Resampler(rate, 8000)).toThrow(RangeError);
  });
});
