import type { Call } from './call.ts';
import { cancellable } from './cancellable.ts';
import type { CallStore, Clock, Logger } from './ports.ts';
import { verdicts } from './release-cause.ts';

/** How often it is asked whether the database is back, ms. */
const INTERVAL = 1_000;

/** What calls know of the database: whether the last that happened in one of them could be stored. */
export class DatabaseWatch {
  isAway = false;
  readonly #store: CallStore;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(surroundings: { readonly store: CallStore; readonly clock: Clock; readonly log: Logger }) {
    this.#store = surroundings.store;
    this.#clock = surroundings.clock;
    this.#log = surroundings.log;
  }

  /**
   * A call that waited rings nobody while nothing can be stored of it: resolves when the database is back. Its release ends
   * the wait; it is given up when its time to wait is over.
   */
  async back(call: Call): Promise<void> {
    const { record, signal } = call;
    const { sessionId, waitUntil = 0 } = record;
    for (let attempt = 0; ; attempt++) {
      try {
        await cancellable(this.#store.seenAlive(this.#clock.now()), signal);
        this.isAway = false;
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (attempt === 0)
          this.#log.warn({ sessionId, err: error }, 'a call waits on: nothing can be stored of it');
        if (this.#clock.now() >= waitUntil) call.release(verdicts.internalError);
        await cancellable(new Promise<void>((resolve) => this.#clock.after(INTERVAL, resolve)), signal);
      }
    }
  }
}
