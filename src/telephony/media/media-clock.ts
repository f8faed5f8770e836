/**
 * The clock of a media worker: a period of 20 ms in slots, over which the legs are spread so that their packets do not
 * leave all at once. Instants are whole milliseconds, so frames are exactly their length apart.
 */

/** Milliseconds between two visits of a slot: the packet time that nearly all peers use. */
export const CLOCK_PERIOD = 20;
/** 5 ms apart. */
export const CLOCK_SLOTS = 4;
const SLOT = CLOCK_PERIOD / CLOCK_SLOTS;

/**
 * What is caught up when the clock is late, in milliseconds. Older frames are given up: a receiver would throw away
 * what arrives later than its jitter buffer is deep.
 */
export const LONGEST_CATCH_UP = 200;

export class MediaClock {
  /** When the next slot is due, in milliseconds. */
  deadline: number;
  /** Slots given up because the clock was too late for them. */
  skipped = 0;
  #slot = 0;

  constructor(now: number) {
    this.deadline = Math.ceil(now);
  }

  /** Visits all slots due until `now`, in order, each with the instant it was due. */
  advance(now: number, visit: (slot: number, due: number) => void): void {
    const late = now - this.deadline;
    if (late > LONGEST_CATCH_UP) {
      const slots = Math.ceil((late - LONGEST_CATCH_UP) / SLOT);
      this.skipped += slots;
      this.#slot = (this.#slot + slots) % CLOCK_SLOTS;
      this.deadline += slots * SLOT;
    }
    while (this.deadline <= now) {
      visit(this.#slot, this.deadline);
      this.#slot = (this.#slot + 1) % CLOCK_SLOTS;
      this.deadline += SLOT;
    }
  }
}
