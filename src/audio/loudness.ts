/**
 * How loud a prompt is heard, and bringing all prompts to one loudness.
 *
 * The measure is the level of what is not a pause, after ITU-R BS.1770 without its weighting, which is made for
 * full-band sound: the root mean square over blocks of 400 ms that overlap by three quarters, without those
 * below -60 dBFS (absolute gate) and those more than 10 dB below the level of the others (relative gate). So a
 * prompt with long pauses is made as loud as one without.
 */
import { amplitudeOf, dbfsOf } from './level.ts';
import { telephonySampleRate } from './tone.ts';

/** dBFS (a sine of full scale is 0): a clear voice on the telephone, with room for its peaks. */
export const promptLoudness = -20;

/** dBFS that no sample exceeds: A-law and far ends' coders stay out of clipping. */
const CEILING = -3;
/** dB: more than that lifts the noise of a room, not a voice. */
const MOST_GAIN = 30;

const BLOCK = 0.4 * telephonySampleRate;
const STEP = BLOCK / 4;
const ABSOLUTE_GATE = -60;
const RELATIVE_GATE = -10;

/** The limiter lets go of a peak with this time constant, s. */
const RELEASE = 0.08;
/** It begins to turn down this much before a peak, s, so that the peak does not click. */
const LOOK_AHEAD = 0.005;

/** The mean of the squares in each block; a sound shorter than a block is one block. */
function blockPowers(samples: ArrayLike<number>): number[] {
  const powers: number[] = [];
  for (let start = 0; start === 0 || start + BLOCK <= samples.length; start += STEP) {
    const end = Math.min(samples.length, start + BLOCK);
    let sum = 0;
    for (let index = start; index < end; index += 1) sum += samples[index]! ** 2;
    if (end > start) powers.push(sum / (end - start));
  }
  return powers;
}

const levelOfPower = (power: number): number => dbfsOf(Math.sqrt(2 * power));

const mean = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / values.length;

/**
 * The gated level.
 *
 * @param samples 8000 Hz, in 16-bit units (they may exceed 16 bits)
 * @returns dBFS; -Infinity when nothing is above the absolute gate
 */
export function loudnessOf(samples: ArrayLike<number>): number {
  const audible = blockPowers(samples).filter((power) => levelOfPower(power) >= ABSOLUTE_GATE);
  if (audible.length === 0) return -Infinity;
  const gate = levelOfPower(mean(audible)) + RELATIVE_GATE;
  return levelOfPower(mean(audible.filter((power) => levelOfPower(power) >= gate)));
}

/**
 * `samples` at `promptLoudness`, with peaks held below -3 dBFS. Silence stays silence, and what is very soft is lifted
 * by 30 dB at most.
 *
 * @param samples 8000 Hz, in 16-bit units (they may exceed 16 bits); left as they are
 */
export function levelled(samples: ArrayLike<number>): Int16Array {
  const loudness = loudnessOf(samples);
  const gain = loudness === -Infinity ? 1 : 10 ** (Math.min(MOST_GAIN, promptLoudness - loudness) / 20);
  return limited(samples, gain);
}

/** `samples` times `gain`, turned down around peaks that would exceed the ceiling. */
function limited(samples: ArrayLike<number>, gain: number): Int16Array {
  const ceiling = amplitudeOf(CEILING);
  const ahead = LOOK_AHEAD * telephonySampleRate;
  const release = Math.exp(-1 / (RELEASE * telephonySampleRate));
  const held = new Float32Array(samples.length);
  for (let index = 0; index < samples.length; index += 1)
    held[index] = Math.min(1, ceiling / Math.max(1, Math.abs(samples[index]! * gain)));
  // From behind, so that the way down to a peak begins before it; a straight line of `ahead` samples.
  for (let index = samples.length - 2; index >= 0; index -= 1)
    held[index] = Math.min(held[index]!, held[index + 1]! + 1 / ahead);
  const levelledSamples = new Int16Array(samples.length);
  let turnedDown = 1;
  for (let index = 0; index < samples.length; index += 1) {
    turnedDown = Math.min(held[index]!, 1 - (1 - turnedDown) * release);
    levelledSamples[index] = Math.round(
      Math.max(-ceiling, Math.min(ceiling, samples[index]! * gain * turnedDown)),
    );
  }
  return levelledSamples;
}
