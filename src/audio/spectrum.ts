import { dbfsOf } from './level.ts';
import { telephonySampleRate } from './tone.ts';

/** A steady sine found in samples. */
export interface FoundTone {
  /** Hz. */
  readonly frequency: number;
  /** dBFS, averaged over all that was listened to: a tone that sounds half of the time is 3 dB lower. */
  readonly level: number;
}

/**
 * The level of one frequency (Goertzel's algorithm, under a Hann window so that other tones do not leak in).
 *
 * @param samples 16 bit, 8000 Hz; a frequency 8000 * 2 / samples.length away is told apart
 * @param frequency Hz
 * @returns dBFS of a sine of that frequency; -Infinity when there is nothing at all
 */
export function toneLevel(samples: Int16Array, frequency: number): number {
  const turn = (2 * Math.PI * frequency) / telephonySampleRate;
  const coefficient = 2 * Math.cos(turn);
  let previous = 0;
  let beforePrevious = 0;
  for (let index = 0; index < samples.length; index += 1) {
    const current = samples[index]! * hann(index, samples.length) + coefficient * previous - beforePrevious;
    beforePrevious = previous;
    previous = current;
  }
  const power = previous ** 2 + beforePrevious ** 2 - coefficient * previous * beforePrevious;
  // The window's mean is 1/2, and a sine of amplitude A sums to A * length / 2.
  return samples.length === 0 ? -Infinity : dbfsOf((4 * Math.sqrt(Math.max(0, power))) / samples.length);
}

/** Listening to a tone: so many samples (256 ms) give bins of 3.9 Hz. */
const LONGEST_WINDOW = 2048;
/** A sine under a Hann window fills this many bins to both sides. */
const LOBE = 3;

/**
 * The tones in `samples`, the loudest first. A tone is a narrow peak of the spectrum; speech and noise below the
 * thresholds do not count.
 *
 * @param samples 16 bit, 8000 Hz, at least 64
 * @param options.floor dBFS below which nothing is a tone
 * @param options.range dB below the loudest tone at which others, and its harmonics, are not counted any more
 */
export function findTones(
  samples: Int16Array,
  options: { floor?: number; range?: number } = {},
): FoundTone[] {
  const { floor = -45, range = 25 } = options;
  const size = 2 ** Math.floor(Math.log2(Math.min(LONGEST_WINDOW, samples.length)));
  if (size < 64) throw new RangeError('at least 64 samples are needed to find a tone');
  const powers = averagedPowers(samples, size);
  const found: FoundTone[] = [];
  for (let bin = LOBE; bin < powers.length - LOBE; bin += 1) {
    const tone = peakAt(powers, bin, size);
    if (tone !== undefined && tone.level >= floor) found.push(tone);
  }
  found.sort((one, other) => other.level - one.level);
  return found.filter(({ level }) => level >= found[0]!.level - range);
}

function peakAt(powers: Float64Array, bin: number, size: number): FoundTone | undefined {
  const power = powers[bin]!;
  for (let away = 1; away <= LOBE; away += 1)
    if (powers[bin - away]! >= power || powers[bin + away]! > power) return undefined;
  // Between bins the top is found on the parabola through the logarithms of three bins.
  const [left, top, right] = [powers[bin - 1]!, power, powers[bin + 1]!].map((each) =>
    Math.log(each + 1e-12),
  ) as [number, number, number];
  const shift = (left - right) / (2 * (left - 2 * top + right));
  const peak = Math.exp(top - ((left - right) * shift) / 4);
  return {
    frequency: ((bin + shift) * telephonySampleRate) / size,
    level: dbfsOf((4 * Math.sqrt(peak)) / size),
  };
}

/** Power of each bin, averaged over half-overlapping windows (Welch). */
function averagedPowers(samples: Int16Array, size: number): Float64Array {
  const powers = new Float64Array(size / 2);
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  let windows = 0;
  for (let start = 0; start + size <= samples.length; start += size / 2) {
    for (let index = 0; index < size; index += 1) real[index] = samples[start + index]! * hann(index, size);
    imaginary.fill(0);
    transform(real, imaginary);
    for (let bin = 0; bin < powers.length; bin += 1) powers[bin]! += real[bin]! ** 2 + imaginary[bin]! ** 2;
    windows += 1;
  }
  return powers.map((power) => power / windows);
}

function hann(index: number, length: number): number {
  return 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / length);
}

/** The fast Fourier transform in place (Cooley and Tukey, radix 2). */
function transform(real: Float64Array, imaginary: Float64Array): void {
  const size = real.length;
  for (let index = 1, reversed = 0; index < size; index += 1) {
    let bit = size >> 1;
    for (; (reversed & bit) !== 0; bit >>= 1) reversed ^= bit;
    reversed |= bit;
    if (index < reversed) {
      [real[index], real[reversed]] = [real[reversed]!, real[index]!];
      [imaginary[index], imaginary[reversed]] = [imaginary[reversed]!, imaginary[index]!];
    }
  }
  for (let span = 2; span <= size; span *= 2) {
    const turn = (-2 * Math.PI) / span;
    for (let offset = 0; offset < span / 2; offset += 1) {
      const cosine = Math.cos(turn * offset);
      const sine = Math.sin(turn * offset);
      for (let low = offset; low < size; low += span) {
        const high = low + span / 2;
        const rotatedReal = real[high]! * cosine - imaginary[high]! * sine;
        const rotatedImaginary = real[high]! * sine + imaginary[high]! * cosine;
        real[high] = real[low]! - rotatedReal;
        imaginary[high] = imaginary[low]! - rotatedImaginary;
        real[low]! += rotatedReal;
        imaginary[low]! += rotatedImaginary;
      }
    }
  }
}
