import { describe, expect, it } from 'vitest';
import { seeded32 } from '../../test/support/rtp-packets.ts';
import { DtmfDetector } from './dtmf.ts';
import { dtmfColumns, dtmfFrequencies, dtmfKeyAt, dtmfRows, dtmfTone } from './dtmf-tones.ts';
import { decodeG711, encodeG711 } from './g711.ts';
import { amplitudeOf } from './level.ts';
import { sequence, silence, tone } from './tone.ts';

const KEYS = [...'0123456789*#ABCD'];

interface Shape {
  readonly milliseconds?: number;
  /** dBFS of the low and of the high tone. */
  readonly low?: number;
  readonly high?: number;
  /** Share by which the frequencies are off. */
  readonly lowOff?: number;
  readonly highOff?: number;
}

/** A key with hard edges, at full accuracy, in half a second of silence. */
function pressed(key: string, shape: Shape = {}, before = 800): Int16Array {
  const { milliseconds = 40, low = -15, high = -13, lowOff = 0, highOff = 0 } = shape;
  const [lowFrequency, highFrequency] = dtmfFrequencies(key);
  const samples = new Int16Array(before + milliseconds * 8 + 3000);
  for (let index = 0; index < milliseconds * 8; index += 1) {
    const phase = (2 * Math.PI * index) / 8000;
    samples[before + index] =
      amplitudeOf(low) * Math.sin(phase * lowFrequency * (1 + lowOff)) +
      amplitudeOf(high) * Math.sin(phase * highFrequency * (1 + highOff));
  }
  return samples;
}

function withNoise(samples: Int16Array, dbfs: number): Int16Array {
  const random = seeded32(5);
  // Uniform noise of this peak has the power of a sine of `dbfs`.
  const peak = amplitudeOf(dbfs) * Math.sqrt(1.5);
  return samples.map((sample) => sample + peak * (random() / 2 ** 31 - 1));
}

/** What is heard of `samples` in frames of `frame` samples. */
function hear(samples: Int16Array, frame = 160, detector = new DtmfDetector()): string {
  let keys = '';
  for (let at = 0; at < samples.length; at += frame)
    keys += detector.process(samples.subarray(at, at + frame));
  return keys;
}

/** All keys, each beginning at a different place of a frame and of a window. */
function hearAll(make: (key: string, before: number) => Int16Array): string {
  return KEYS.map((key, index) => hear(make(key, 400 + index * 19))).join('');
}

const ALL = KEYS.join('');

describe('keys', () => {
  it('are laid out as on a keypad', () => {
    expect(dtmfFrequencies('1')).toEqual([697, 1209]);
    expect(dtmfFrequencies('D')).toEqual([941, 1633]);
    expect(dtmfFrequencies('0')).toEqual([941, 1336]);
    for (const [row, low] of dtmfRows.entries())
      for (const [column, high] of dtmfColumns.entries())
        expect(dtmfFrequencies(dtmfKeyAt(row, column))).toEqual([low, high]);
    for (const none of ['', 'E', '12', 'a']) expect(() => dtmfFrequencies(none)).toThrow(RangeError);
  });

  it.each([-7, -10, -20, -30, -34])('are heard at %i dBFS', (level) => {
    expect(hearAll((key, before) => pressed(key, { low: level, high: level }, before))).toBe(ALL);
  });

  it('are not heard where they are so quiet that they come from elsewhere', () => {
    expect(hearAll((key, before) => pressed(key, { low: -38, high: -38 }, before))).toBe('');
  });

  it.each([-8, -4, 0, 4])('are heard with the high tone %i dB above the low one (Q.24)', (twist) => {
    expect(hearAll((key, before) => pressed(key, { low: -15, high: -15 + twist }, before))).toBe(ALL);
  });

  it.each([-12, 8])('are not heard with the high tone %i dB above the low one', (twist) => {
    expect(hearAll((key, before) => pressed(key, { low: -18, high: -18 + twist }, before))).toBe('');
  });

  it.each([
    [0.015, 0.015],
    [0.015, -0.015],
    [-0.015, 0.015],
    [-0.015, -0.015],
  ])('are heard where their tones are off by %d and %d (Q.24)', (lowOff, highOff) => {
    expect(hearAll((key, before) => pressed(key, { lowOff, highOff }, before))).toBe(ALL);
  });

  it.each([
    [0.035, 0],
    [0, 0.035],
    [-0.035, 0],
    [0, -0.035],
    [0.025, 0.025],
  ])('are not heard where their tones are off by %d and %d (Q.24)', (lowOff, highOff) => {
    expect(hearAll((key, before) => pressed(key, { milliseconds: 200, lowOff, highOff }, before))).toBe('');
  });

  it.each([40, 50, 70, 100, 1000])('of %i ms are heard, once', (milliseconds) => {
    expect(hearAll((key, before) => pressed(key, { milliseconds }, before))).toBe(ALL);
  });

  it.each([10, 20, 24])('of %i ms are none (Q.24)', (milliseconds) => {
    expect(hearAll((key, before) => pressed(key, { milliseconds }, before))).toBe('');
  });

  it.each([-25, -30, -40])('are heard in noise of %i dBFS', (noise) => {
    const level = { low: -15, high: -15 };
    expect(hearAll((key, before) => withNoise(pressed(key, level, before), noise))).toBe(ALL);
  });

  it.each(['PCMA', 'PCMU'] as const)('survive %s', (codec) => {
    for (const level of [-8, -30]) {
      const coded = (key: string, before: number): Int16Array =>
        decodeG711(codec, encodeG711(codec, pressed(key, { low: level, high: level }, before)));
      expect(hearAll(coded)).toBe(ALL);
    }
  });

  it('are the same in pieces of any length', () => {
    const dialled = sequence(...KEYS.flatMap((key) => [dtmfTone(key, 60), silence(60)]));
    for (const frame of [1, 7, 51, 80, 160, 240, dialled.length]) expect(hear(dialled, frame)).toBe(ALL);
  });
});

describe('pauses', () => {
  const twice = (pause: number): Int16Array =>
    sequence(silence(50), dtmfTone('5', 60), silence(pause), dtmfTone('5', 60), silence(100));

  it.each([40, 45, 50, 80])('of %i ms part the same key', (pause) => {
    expect(hear(twice(pause))).toBe('55');
  });

  it.each([2, 5, 10])('of %i ms are an interruption of one key (Q.24)', (pause) => {
    expect(hear(twice(pause))).toBe('5');
  });

  it('are not needed between different keys', () => {
    expect(hear(sequence(silence(50), dtmfTone('5', 60), dtmfTone('8', 60), silence(100)))).toBe('58');
  });

  it('are not what lost packets leave', () => {
    const detector = new DtmfDetector();
    const held = dtmfTone('7', 300);
    expect(hear(sequence(silence(40), held.subarray(0, 640)), 160, detector)).toBe('7');
    detector.missing(160);
    detector.missing(160);
    expect(hear(held.subarray(960), 160, detector)).toBe('');
    for (let lost = 0; lost < 10; lost += 1) detector.missing(160);
    expect(hear(dtmfTone('7', 100), 160, detector)).toBe('7');
  });
});

describe('talk-off', () => {
  it('single tones, call progress tones and chords of three are no keys', () => {
    for (const frequency of [350, 440, 450, ...dtmfRows, ...dtmfColumns, 1400, 2100])
      expect(hear(tone([frequency], 400, -10))).toBe('');
    for (const pair of [
      [350, 440],
      [440, 480],
      [480, 620],
      [697, 770],
      [1209, 1336],
    ])
      expect(hear(tone(pair, 400, -12))).toBe('');
    expect(hear(tone([697, 1209, 1000], 400, -12))).toBe('');
    expect(hear(tone([770, 852, 1336], 400, -12))).toBe('');
  });

  it('tones with overtones are a voice or an instrument', () => {
    for (const key of KEYS) {
      const [low, high] = dtmfFrequencies(key);
      const overtones = sequence(silence(20), tone([low, high], 200, -14), silence(20));
      const above = tone([2 * high], 200, -20);
      for (const [index, sample] of above.entries()) overtones[160 + index]! += sample;
      expect(hear(overtones)).toBe('');
    }
  });

  it('music is no key: ten minutes of chords of harmonic notes', () => {
    const random = seeded32(11);
    const below = (limit: number): number => random() % limit;
    const music = new Int16Array(600 * 8000);
    for (let at = 0; at < music.length; ) {
      const length = 800 + below(6000);
      const notes = Array.from({ length: 1 + below(4) }, () => 110 * 2 ** (below(48) / 12));
      const harmonics = 2 + below(7);
      for (let index = 0; index < length && at + index < music.length; index += 1) {
        const phase = (2 * Math.PI * index) / 8000;
        let sum = 0;
        for (const note of notes)
          for (let each = 1; each <= harmonics && note * each < 3900; each += 1)
            sum += Math.sin(phase * note * each) / each;
        music[at + index] = Math.max(-32_768, Math.min(32_767, 6000 * sum * Math.exp(-index / 6000)));
      }
      at += length;
    }
    expect(hear(music)).toBe('');
  });

  it('noise is no key', () => {
    for (const level of [-30, -15, -6]) expect(hear(withNoise(silence(20_000), level))).toBe('');
  });
});
