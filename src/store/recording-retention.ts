import type { Clock, Logger } from '../call/ports.ts';
import type { RecordingArchive } from '../call/recording-archive.ts';

export interface RecordingRetentionOptions {
  readonly archive: RecordingArchive;
  readonly clock: Clock;
  readonly log: Logger;
  /** From the end of a call to the removal of its recording, ms (spec 06: 7 days). */
  readonly keepFor: number;
}

/** ms between looks. */
const HOUR = 3_600_000;

/**
 * Removes recordings whose time is over, and moves those that could not be moved to where they are kept: at the start and
 * every hour. What a crash interrupts, the next start does; a look that fails is repeated by the next one.
 */
export class RecordingRetention {
  readonly #options: RecordingRetentionOptions;
  #sweeping: Promise<void> = Promise.resolve();
  #moving = false;
  #cancel = (): void => {};

  constructor(options: RecordingRetentionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#sweeping = this.#sweeping.then(() => this.#sweep());
    void this.#sweeping.then(() => this.#move());
    this.#cancel = this.#options.clock.after(HOUR, () => this.start());
  }

  /** Resolves when nothing is being removed; there is no look after it. What is being moved is not waited for. */
  async stop(): Promise<void> {
    this.#cancel();
    await this.#sweeping;
  }

  /** One at a time: an upload may last longer than an hour. */
  async #move(): Promise<void> {
    if (this.#moving) return;
    this.#moving = true;
    const { archive, log } = this.#options;
    try {
      await archive.resume();
    } catch (error) {
      log.error(
        { err: error },
        'recordings could not be moved to where they are kept, trying again in an hour',
      );
    } finally {
      this.#moving = false;
    }
  }

  async #sweep(): Promise<void> {
    const { archive, clock, log, keepFor } = this.#options;
    try {
      const recordings = await archive.removeBefore(clock.now() - keepFor);
      if (recordings > 0) log.info({ recordings }, 'recordings were removed because their time is over');
    } catch (error) {
      log.error(
        { err: error },
        'recordings whose time is over could not be removed, trying again in an hour',
      );
    }
  }
}
