/** Most requests remembered; only those of authenticated customers are. */
const CAPACITY = 200_000;

/** Remembers the tokens that were used while `Created` may still be accepted. */
export class ReplayGuard {
  readonly #window: number;
  /** When the token may be forgotten, in order of use. */
  readonly #used = new Map<string, number>();

  /** @param window ms that `Created` may be away from our clock, to either side */
  constructor(window: number) {
    this.#window = window;
  }

  /** @returns false when the token was used before */
  use(appKey: string, nonce: string, created: string, now: number): boolean {
    this.#forget(now);
    const token = `${appKey}\n${nonce}\n${created}`;
    if (this.#used.has(token)) return false;
    this.#used.set(token, now + 2 * this.#window);
    return true;
  }

  #forget(now: number): void {
    for (const [token, until] of this.#used) {
      if (until > now && this.#used.size < CAPACITY) return;
      this.#used.delete(token);
    }
  }
}
