import type { AttemptOutcome, Outbox, OutboxPush } from '../call/outbox.ts';
import type { Clock, Logger } from '../call/ports.ts';

export interface OutcomeWriterOptions {
  readonly outbox: Pick<Outbox, 'record'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** @param released what may be sent now that earlier pushes of the same calls are settled */
  readonly written: (pushes: readonly OutboxPush[], released: readonly OutboxPush[]) => void;
}

interface Waiting {
  readonly pushes: readonly OutboxPush[];
  readonly outcomes: readonly AttemptOutcome[];
  readonly done: () => void;
}

/** Outcomes written in one transaction, at most. */
const BATCH = 256;

/** How long to leave the database alone after it failed. */
const DATABASE_PAUSE = 1_000;

/**
 * Writes how attempts ended, what ended together in one go. While the database is away it keeps the outcomes and tries
 * again: until they are written, the pushes are neither sent again nor followed by later ones.
 */
export class OutcomeWriter {
  readonly #options: OutcomeWriterOptions;
  readonly #waiting: Waiting[] = [];
  readonly #stop = new AbortController();
  #writing = false;
  /** After a failure one POST's outcomes at a time, so that one that cannot be written holds up no others. */
  #oneByOne = false;

  constructor(options: OutcomeWriterOptions) {
    this.#options = options;
  }

  /** Resolves when the outcomes of one POST, which held these pushes, are stored, or when the writer was stopped. */
  write(pushes: readonly OutboxPush[], outcomes: readonly AttemptOutcome[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ pushes, outcomes, done: resolve });
    if (!this.#writing) void this.#writeAll();
    return promise;
  }

  /** Gives up what cannot be written at once. */
  stop(): void {
    this.#stop.abort();
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      const stopped = this.#stop.signal.aborted;
      if ((await this.#write(batch)) || stopped) {
        for (const { done } of batch) done();
      } else {
        this.#waiting.push(...batch);
        await this.#pause(DATABASE_PAUSE);
      }
    }
    this.#writing = false;
  }

  #takeBatch(): Waiting[] {
    let [count, outcomes] = [0, 0];
    for (const { outcomes: some } of this.#waiting) {
      if (count > 0 && (this.#oneByOne || outcomes + some.length > BATCH)) break;
      count += 1;
      outcomes += some.length;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(batch: readonly Waiting[]): Promise<boolean> {
    try {
      const released = await this.#options.outbox.record(batch.flatMap(({ outcomes }) => outcomes));
      this.#oneByOne = false;
      this.#options.written(
        batch.flatMap(({ pushes }) => pushes),
        released,
      );
      return true;
    } catch (error) {
      this.#options.log.error({ err: error }, 'attempts to push could not be stored, trying again');
      this.#oneByOne = true;
      return false;
    }
  }

  /** Ends early when the writer is stopped. */
  async #pause(milliseconds: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopTimer = this.#options.clock.after(milliseconds, resolve);
    const endEarly = (): void => resolve();
    this.#stop.signal.addEventListener('abort', endEarly);
    await promise;
    this.#stop.signal.removeEventListener('abort', endEarly);
    stopTimer();
  }
}
