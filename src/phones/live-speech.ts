/** Samples that may wait: 240 ms at 8000 Hz. What comes faster than it is sent is old, and dropped. */
const MOST_WAITING = 1_920;

/** What a person says at the moment, on its way from his microphone to the handset's clock. */
export class LiveSpeech {
  #waiting = new Int16Array(MOST_WAITING);
  #count = 0;

  /** Adds samples (16 bit, 8000 Hz); of too many waiting ones the oldest are dropped. */
  push(samples: Int16Array): void {
    const newest = samples.subarray(Math.max(0, samples.length - MOST_WAITING));
    const excess = Math.max(0, this.#count + newest.length - MOST_WAITING);
    this.#waiting.copyWithin(0, excess, this.#count);
    this.#count -= excess;
    this.#waiting.set(newest, this.#count);
    this.#count += newest.length;
  }

  /** Fills `samples` with the oldest that wait; where there are too few, silence follows. */
  take(samples: Int16Array): void {
    const count = Math.min(samples.length, this.#count);
    samples.set(this.#waiting.subarray(0, count));
    samples.fill(0, count);
    this.#waiting.copyWithin(0, count, this.#count);
    this.#count -= count;
  }
}
