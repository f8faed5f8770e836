import { describe, expect, it } from 'vitest';
import { amplitudeOf, dbfsOf, levelOf } from './level.ts';
import { levelled, loudnessOf, promptLoudness } from './loudness.ts';
import { toneLevel } from './spectrum.ts';
import { repeated, sequence, silence, tone } from './tone.ts';

const peakOf = (samples: Int16Array): number =>
  dbfsOf(samples.reduce((most, each) => Math.max(most, Math.abs(each)), 0));

describe('loudness', () => {
  it('of a steady tone is its level', () => {
    for (const level of [-3, -20, -40]) expect(loudnessOf(tone([1000], 2000, level))).toBeCloseTo(level, 0);
  });

  it('does not count pauses, nor a soft room between the words', () => {
    const spoken = repeated(tone([600], 1000, -20), 3000);
    const room = tone([100], 5000, -50);
    expect(loudnessOf(sequence(spoken, silence(20_000)))).toBeCloseTo(-20, 0);
    expect(Math.abs(loudnessOf(sequence(room, spoken, room)) + 20)).toBeLessThan(1);
  });

  it('of silence, of what nobody can hear and of nothing is none', () => {
    expect(loudnessOf(silence(1000))).toBe(-Infinity);
    expect(loudnessOf(tone([1000], 1000, -70))).toBe(-Infinity);
    expect(loudnessOf(new Int16Array(0))).toBe(-Infinity);
  });

  it('of a sound shorter than a block is its level', () => {
    expect(Math.abs(loudnessOf(tone([1000], 100, -20)) + 20)).toBeLessThan(0.5);
  });
});

describe('levelling', () => {
  it.each([-45, -30, -20, -10, 0])('brings a tone of %i dBFS to the loudness of prompts', (level) => {
    const result = levelled(tone([1000], 2000, level));
    expect(Math.abs(loudnessOf(result) - promptLoudness)).toBeLessThan(0.2);
    expect(Math.abs(toneLevel(result, 1000) - promptLoudness)).toBeLessThan(0.3);
  });

  it('brings what is louder than 16 bits down without clipping it', () => {
    const loud = Float32Array.from(tone([1000], 1000, -6), (sample) => sample * 8);
    const result = levelled(loud);
    expect(Math.abs(toneLevel(result, 1000) - promptLoudness)).toBeLessThan(0.3);
    expect(toneLevel(result, 3000)).toBeLessThan(-70);
  });

  it('lifts what is very soft by 30 dB and no more', () => {
    expect(Math.abs(levelOf(levelled(tone([1000], 2000, -58))) + 28)).toBeLessThan(0.3);
  });

  it('leaves silence silent', () => {
    expect(levelled(silence(500))).toEqual(silence(500));
    expect(levelled(new Int16Array(0)).length).toBe(0);
  });

  it('holds peaks below -3 dBFS, without a click before or behind them', () => {
    const clap = sequence(tone([500], 2000, -30), tone([500], 30, 0), tone([500], 2000, -30));
    const result = levelled(clap);
    expect(peakOf(result)).toBeLessThanOrEqual(-2.99);
    expect(peakOf(result)).toBeGreaterThan(-6);
    const steepest = amplitudeOf(-3) * 2 * Math.PI * (500 / 8000) * 1.3;
    for (let index = 1; index < result.length; index += 1)
      expect(Math.abs(result[index]! - result[index - 1]!)).toBeLessThan(steepest);
    const far = result.subarray(-8000);
    expect(Math.abs(levelOf(far) - levelOf(clap.subarray(-8000)) - loudnessGain(clap))).toBeLessThan(0.3);
  });
});

const loudnessGain = (samples: Int16Array): number => Math.min(30, promptLoudness - loudnessOf(samples));
