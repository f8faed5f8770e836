import type { Logger } from '../call/ports.ts';
import type { Refusal, RefusalLog } from './refusal.ts';

/** Refusals kept in all. */
export const MOST_REFUSALS = 10_000;

/** ms that a refusal is kept. */
export const REFUSAL_LIFETIME = 7 * 86_400_000;

/** Refusals that wait to be stored; a client that is refused faster than the database writes fills no memory. */
const MOST_WAITING = 1_000;

const BATCH = 200;

/** Stored refusals between looks whether there are too many. */
const TRIM_EVERY = 1_000;

/** Stores refusals beside the requests that they are the answer to: nobody waits for it. */
export class RefusalKeeper {
  readonly #refusals: RefusalLog;
  readonly #log: Logger;
  #waiting: Refusal[] = [];
  #stored = 0;
  #writing: Promise<void> | undefined;
  #dropped = 0;

  constructor(refusals: RefusalLog, log: Logger) {
    this.#refusals = refusals;
    this.#log = log;
  }

  keep(refusal: Refusal): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(refusal);
    this.#writing ??= this.#write();
  }

  /** Resolves when everything kept so far is stored, or could not be. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      try {
        await this.#refusals.append(batch);
        this.#stored += batch.length;
        if (this.#stored >= TRIM_EVERY) {
          this.#stored = 0;
          await this.#refusals.trim(MOST_REFUSALS, 0);
        }
      } catch (error) {
        const refusals = batch.length;
        this.#log.warn({ refusals, err: error }, 'refused calls could not be listed');
      }
    }
    if (this.#dropped > 0) {
      this.#log.warn({ refusals: this.#dropped }, 'calls were refused faster than they could be listed');
      this.#dropped = 0;
    }
    this.#writing = undefined;
  }
}
