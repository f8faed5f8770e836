/** Calls that wait for their turn: codes before notifications before the rest, each in the order in which they came. */
import type { QueuePlace } from '../call/admission.ts';
import type { CallRecord } from '../call/call-record.ts';
import type { Ahead, CallCounter } from './call-counter.ts';
import type { CountedRule } from './limit-rules.ts';
import { urgencies, urgencyOf } from './urgency.ts';

export interface WaitingCall {
  readonly call: CallRecord;
  readonly ports: number;
  readonly counted: readonly CountedRule[];
  readonly expiresAt: number;
  /** Stored, and its answer on its way. */
  ready: boolean;
}

/** `paced`: the rules that it was queued for, whatever became of them since. */
type Queued = WaitingCall & { readonly paced: readonly CountedRule[] };

/** Rules whose excess waits. */
const queueing = (counted: readonly CountedRule[]): CountedRule[] =>
  counted.filter(({ active }) => active.rule.excess === 'queue');

/** The shortest of the waits that are set, ms. */
export const longestWaitOf = (counted: readonly CountedRule[]): number =>
  Math.min(...queueing(counted).map(({ active }) => active.rule.longestWait));

export class PacingQueue {
  readonly #queues: readonly Map<string, Queued>[] = urgencies.map(() => new Map());

  get size(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.size, 0);
  }

  /** @returns where it stands */
  add(waiting: WaitingCall, now: number): QueuePlace {
    const paced = queueing(waiting.counted);
    const urgency = urgencyOf(waiting.call);
    const ahead = paced.map(({ counter }) => counter.waitingBefore(urgency));
    this.#queues[urgency]?.set(waiting.call.sessionId, { ...waiting, paced });
    for (const { counter, legs } of paced) counter.wait(urgency, 1, legs);
    return placeOf({ ...waiting, paced }, ahead, now);
  }

  /** @returns whether it waited */
  remove(call: CallRecord): boolean {
    const urgency = urgencyOf(call);
    const queue = this.#queues[urgency];
    const waiting = queue?.get(call.sessionId);
    if (waiting === undefined) return false;
    queue?.delete(call.sessionId);
    for (const { counter, legs } of waiting.paced) counter.wait(urgency, -1, legs);
    return true;
  }

  find(sessionId: string): WaitingCall | undefined {
    return this.#queues.find((queue) => queue.has(sessionId))?.get(sessionId);
  }

  setReady({ sessionId }: CallRecord): void {
    const waiting = this.#queues.find((queue) => queue.has(sessionId))?.get(sessionId);
    if (waiting !== undefined) waiting.ready = true;
  }

  /** In the order of their turns. */
  *all(): Generator<WaitingCall> {
    for (const queue of this.#queues) yield* queue.values();
  }

  /** Whether calls at least as urgent wait for what this one has to wait for, too. */
  hasBefore(call: CallRecord, counted: readonly CountedRule[]): boolean {
    const urgency = urgencyOf(call);
    return queueing(counted).some(({ counter }) => counter.waitingBefore(urgency).calls > 0);
  }

  /** The rule by whose pace the turn of a call would not come before it has waited for too long, where there is one. */
  inVain(call: CallRecord, counted: readonly CountedRule[]): CountedRule | undefined {
    const urgency = urgencyOf(call);
    const now = call.acceptedAt;
    return queueing(counted).find(({ active, counter, legs }) => {
      const ahead = counter.waitingBefore(urgency).legs;
      return counter.slot(active.rule, now, ahead, legs) > now + longestWaitOf(counted);
    });
  }

  /** Where all of them stand, in the order of their turns. */
  *places(now: number): Generator<{ readonly call: CallRecord; readonly place: QueuePlace }> {
    const passed = new Map<CallCounter, Ahead>();
    for (const queue of this.#queues) {
      for (const waiting of queue.values()) {
        const ahead = waiting.paced.map(({ counter }) => passed.get(counter) ?? { calls: 0, legs: 0 });
        yield { call: waiting.call, place: placeOf(waiting, ahead, now) };
        for (const [index, { counter, legs }] of waiting.paced.entries()) {
          const before = ahead[index] ?? { calls: 0, legs: 0 };
          passed.set(counter, { calls: before.calls + 1, legs: before.legs + legs });
        }
      }
    }
  }
}

/** `ahead`: calls that go before it, by rule. */
function placeOf({ paced, expiresAt }: Queued, ahead: readonly Ahead[], now: number): QueuePlace {
  const slots = paced.map(({ active, counter, legs }, index) =>
    counter.slot(active.rule, now, ahead[index]?.legs, legs),
  );
  const start = Math.max(now, ...slots);
  return {
    position: 1 + Math.max(0, ...ahead.map(({ calls }) => calls)),
    // After its end, where the pace was lowered since. A pace that became nothing has no next slot.
    expectedStart: start === Infinity ? expiresAt : start,
    expiresAt,
  };
}
