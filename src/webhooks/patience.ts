/**
 * How long pushes of a call wait for earlier ones to other receivers. It counts from the start, and anew from when the
 * database was away: what waited before is new to us, and order is worth waiting for.
 */
export class Patience {
  readonly #milliseconds: number;
  /** ms since the epoch. */
  since = 0;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  /** The time until which everything that fell due has been waited for long enough; 0: for nothing. */
  endedAt(now: number): number {
    const ended = now - this.#milliseconds;
    return ended >= this.since ? ended : 0;
  }

  /** When it ends for what waits since this time; never where nothing does. */
  end(waitingSince: number | undefined): number {
    return waitingSince === undefined ? Infinity : Math.max(waitingSince, this.since) + this.#milliseconds;
  }
}
