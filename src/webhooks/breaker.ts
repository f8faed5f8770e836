/** Failures in a row after which a receiver is left alone. */
const THRESHOLD = 5;

/** Milliseconds until the first probe after that; each failed probe doubles them. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

/** POSTs at a time to a receiver that is new to us, or failed: its places grow by one with every answer. */
const FIRST_PLACES = 8;
const MOST_PLACES = 1_000;

/**
 * `closed`: everything goes out. `open`: nothing does, until a time. `probing`: that time has come; one POST finds out
 * whether the receiver is back.
 */
export type BreakerState = 'closed' | 'open' | 'probing';

/**
 * Watches one receiver. After five failures in a row nothing is sent to it but a probe now and then, so that a receiver
 * that is down takes no places and is not hammered while it comes up. What is held back stays pending; nothing is lost by it.
 */
export class Breaker {
  #failures = 0;
  #pause = FIRST_PAUSE;
  #until = -Infinity;
  #probing = false;
  #places = FIRST_PLACES;

  /** In a row, up to now. */
  get failures(): number {
    return this.#failures;
  }

  state(now: number): BreakerState {
    if (this.#failures < THRESHOLD) return 'closed';
    return now < this.#until ? 'open' : 'probing';
  }

  /** When the next probe may go out; -Infinity while the breaker is closed. */
  get until(): number {
    return this.#failures < THRESHOLD ? -Infinity : this.#until;
  }

  /** How many POSTs may go out now beside those on their way, `most` altogether. */
  allowed(onTheirWay: number, most: number, now: number): number {
    const free = Math.max(0, Math.min(most, this.#places) - onTheirWay);
    const state = this.state(now);
    if (state === 'closed') return free;
    return state === 'probing' && !this.#probing ? Math.min(1, free) : 0;
  }

  sent(now: number): void {
    if (this.state(now) === 'probing') this.#probing = true;
  }

  /** How a POST ended: the receiver answered sensibly, it did not, or nothing was sent after all. */
  ended(how: 'alive' | 'failed' | 'unsent', now: number): void {
    const before = this.state(now);
    if (how === 'unsent') {
      this.#probing = false;
    } else if (how === 'alive') {
      this.#failures = 0;
      if (this.#places < MOST_PLACES) this.#places += 1;
      this.#pause = FIRST_PAUSE;
      this.#probing = false;
    } else {
      this.#failures += 1;
      this.#places = Math.min(this.#places, FIRST_PLACES);
      // POSTs that were on their way when it opened say nothing new.
      if (before === 'open' || this.#failures < THRESHOLD) return;
      if (before === 'probing') this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
      this.#probing = false;
      this.#until = now + this.#pause;
    }
  }
}
