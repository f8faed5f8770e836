import { verdicts } from './release-cause.ts';
import type { CallRecord, Verdict } from './call-record.ts';
import type { CallChange, CallStore, Clock, Logger } from './ports.ts';
import { hasRung } from './unfinished-call.ts';

const RETRY_DELAYS = [100, 200, 500, 1_000, 2_000, 5_000] as const;
const LONGEST_DELAY = 5_000;

/**
 * How long a binding step of a call that has rung somebody waits to be stored, ms: shorter than people wait, and than a
 * phone repeats its answer (32 s, RFC 3261 13.3.1.4).
 */
const STEP_PATIENCE = 4_000;

/** How long a call that has rung nobody waits to be stored, ms. Then it is given up: nobody misses it. */
const FIRST_STEP_PATIENCE = 10_000;

interface Pending {
  readonly change: CallChange;
  /** Taken once, when the change is durable or its patience is over. */
  readonly take: (() => void) | undefined;
}

/**
 * Writes the changes of one call in order; those that came while others were being written go together. While the database
 * is away they are kept and tried again until they are written, and the call goes on (ADR 0014): its binding steps wait for
 * a while only, but for the first, which would ring a phone of which nothing is stored.
 */
export class CallJournal {
  readonly #store: CallStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #committed: (change: CallChange) => void;
  readonly #release: (verdict: Verdict) => void;
  readonly #failed: () => void;
  readonly #tookUnrecorded: () => void;
  readonly #pending: Pending[] = [];
  /** Since when there has been something to write, ms since the epoch. */
  #since = 0;
  #writing: Promise<void> | undefined;

  constructor(options: {
    store: CallStore;
    clock: Clock;
    log: Logger;
    /** Called after each change that is durable. */
    committed: (change: CallChange) => void;
    /** Ends a call that has rung nobody and cannot be stored. */
    release: (verdict: Verdict) => void;
    /** Something could not be written, and is tried again. */
    failed: () => void;
    /** A binding step was taken before it was durable. */
    tookUnrecorded: () => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#committed = options.committed;
    this.#release = options.release;
    this.#failed = options.failed;
    this.#tookUnrecorded = options.tookUnrecorded;
  }

  /** Changes that are not durable yet. */
  get unwritten(): number {
    return this.#pending.length;
  }

  /** @param step taken once the change is durable, or as soon as it may be without */
  write(change: CallChange, step?: () => void): void {
    if (this.#writing === undefined) this.#since = this.#clock.now();
    this.#pending.push({ change, take: step && this.#inTime(change.call, step) });
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when everything written so far is durable. */
  async drained(): Promise<void> {
    await this.#writing;
  }

  /** The step as it is taken when its change is durable; it is taken without, when it waited too long. */
  #inTime(call: CallRecord, step: () => void): () => void {
    let taken = false;
    const take = (): void => {
      stopWaiting();
      if (taken) return;
      taken = true;
      step();
    };
    const giveUp = (): void => {
      if (!hasRung(call)) return this.#release(verdicts.internalError);
      this.#log.warn({ sessionId: call.sessionId }, 'a call goes on although it cannot be stored');
      this.#tookUnrecorded();
      take();
    };
    const waited = this.#clock.now() - this.#since;
    const patience = hasRung(call) ? STEP_PATIENCE - waited : FIRST_STEP_PATIENCE;
    const stopWaiting = this.#clock.after(Math.max(0, patience), giveUp);
    return take;
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.slice();
      await this.#writeUntilDurable(batch.map(({ change }) => change));
      this.#pending.splice(0, batch.length);
      this.#since = this.#clock.now();
      for (const { change, take } of batch) {
        this.#committed(change);
        take?.();
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
        this.#failed();
        // Once: the tries that follow say nothing new.
        if (attempt === 0) {
          const fields = { sessionId, changes: changes.length, err: error };
          this.#log.error(fields, 'changes of a call could not be stored, trying again');
        }
        const pause = RETRY_DELAYS[attempt] ?? LONGEST_DELAY;
        await new Promise<void>((resolve) => this.#clock.after(pause, resolve));
      }
    }
  }
}
