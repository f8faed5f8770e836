import { verdicts } from './release-cause.ts';
import type { Verdict } from './call-record.ts';
import type { CallChange, CallStore, Clock, Logger } from './ports.ts';

const RETRY_DELAYS = [100, 200, 500, 1_000, 2_000, 5_000] as const;

/** How long a running call may go unrecorded before it is ended: nobody could bill or explain what follows. */
const PATIENCE = 10_000;

/**
 * Writes the changes of one call in order; those that came while others were being written go together. While the database
 * is away they are kept and tried again until they are written; a call whose changes cannot be written for ten seconds is released.
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
    while (this.#pending.length > 0) {
      const batch = this.#pending.slice();
      await this.#writeUntilDurable(batch.map(({ change }) => change));
      this.#pending.splice(0, batch.length);
      for (const { change, durable } of batch) {
        this.#committed(change);
        durable?.();
      }
    }
    this.#writing = undefined;
  }

  async #writeUntilDurable(changes: readonly CallChange[]): Promise<void> {
    const since = this.#clock.now();
    const sessionId = changes[0]?.call.sessionId;
    for (let attempt = 0; ; attempt++) {
      try {
        const writtenAt = this.#clock.now();
        await this.#store.commit(...changes.map((change) => ({ ...change, writtenAt })));
        if (attempt > 0) {
          const fields = { sessionId, attempts: attempt + 1, milliseconds: writtenAt - since };
          this.#log.warn(fields, 'changes of a call were stored after all');
        }
        return;
      } catch (error) {
        // Once: the tries that follow say nothing new.
        if (attempt === 0) {
          const fields = { sessionId, changes: changes.length, err: error };
          this.#log.error(fields, 'changes of a call could not be stored, trying again');
        }
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
