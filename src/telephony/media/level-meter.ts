/** How loud a stream is, and for how long it is silent: for the verdict on a leg's audio. Works on packets as they come. */
import { alawToLinear, type G711Codec, ulawToLinear } from '../../audio/g711.ts';
import { amplitudeOf, dbfsOf } from '../../audio/level.ts';
import { loneRow, type Row } from '../../rtp/row.ts';

const SAMPLES_PER_MILLISECOND = 8;
/** A packet below this holds nothing to be heard: the noise of an idle handset, or the digital silence of a muted one. */
const AUDIBLE = amplitudeOf(-50) ** 2 / 2;

const squares = (linear: Readonly<Int16Array>): Float64Array =>
  Float64Array.from(linear, (sample) => sample * sample);
const SQUARES: Readonly<Record<G711Codec, Float64Array>> = {
  PCMA: squares(alawToLinear),
  PCMU: squares(ulawToLinear),
};

/** What was heard of a far end since `since`, while it was listened to. Durations are milliseconds. */
export interface HeardAudio {
  /** Milliseconds since 1970-01-01T00:00:00Z: the first time it was listened to, or the last call of `restart`. */
  readonly since: number | undefined;
  readonly packets: number;
  /** When the last packet came. */
  readonly lastAt: number | undefined;
  /** Of audio received, and of that how much could be heard: above -50 dBFS. */
  readonly duration: number;
  readonly audible: number;
  /** dBFS of what could be heard; undefined when nothing could. */
  readonly level: number | undefined;
  /** The longest time without anything that could be heard, by the level of what was received. */
  readonly longestQuiet: number;
  /** The longest time without a packet, from the first packet on. */
  readonly longestGap: number;
}

/** Numbers of a meter's row. */
export const LEVEL_METER_NUMBERS = 10;
/** NaN: never yet. */
const SINCE = 0;
const PACKETS = 1;
/** NaN: never yet. */
const LAST_AT = 2;
/** What a gap is counted from: the last packet, or when listening began again after it. NaN before the first packet. */
const GAP_FROM = 3;
const LONGEST_GAP = 4;
const SAMPLES = 5;
const AUDIBLE_SAMPLES = 6;
const ENERGY = 7;
const QUIET_SAMPLES = 8;
const LONGEST_QUIET = 9;

export class LevelMeter {
  readonly #numbers: Float64Array;
  readonly #at: number;
  #listening = false;

  constructor({ numbers, at }: Row = loneRow(LEVEL_METER_NUMBERS)) {
    this.#numbers = numbers;
    this.#at = at;
    this.#begin(Number.NaN);
  }

  #begin(since: number): void {
    const numbers = this.#numbers;
    const at = this.#at;
    numbers.fill(0, at, at + LEVEL_METER_NUMBERS);
    numbers[at + SINCE] = since;
    numbers[at + LAST_AT] = Number.NaN;
    numbers[at + GAP_FROM] = Number.NaN;
  }

  /** Reads what `receive` will need, so that it is at hand soon. @returns what it read, of no meaning */
  approach(): number {
    return this.#numbers[this.#at + PACKETS]! + this.#numbers[this.#at + LONGEST_QUIET]!;
  }

  /** While the far end is on hold, silence is nothing to remark on. */
  listen(listening: boolean, now: number): void {
    const numbers = this.#numbers;
    const at = this.#at;
    if (listening === this.#listening) return;
    this.#listening = listening;
    if (listening) {
      if (Number.isNaN(numbers[at + SINCE])) numbers[at + SINCE] = now;
      if (!Number.isNaN(numbers[at + GAP_FROM])) numbers[at + GAP_FROM] = now;
    } else {
      this.#endGap(now);
      numbers[at + QUIET_SAMPLES] = 0;
    }
  }

  /** Forgets what was heard: what is to be judged begins now. */
  restart(now: number): void {
    this.#begin(this.#listening ? now : Number.NaN);
  }

  /** A packet without audio: a key, or a keep-alive. */
  receiveOther(now: number): void {
    const numbers = this.#numbers;
    const at = this.#at;
    numbers[at + PACKETS]!++;
    numbers[at + LAST_AT] = now;
    this.#endGap(now);
    numbers[at + GAP_FROM] = now;
  }

  /** @param bytes hold the payload, one octet per sample, from `start` to before `end` */
  receive(bytes: Uint8Array, start: number, end: number, codec: G711Codec, now: number): void {
    this.receiveOther(now);
    const length = end - start;
    if (length <= 0) return;
    const table = SQUARES[codec];
    // Two sums, so that an addition need not wait for the one before.
    let energy = 0;
    let odd = 0;
    let index = start;
    for (; index + 1 < end; index += 2) {
      energy += table[bytes[index]!]!;
      odd += table[bytes[index + 1]!]!;
    }
    if (index < end) energy += table[bytes[index]!]!;
    this.#add(energy + odd, length);
  }

  #add(energy: number, length: number): void {
    const numbers = this.#numbers;
    const at = this.#at;
    numbers[at + SAMPLES]! += length;
    if (energy < AUDIBLE * length) {
      const quiet = numbers[at + QUIET_SAMPLES]! + length;
      numbers[at + QUIET_SAMPLES] = quiet;
      if (quiet > numbers[at + LONGEST_QUIET]!) numbers[at + LONGEST_QUIET] = quiet;
      return;
    }
    numbers[at + QUIET_SAMPLES] = 0;
    numbers[at + AUDIBLE_SAMPLES]! += length;
    numbers[at + ENERGY]! += energy;
  }

  /** What could be heard since `restart`: samples, and the sum of their squares. */
  get audibleSamples(): number {
    return this.#numbers[this.#at + AUDIBLE_SAMPLES]!;
  }

  get audibleEnergy(): number {
    return this.#numbers[this.#at + ENERGY]!;
  }

  #endGap(now: number): void {
    const numbers = this.#numbers;
    const gap = now - numbers[this.#at + GAP_FROM]!;
    // Of no packet before there is no gap: NaN is greater than nothing.
    if (gap > numbers[this.#at + LONGEST_GAP]!) numbers[this.#at + LONGEST_GAP] = gap;
  }

  heard(now: number): HeardAudio {
    const read = (which: number): number => this.#numbers[this.#at + which]!;
    const known = (which: number): number | undefined =>
      Number.isNaN(read(which)) ? undefined : read(which);
    const gapFrom = known(GAP_FROM);
    const open = this.#listening && gapFrom !== undefined ? now - gapFrom : 0;
    const audible = read(AUDIBLE_SAMPLES);
    return {
      since: known(SINCE),
      packets: read(PACKETS),
      lastAt: known(LAST_AT),
      duration: read(SAMPLES) / SAMPLES_PER_MILLISECOND,
      audible: audible / SAMPLES_PER_MILLISECOND,
      level: audible === 0 ? undefined : dbfsOf(Math.sqrt((2 * read(ENERGY)) / audible)),
      longestQuiet: read(LONGEST_QUIET) / SAMPLES_PER_MILLISECOND,
      longestGap: Math.round(Math.max(read(LONGEST_GAP), open)),
    };
  }
}
