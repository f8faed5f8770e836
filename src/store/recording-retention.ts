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
 * Removes recordings whose time is over: at the start and every hour. What a crash interrupts, the next start does; a
 * look that fails is repeated by the next one.
 */
export class RecordingRetention {
  readonly #options: RecordingRetentionOptions;
  #sweeping: Promise<void> = Promise.resolve();
  #cancel = (): void => {};

  constructor(options: RecordingRetentionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#sweeping = this.#sweeping.then(() => this.#sweep());
    this.#cancel = this.#options.clock.after(HOUR, () => this.start());
  }

  /** Resolves when no look goes on; there is none after it. */
  async stop(): Promise<void> {
    this.#cancel();
    await this.#sweeping;
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
