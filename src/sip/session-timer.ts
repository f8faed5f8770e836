/**
 * Session timers, RFC 4028. Sans-IO: the owner asks at `deadline` what is due, refreshes or hangs up, and tells
 * what became of it.
 */

export interface SessionInterval {
  /** s */
  readonly seconds: number;
  /** Who has to refresh the session. */
  readonly refresher: 'local' | 'remote';
}

/** The least interval a session may have anywhere (RFC 4028 5), s. */
export const leastInterval = 90;

export class SessionTimer {
  #interval: SessionInterval | undefined;
  #refreshAt = Infinity;
  #expireAt = Infinity;

  get interval(): SessionInterval | undefined {
    return this.#interval;
  }

  /** When `due` wants to be asked; Infinity: never. */
  get deadline(): number {
    return Math.min(this.#refreshAt, this.#expireAt);
  }

  /** A session refresh request succeeded: the interval starts again (10). */
  start(interval: SessionInterval, now: number): void {
    const { seconds, refresher } = interval;
    this.#interval = interval;
    // 10: the refresher refreshes at half the interval.
    this.#refreshAt = refresher === 'local' ? now + seconds * 500 : Infinity;
    // 10: BYE when a minimum of 32 s and a third of the interval is left.
    this.#expireAt = now + (seconds - Math.min(32, seconds / 3)) * 1000;
  }

  /** The last refresh left the session without timer, or the session is over. */
  stop(): void {
    this.#interval = undefined;
    this.#refreshAt = Infinity;
    this.#expireAt = Infinity;
  }

  /** What is to be done now, told once. */
  due(now: number): 'refresh' | 'expired' | undefined {
    if (now >= this.#expireAt) {
      this.stop();
      return 'expired';
    }
    if (now < this.#refreshAt) return undefined;
    this.#refreshAt = Infinity;
    return 'refresh';
  }

  /** A refresh did not succeed: it is tried again after half of what is left, while at least a second is left. */
  refreshFailed(now: number): void {
    const wait = (this.#expireAt - now) / 2;
    this.#refreshAt = wait >= 500 && Number.isFinite(wait) ? now + wait : Infinity;
  }
}
