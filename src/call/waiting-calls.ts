import type { Admission } from './admission.ts';
import type { CallRecord, Verdict } from './call-record.ts';
import type { Call } from './call.ts';
import type { Clock } from './ports.ts';

export interface WaitingCallsOptions {
  readonly admission: Admission;
  readonly clock: Clock;
  /** Takes voice ports for a call, if its app has so many left. */
  readonly takePorts: (call: CallRecord, needed: number) => boolean;
  readonly begin: (call: Call) => void;
  /** A call that waited too long ends unmade. */
  readonly expire: (call: Call, verdict: Verdict) => void;
}

/** Calls that are stored and wait for their turn, and the timer that gives it to them. */
export class WaitingCalls {
  readonly #options: WaitingCallsOptions;
  readonly #calls = new Map<string, Call>();
  #stopTimer = (): void => {};
  #stopped = false;

  constructor(options: WaitingCallsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#calls.size;
  }

  get(sessionId: string): Call | undefined {
    return this.#calls.get(sessionId);
  }

  add(call: Call): void {
    this.#calls.set(call.record.sessionId, call);
  }

  /** It waits no more, and its turn does not come. */
  remove(call: Call): void {
    this.#options.admission.leave(call.record);
    this.#calls.delete(call.record.sessionId);
  }

  /** Begins the calls whose turn it is, ends those that waited too long, and looks again when there is reason to. */
  look(): void {
    this.#stopTimer();
    if (this.#calls.size === 0 || this.#stopped) return;
    const { admission, clock, takePorts, begin, expire } = this.#options;
    const { start, expired, next } = admission.due(clock.now(), takePorts);
    const taken = ({ sessionId }: CallRecord): Call | undefined => {
      const call = this.#calls.get(sessionId);
      this.#calls.delete(sessionId);
      return call;
    };
    for (const record of start) {
      const call = taken(record);
      if (call !== undefined) begin(call);
    }
    for (const { call: record, verdict } of expired) {
      const call = taken(record);
      if (call !== undefined) expire(call, verdict);
    }
    if (next !== undefined) this.#stopTimer = clock.after(Math.max(1, next - clock.now()), () => this.look());
  }

  /** No more turns: those who wait are left to the next start. */
  stop(): void {
    this.#stopped = true;
    this.#stopTimer();
  }
}
