/**
 * Finds keys in audio (ITU-T Q.23, Q.24): for peers that send them as tones only.
 *
 * In two stages. Goertzel's algorithm at the eight frequencies over windows of 12.75 ms, one beginning every 6.375 ms, finds
 * what might be a key; that costs the same for all audio. What might be one for four windows in a row is looked at closely:
 * nearly all of its energy must lie in two lines, within 1.75 % of their frequencies, without overtones. Voices and music,
 * which have overtones and formants, do not pass that ("talk-off").
 *
 * Q.24 leaves numbers to administrations; these take what the strictest of them demand. A key counts from 40 ms on, and
 * never below 25 ms; pauses from 40 ms on part two keys of the same name, and interruptions up to 10 ms do not.
 */
import { dtmfColumns, dtmfKeyAt, type DtmfKey, dtmfRows } from './dtmf-tones.ts';
import { amplitudeOf } from './level.ts';
import { telephonySampleRate } from './tone.ts';

/** Samples between two windows, and of half a window. */
const STEP = 51;
const WINDOW = 2 * STEP;
/** Samples of the close look: what four windows in a row cover. Within a tone of 320 samples (40 ms) it always fits. */
const CLOSE_WINDOW = 5 * STEP;
const WINDOWS_OF_KEY = 4;
/** Windows without the key after which it was let go: 40 ms of pause give seven, an interruption of 10 ms four. */
const WINDOWS_OF_PAUSE = 6;
/** Missing samples up to which a key under way is taken to go on: two lost packets of 20 ms. */
const LONGEST_LOSS = 320;

/** Each of the two tones has at least this level, about -32 dBm0. */
const QUIETEST_DBFS = -35;
/** Power ratios. The high tone may be 4 dB above or 8 dB below the low one (Q.24), and a decibel for what is measured wrongly. */
const HIGH_ABOVE_LOW = 10 ** 0.5;
const LOW_ABOVE_HIGH = 10 ** 0.9;
/** The first look at tones beside their frequency is less exact. */
const FIRST_LOOK_MARGIN = 10 ** 0.15;
/** The strongest of each group is this much stronger than any other of it: 6 dB. */
const DOMINANCE = 4;
/** Share of all energy that lies in the two tones: at first, where being 1.5 % beside the frequency takes a quarter away... */
const SHARE_AT_FIRST = 0.62;
/** ...and at the close look, where noise 10 dB below the tones takes a tenth. */
const SHARE_AT_LAST = 0.8;
/** An overtone at most this much of its tone: -12 dB. */
const OVERTONE = 0.063;
/** An overtone of the low tone so near to the high one, in Hz, cannot be told apart. */
const OVERTONE_HIDDEN = 110;

/** Deviations that the close look tries, in steps of half a per cent: 1.5 % must count (Q.24), and from 2 % on nothing does. */
const DEVIATIONS = 4;
const DEVIATION_STEP = 0.005;

const FREQUENCIES = [...dtmfRows, ...dtmfColumns];
const GROUP = dtmfRows.length;
const turnOf = (frequency: number): number => (2 * Math.PI * frequency) / telephonySampleRate;
const COEFFICIENTS = Float64Array.from(FREQUENCIES, (frequency) => 2 * Math.cos(turnOf(frequency)));
const COSINES = Float64Array.from(FREQUENCIES, (frequency) => Math.cos(turnOf(frequency)));
const SINES = Float64Array.from(FREQUENCIES, (frequency) => Math.sin(turnOf(frequency)));
/** By how much the older half of a window is turned against the newer. */
const STEP_COSINES = Float64Array.from(FREQUENCIES, (frequency) => Math.cos(turnOf(frequency) * STEP));
const STEP_SINES = Float64Array.from(FREQUENCIES, (frequency) => Math.sin(turnOf(frequency) * STEP));

/** The power of a sine of that amplitude over a window, as Goertzel's algorithm gives it. */
const powerOfSine = (amplitude: number, samples: number): number => ((amplitude * samples) / 2) ** 2;
const QUIETEST = powerOfSine(amplitudeOf(QUIETEST_DBFS), WINDOW);

const NO_KEY = -1;

/** Listens to one stream of samples, in pieces of any length. Allocates nothing while it listens. */
export class DtmfDetector {
  /** The last samples; the newest STEP of them are being filled. */
  readonly #history = new Float64Array(CLOSE_WINDOW);
  #filled = 0;
  /** Of the half window before: the spectrum at the eight frequencies, and its energy. */
  readonly #real = new Float64Array(FREQUENCIES.length);
  readonly #imaginary = new Float64Array(FREQUENCIES.length);
  #energy = 0;
  readonly #powers = new Float64Array(FREQUENCIES.length);
  /** What the windows in a row show: row * 4 + column. */
  #candidate = NO_KEY;
  #windows = 0;
  /** The key that is down. */
  #pressed = NO_KEY;
  #windowsWithout = 0;
  #missing = 0;

  /**
   * @param samples 16-bit linear, 8000 Hz, mono
   * @returns the keys found to be pressed meanwhile, in order; nearly always ''
   */
  process(samples: Int16Array): string {
    this.#missing = 0;
    return this.#listen(samples, samples.length);
  }

  /** In the place of samples that were lost on their way: a short loss within a key does not make two of it. */
  missing(samples: number): void {
    this.#missing += samples;
    if (this.#missing > LONGEST_LOSS) this.#listen(undefined, samples);
  }

  /** @param samples undefined: silence */
  #listen(samples: Int16Array | undefined, length: number): string {
    let keys = '';
    for (let index = 0; index < length; index += 1) {
      this.#history[CLOSE_WINDOW - STEP + this.#filled] = samples === undefined ? 0 : samples[index]!;
      this.#filled += 1;
      if (this.#filled < STEP) continue;
      const key = this.#step();
      if (key !== NO_KEY) keys += nameOf(key);
      this.#history.copyWithin(0, STEP);
      this.#filled = 0;
    }
    return keys;
  }

  /** @returns the key that was found to be pressed just now */
  #step(): number {
    const seen = this.#look();
    this.#windows = seen === this.#candidate ? this.#windows + 1 : 1;
    this.#candidate = seen;
    if (seen !== NO_KEY && seen === this.#pressed) {
      this.#windowsWithout = 0;
      return NO_KEY;
    }
    this.#windowsWithout += 1;
    if (this.#windowsWithout >= WINDOWS_OF_PAUSE) this.#pressed = NO_KEY;
    if (seen === NO_KEY || this.#windows < WINDOWS_OF_KEY || !isKey(this.#history, seen)) return NO_KEY;
    this.#pressed = seen;
    this.#windowsWithout = 0;
    return seen;
  }

  /** The first look, at the newest window. */
  #look(): number {
    const energyBefore = this.#energy;
    this.#energy = energyOf(this.#history, CLOSE_WINDOW - STEP);
    this.#measure();
    const row = strongest(this.#powers, 0);
    const column = strongest(this.#powers, GROUP);
    if (row === NO_KEY || column === NO_KEY) return NO_KEY;
    const low = this.#powers[row]!;
    const high = this.#powers[column]!;
    if (low < QUIETEST || high < QUIETEST) return NO_KEY;
    if (!isTwistAllowed(low, high, FIRST_LOOK_MARGIN)) return NO_KEY;
    const share = shareOf(low + high, WINDOW, energyBefore + this.#energy);
    return share < SHARE_AT_FIRST ? NO_KEY : row * GROUP + (column - GROUP);
  }

  /** Powers of the window that the newest half and the one before make together. */
  #measure(): void {
    const history = this.#history;
    // Two frequencies at a time: one alone would wait for its own last result at each sample.
    for (let index = 0; index < FREQUENCIES.length; index += 2) {
      const coefficient = COEFFICIENTS[index]!;
      const otherCoefficient = COEFFICIENTS[index + 1]!;
      let last = 0;
      let before = 0;
      let otherLast = 0;
      let otherBefore = 0;
      for (let at = CLOSE_WINDOW - STEP; at < CLOSE_WINDOW; at += 1) {
        const sample = history[at]!;
        const next = sample + coefficient * last - before;
        before = last;
        last = next;
        const otherNext = sample + otherCoefficient * otherLast - otherBefore;
        otherBefore = otherLast;
        otherLast = otherNext;
      }
      this.#combine(index, last, before);
      this.#combine(index + 1, otherLast, otherBefore);
    }
  }

  /** The spectrum of the newest half, of Goertzel's last two values, and of both halves together. */
  #combine(index: number, last: number, before: number): void {
    const real = last - before * COSINES[index]!;
    const imaginary = before * SINES[index]!;
    const olderReal = this.#real[index]!;
    const olderImaginary = this.#imaginary[index]!;
    const cosine = STEP_COSINES[index]!;
    const sine = STEP_SINES[index]!;
    const wholeReal = real + olderReal * cosine - olderImaginary * sine;
    const wholeImaginary = imaginary + olderReal * sine + olderImaginary * cosine;
    this.#powers[index] = wholeReal * wholeReal + wholeImaginary * wholeImaginary;
    this.#real[index] = real;
    this.#imaginary[index] = imaginary;
  }
}

function nameOf(key: number): DtmfKey {
  return dtmfKeyAt(Math.floor(key / GROUP), key % GROUP);
}

/** @returns the index of a group's dominant frequency, if there is one */
function strongest(powers: Float64Array, first: number): number {
  let best = first;
  for (let index = first + 1; index < first + GROUP; index += 1) {
    if (powers[index]! > powers[best]!) best = index;
  }
  for (let index = first; index < first + GROUP; index += 1) {
    if (index !== best && powers[index]! * DOMINANCE > powers[best]!) return NO_KEY;
  }
  return best;
}

function isTwistAllowed(low: number, high: number, margin: number): boolean {
  return high <= low * HIGH_ABOVE_LOW * margin && low <= high * LOW_ABOVE_HIGH * margin;
}

function shareOf(power: number, samples: number, energy: number): number {
  return (2 * power) / (samples * energy);
}

function energyOf(samples: Float64Array, from: number): number {
  let energy = 0;
  for (let index = from; index < samples.length; index += 1) energy += samples[index]! * samples[index]!;
  return energy;
}

/** The close look, at all of `samples`. */
function isKey(samples: Float64Array, key: number): boolean {
  const low = lineNear(samples, dtmfRows[Math.floor(key / GROUP)]!);
  const high = lineNear(samples, dtmfColumns[key % GROUP]!);
  if (low === undefined || high === undefined) return false;
  const lowPower = powerAt(samples, low);
  const highPower = powerAt(samples, high);
  if (!isTwistAllowed(lowPower, highPower, 1)) return false;
  if (shareOf(lowPower + highPower, samples.length, energyOf(samples, 0)) < SHARE_AT_LAST) return false;
  if (powerAt(samples, 2 * high) > highPower * OVERTONE) return false;
  const hidden = Math.abs(2 * low - high) < OVERTONE_HIDDEN;
  return hidden || powerAt(samples, 2 * low) <= lowPower * OVERTONE;
}

/** @returns Hz of the strongest line near a key's frequency; undefined when it is too far off */
function lineNear(samples: Float64Array, frequency: number): number | undefined {
  let best = 0;
  let power = -1;
  for (let step = -DEVIATIONS; step <= DEVIATIONS; step += 1) {
    const here = powerAt(samples, frequency * (1 + step * DEVIATION_STEP));
    if (here <= power) continue;
    best = step;
    power = here;
  }
  return Math.abs(best) === DEVIATIONS ? undefined : frequency * (1 + best * DEVIATION_STEP);
}

/** Goertzel's algorithm over all of `samples`. */
function powerAt(samples: Float64Array, frequency: number): number {
  const coefficient = 2 * Math.cos(turnOf(frequency));
  let previous = 0;
  let beforePrevious = 0;
  for (let index = 0; index < samples.length; index += 1) {
    const current = samples[index]! + coefficient * previous - beforePrevious;
    beforePrevious = previous;
    previous = current;
  }
  return previous * previous + beforePrevious * beforePrevious - coefficient * previous * beforePrevious;
}
