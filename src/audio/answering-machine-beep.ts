/**
 * Finds the beep of an answering machine: one steady tone. No spectrum is needed for that. Samples of a sine of the frequency w
 * obey x(n+1) + x(n-1) = 2 cos(w) x(n); how well the best w fits says whether there is one sine, and the w which.
 */
import { amplitudeOf } from './level.ts';
import { telephonySampleRate } from './tone.ts';

/** Samples in which a frequency is measured: 10 ms, four periods of the lowest. */
const PIECE = 80;
const PIECE_MILLISECONDS = 10;
/** Hz: 400-2000, and what noise shifts the measurement by. */
const LOWEST = 390;
const HIGHEST = 2030;
/** Pieces that lie whole within 150 ms of tone, wherever it begins, less one whose edge is soft. */
const PIECES_OF_BEEP = 13;
/** A tone longer than 3 s is none: it is a line that was put through to something else. */
const PIECES_OF_LONGEST = 300;
/** Pieces whose mean frequency the others are held to: a mean of all would follow a siren. */
const PIECES_OF_REFERENCE = 4;
/** Share of a piece's energy beside the sine: noise 15 dB below it, or another tone. */
const IMPURITY = 0.03;
/** Share of it in the sine as it was measured, which noise shifts a little. */
const SHARE = 0.8;
const QUIETEST_POWER = amplitudeOf(-38) ** 2 / 2;
/** A beep keeps its frequency to 4 %, as measured, and its power within 4 dB. */
const FREQUENCY_DRIFT = 0.04;
const POWER_DRIFT = 10 ** 0.4;

/** Positions are milliseconds of what was listened to, to 10 ms. */
export interface Beep {
  readonly from: number;
  /** When one can begin to speak. */
  readonly until: number;
  /** Hz. */
  readonly frequency: number;
}

export class BeepDetector {
  /** The piece being filled, behind the last two samples of the one before: each sample is seen between its neighbours. */
  readonly #piece = new Float64Array(PIECE + 2);
  #filled = 2;
  #pieces = 0;
  /** Of the tone that sounds: pieces, frequency, power of the first. */
  #length = 0;
  #frequency = 0;
  #power = 0;
  #from = 0;
  #foundFrequency = 0;
  #foundPower = 0;

  /**
   * @param samples 16-bit linear, 8000 Hz, mono
   * @returns the beep that ended meanwhile; the last one, in the odd case of several
   */
  process(samples: Int16Array): Beep | undefined {
    let beep: Beep | undefined;
    for (let index = 0; index < samples.length; index += 1) {
      this.#piece[this.#filled] = samples[index]!;
      this.#filled += 1;
      if (this.#filled < PIECE + 2) continue;
      beep = this.#judge() ?? beep;
      this.#piece.copyWithin(0, PIECE);
      this.#filled = 2;
      this.#pieces += 1;
    }
    return beep;
  }

  /** Milliseconds for which the present tone has been sounding, as soon as that is long enough for a beep; else 0. */
  get sounding(): number {
    return this.#length >= PIECES_OF_BEEP && this.#length <= PIECES_OF_LONGEST
      ? this.#length * PIECE_MILLISECONDS
      : 0;
  }

  #judge(): Beep | undefined {
    const isTone = this.#measure();
    if (isTone && this.#length > 0 && this.#goesOn()) {
      this.#length += 1;
      if (this.#length <= PIECES_OF_REFERENCE)
        this.#frequency += (this.#foundFrequency - this.#frequency) / this.#length;
      return undefined;
    }
    const ended = this.#ended();
    this.#length = isTone ? 1 : 0;
    this.#frequency = this.#foundFrequency;
    this.#power = this.#foundPower;
    this.#from = this.#pieces;
    return ended;
  }

  #goesOn(): boolean {
    const drift = Math.abs(this.#foundFrequency - this.#frequency);
    const power = this.#foundPower / this.#power;
    // The first piece may have caught the tone swelling.
    if (this.#length === 1) this.#power = Math.max(this.#power, this.#foundPower);
    const steady = this.#length === 1 || (power < POWER_DRIFT && power * POWER_DRIFT > 1);
    return drift <= this.#frequency * FREQUENCY_DRIFT && steady;
  }

  #ended(): Beep | undefined {
    if (this.#length < PIECES_OF_BEEP || this.#length > PIECES_OF_LONGEST) return undefined;
    return {
      from: this.#from * PIECE_MILLISECONDS,
      until: (this.#from + this.#length) * PIECE_MILLISECONDS,
      frequency: Math.round(this.#frequency),
    };
  }

  /** @returns whether the piece is one sine of a beep's frequencies, now in `#foundFrequency` and `#foundPower` */
  #measure(): boolean {
    const piece = this.#piece;
    let energy = 0;
    let product = 0;
    let sums = 0;
    for (let at = 1; at <= PIECE; at += 1) {
      const sample = piece[at]!;
      const sum = piece[at - 1]! + piece[at + 1]!;
      energy += sample * sample;
      product += sample * sum;
      sums += sum * sum;
    }
    if (energy < QUIETEST_POWER * PIECE) return false;
    const cosine = product / (2 * energy);
    if (cosine >= 1 || cosine <= -1) return false;
    this.#foundFrequency = (Math.acos(cosine) * telephonySampleRate) / (2 * Math.PI);
    this.#foundPower = energy / PIECE;
    // What does not fit, of the noise's weight in it: (1, -2 cos w, 1).
    const residue = sums - (product * product) / energy;
    const impurity = residue / (energy * (2 + 4 * cosine * cosine));
    if (impurity >= IMPURITY || this.#foundFrequency < LOWEST || this.#foundFrequency > HIGHEST) return false;
    // Two tones pass for one between them; but it is not there.
    return (2 * this.#powerAt(2 * cosine)) / (PIECE * energy) >= SHARE;
  }

  /** Goertzel's algorithm at the frequency w, of which `coefficient` is 2 cos(w). */
  #powerAt(coefficient: number): number {
    let previous = 0;
    let beforePrevious = 0;
    for (let at = 1; at <= PIECE; at += 1) {
      const current = this.#piece[at]! + coefficient * previous - beforePrevious;
      beforePrevious = previous;
      previous = current;
    }
    return previous ** 2 + beforePrevious ** 2 - coefficient * previous * beforePrevious;
  }
}
