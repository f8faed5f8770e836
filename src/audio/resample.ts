/** Side lobes below this many decibels: a voice at 8000 Hz in 16 bits has no more room than that. */
const KAISER_BETA = 8;
/** Zero crossings of the sinc to each side: the steeper the edge, the longer the sum. */
const CROSSINGS = 24;
/** Share of the lower Nyquist frequency that passes. */
const PASS_BAND = 0.92;
const HIGHEST_RATE = 192_000;

/**
 * Brings audio to another sample rate, block by block, by a windowed sinc in polyphase form (Crochiere and Rabiner,
 * "Multirate Digital Signal Processing", 4.3). What lies above the lower of the two Nyquist frequencies is taken out.
 * The result begins and ends with the source: it has length * to / from samples, rounded up.
 */
export class Resampler {
  readonly #up: number;
  readonly #down: number;
  /** Source samples to each side that one result is made of. */
  readonly #reach: number;
  readonly #phases: readonly Float32Array[];
  /** Source samples that are still needed; the first is number `#start` of the source. */
  #kept: Float32Array;
  #start: number;
  #received = 0;
  #produced = 0;

  /** @param from,to whole Hz, 1000 to 192,000 */
  constructor(from: number, to: number) {
    for (const rate of [from, to])
      if (!Number.isInteger(rate) || rate < 1000 || rate > HIGHEST_RATE)
        throw new RangeError(`${rate} Hz is not a sample rate`);
    const divisor = greatestCommonDivisor(from, to);
    this.#up = to / divisor;
    this.#down = from / divisor;
    // Cycles per source sample.
    const cutoff = 0.5 * PASS_BAND * Math.min(1, to / from);
    this.#reach = Math.ceil(CROSSINGS / (2 * cutoff));
    this.#phases = Array.from({ length: this.#up }, (_, phase) =>
      phaseOf(phase / this.#up, cutoff, this.#reach),
    );
    this.#kept = new Float32Array(this.#reach - 1);
    this.#start = 1 - this.#reach;
  }

  /** What can be told after these samples of the source. */
  push(samples: Float32Array): Float32Array {
    const all = new Float32Array(this.#kept.length + samples.length);
    all.set(this.#kept);
    all.set(samples, this.#kept.length);
    this.#kept = all;
    this.#received += samples.length;
    return this.#produce(this.#received - this.#reach);
  }

  /** The rest, when the source has ended. */
  flush(): Float32Array {
    const all = new Float32Array(this.#kept.length + this.#reach);
    all.set(this.#kept);
    this.#kept = all;
    return this.#produce(this.#received);
  }

  /** All results whose place in the source is before `end`. */
  #produce(end: number): Float32Array {
    const last = Math.max(this.#produced, Math.ceil((end * this.#up) / this.#down));
    const results = new Float32Array(last - this.#produced);
    for (let index = 0; index < results.length; index += 1) {
      const place = (this.#produced + index) * this.#down;
      const filter = this.#phases[place % this.#up]!;
      const first = Math.floor(place / this.#up) - this.#reach + 1 - this.#start;
      let sum = 0;
      for (let tap = 0; tap < filter.length; tap += 1) sum += filter[tap]! * this.#kept[first + tap]!;
      results[index] = sum;
    }
    this.#produced = last;
    const next = Math.floor((last * this.#down) / this.#up) - this.#reach + 1;
    const done = Math.min(this.#kept.length, Math.max(0, next - this.#start));
    this.#kept = this.#kept.slice(done);
    this.#start += done;
    return results;
  }
}

/** All of `samples` at another rate. */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const resampler = new Resampler(from, to);
  const body = resampler.push(samples);
  const tail = resampler.flush();
  const whole = new Float32Array(body.length + tail.length);
  whole.set(body);
  whole.set(tail, body.length);
  return whole;
}

/** The filter for results that lie `fraction` of a source sample behind the middle of the taps. */
function phaseOf(fraction: number, cutoff: number, reach: number): Float32Array {
  const taps = Float64Array.from({ length: 2 * reach }, (_, index) => {
    const distance = index - reach + 1 - fraction;
    return sinc(2 * cutoff * distance) * kaiser(distance / reach);
  });
  // Each phase passes a steady level as it is, or the phases would hum.
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return Float32Array.from(taps, (tap) => tap / sum);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** @param x -1 to 1 over the window */
function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
}

/** The modified Bessel function of the first kind and order zero, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}
