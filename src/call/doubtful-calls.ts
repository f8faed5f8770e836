import type { CallStore, Clock, DoubtfulCreation, Logger } from './ports.ts';

/** How often it is tried to remove them while the database is away, ms. */
const INTERVAL = 1_000;

/** Removed at once, at most. */
const PAGE = 500;

/**
 * Calls that were refused because it was lost how their commit ended. They may be stored: they are removed as soon as the
 * database can be used, for nobody runs them, and no key may stand for them. What is not removed before a crash or a stop is
 * ended by the next start.
 */
export class DoubtfulCalls {
  readonly #store: Pick<CallStore, 'withdraw'>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #creations = new Set<DoubtfulCreation>();
  #removing: Promise<void> | undefined;
  #isWaiting = false;

  constructor(surroundings: {
    readonly store: Pick<CallStore, 'withdraw'>;
    readonly clock: Clock;
    readonly log: Logger;
  }) {
    this.#store = surroundings.store;
    this.#clock = surroundings.clock;
    this.#log = surroundings.log;
  }

  add(creation: DoubtfulCreation): void {
    this.#creations.add(creation);
    this.#tryLater();
  }

  /** Resolves when none is left; rejects with StoreUnavailableError when they cannot be removed now. */
  async settled(): Promise<void> {
    while (this.#creations.size > 0) await (this.#removing ??= this.#remove());
  }

  #tryLater(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#clock.after(INTERVAL, () => {
      this.#isWaiting = false;
      this.settled().catch((error: unknown) => {
        this.#log.debug({ err: error }, 'refused calls could not be removed, trying again');
        this.#tryLater();
      });
    });
  }

  async #remove(): Promise<void> {
    try {
      const some = [...this.#creations].slice(0, PAGE);
      const stored = await this.#store.withdraw(some);
      for (const creation of some) this.#creations.delete(creation);
      const sessionIds = some.map(({ sessionId }) => sessionId);
      this.#log.info({ sessionIds, stored }, 'refused calls whose commit was in doubt were removed');
    } finally {
      this.#removing = undefined;
    }
  }
}
