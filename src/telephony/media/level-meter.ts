/** How loud a stream is, and for how long it is silent: for the verdict on a leg's audio. Works on packets as they come. */
import { alawToLinear, type G711Codec, ulawToLinear } from '../../audio/g711.ts';
import { amplitudeOf, dbfsOf } from '../../audio/level.ts';

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

export class LevelMeter {
  #listening = false;
  #since: number | undefined = undefined;
  #packets = 0;
  #lastAt: number | undefined = undefined;
  /** What a gap is counted from: the last packet, or when listening began again after it. */
  #gapFrom: number | undefined = undefined;
  #samples = 0;
  #audibleSamples = 0;
  #energy = 0;
  #quietSamples = 0;
  #longestQuiet = 0;
  #longestGap = 0;

  /** While the far end is on hold, silence is nothing to remark on. */
  listen(listening: boolean, now: number): void {
    if (listening === this.#listening) return;
    this.#listening = listening;
    if (listening) {
      this.#since ??= now;
      if (this.#gapFrom !== undefined) this.#gapFrom = now;
    } else {
      this.#endGap(now);
      this.#quietSamples = 0;
    }
  }

  /** Forgets what was heard: what is to be judged begins now. */
  restart(now: number): void {
    this.#since = this.#listening ? now : undefined;
    this.#packets = 0;
    this.#lastAt = undefined;
    this.#gapFrom = undefined;
    this.#samples = 0;
    this.#audibleSamples = 0;
    this.#energy = 0;
    this.#quietSamples = 0;
    this.#longestQuiet = 0;
    this.#longestGap = 0;
  }

  /** A packet without audio: a key, or a keep-alive. */
  receiveOther(now: number): void {
    this.#packets++;
    this.#lastAt = now;
    this.#endGap(now);
    this.#gapFrom = now;
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
    energy += odd;
    this.#samples += length;
    if (energy < AUDIBLE * length) {
      this.#quietSamples += length;
      if (this.#quietSamples > this.#longestQuiet) this.#longestQuiet = this.#quietSamples;
      return;
    }
    this.#quietSamples = 0;
    this.#audibleSamples += length;
    this.#energy += energy;
  }

  #endGap(now: number): void {
    if (this.#gapFrom === undefined) return;
    this.#longestGap = Math.max(this.#longestGap, now - this.#gapFrom);
  }

  heard(now: number): HeardAudio {
    const open = this.#listening && this.#gapFrom !== undefined ? now - this.#gapFrom : 0;
    return {
      since: this.#since,
      packets: this.#packets,
      lastAt: this.#lastAt,
      duration: this.#samples / SAMPLES_PER_MILLISECOND,
      audible: this.#audibleSamples / SAMPLES_PER_MILLISECOND,
      level:
        this.#audibleSamples === 0 ? undefined : dbfsOf(Math.sqrt((2 * this.#energy) / this.#audibleSamples)),
      longestQuiet: this.#longestQuiet / SAMPLES_PER_MILLISECOND,
      longestGap: Math.round(Math.max(this.#longestGap, open)),
    };
  }
}
