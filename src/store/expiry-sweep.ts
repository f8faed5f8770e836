import type { Clock, Logger } from '../call/ports.ts';

/** Something that is kept for a while. */
export interface Expiring {
  /** For the log. */
  readonly name: string;
  /** Removes what is over at this moment. */
  readonly remove: (now: number) => Promise<unknown>;
}

/** ms between looks. */
const HOUR = 3_600_000;

/** Removes what is over: at the start and every hour. A look that fails is repeated by the next one. */
export class ExpirySweep {
  readonly #kinds: readonly Expiring[];
  readonly #clock: Clock;
  readonly #log: Logger;
  #sweeping: Promise<void> = Promise.resolve();
  #cancel = (): void => {};

  constructor(kinds: readonly Expiring[], clock: Clock, log: Logger) {
    this.#kinds = kinds;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#sweeping = this.#sweeping.then(() => this.#sweep());
    this.#cancel = this.#clock.after(HOUR, () => this.start());
  }

  /** Resolves when nothing is being removed; there is no look after it. */
  async stop(): Promise<void> {
    this.#cancel();
    await this.#sweeping;
  }

  async #sweep(): Promise<void> {
    for (const { name, remove } of this.#kinds) {
      try {
        await remove(this.#clock.now());
      } catch (error) {
        this.#log.warn(
          { kind: name, err: error },
          'what is over could not be removed, trying again in an hour',
        );
      }
    }
  }
}
