import { verdicts } from './release-cause.ts';
import type { Verdict } from './call-record.ts';
import type { CallChange, CallStore, Clock, Logger } from './ports.ts';

const RETRY_DELAYS = [100, 200, 500, 1_000, 2_000, 5_000] as const;

/** How long a running call may go unrecorded before it is ended: nobody could bill or explain what follows. */
const PATIENCE = 10_000;

/**
 * Writes the changes of one call in order, each before the next. While the database is away a change is kept and tried
 * again until it is written; a call whose changes cannot be written for ten seconds is released.
 */
export class CallJournal {
  readonly #store: CallStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #committed: (change: CallChange) => void;
  readonly #release: (verdict: Verdict) => void;
  readonly #pending: { readonly change: CallChange; readonly durable: (() => void) | undefined }[] = [];
  #writing: Promise<void> | undefined;

  constructor(options: {
    store: CallStore;
    clock: Clock;
    log: Logger;
    /** Called after each change that is durable. */
    committed: (change: CallChange) => void;
    release: (verdict: Verdict) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#committed = options.committed;
    this.#release = options.release;
  }

  /** @param durable called once the change is */
  write(change: CallChange, durable?: () => void): void {
    this.#pending.push({ change, durable });
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when everything written so far is durable. */
  async drained(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      await this.#writeUntilDurable(next.change);
      this.#pending.shift();
      this.#committed(next.change);
      next.durable?.();
    }
    this.#writing = undefined;
  }

  async #writeUntilDurable(change: CallChange): Promise<void> {
    const since = this.#clock.now();
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#store.commit({ ...change, writtenAt: this.#clock.now() });
        return;
      } catch (error) {
        const { sessionId } = change.call;
        this.#log.error(
          { sessionId, attempt, err: error },
          'a change of a call could not be stored, trying again',
        );
        const patience = since + PATIENCE - this.#clock.now();
        if (patience <= 0) this.#release(verdicts.internalError);
        const pause = RETRY_DELAYS[Math.min(attempt, RETRY_DELAYS.length - 1)] ?? PATIENCE;
        // The last attempt before the call is given up comes when its time is over, not a pause later.
        const delay = patience > 0 ? Math.min(pause, patience) : pause;
        await new Promise<void>((resolve) => this.#clock.after(delay, resolve));
      }
    }
  }
}
