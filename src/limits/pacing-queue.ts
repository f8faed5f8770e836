/** Calls that wait for their turn: codes before notifications before the rest, each in the order in which they came. */
import type { CallRecord, Capability } from '../call/call-record.ts';
import type { QueuePlace } from '../call/admission.ts';
import type { CallCounter } from './call-counter.ts';
import type { CountedRule } from './limit-rules.ts';

/** The most urgent first. */
const urgency: readonly Capability[] = ['verification', 'notification', 'callback'];

export interface WaitingCall {
  readonly call: CallRecord;
  readonly ports: number;
  readonly counted: readonly CountedRule[];
  readonly expiresAt: number;
  /** Stored, and its answer on its way. */
  ready: boolean;
}

type Queued = WaitingCall & { readonly counters: readonly CallCounter[] };

const urgencyOf = ({ order }: CallRecord): number => urgency.indexOf(order.capability);

/** Rules whose excess waits. */
const queueing = (counted: readonly CountedRule[]): CountedRule[] =>
  counted.filter(({ active }) => active.rule.excess === 'queue');

export class PacingQueue {
  readonly #queues: readonly Map<string, Queued>[] = urgency.map(() => new Map());

  get size(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.size, 0);
  }

  add(waiting: WaitingCall): void {
    const counters = queueing(waiting.counted).map(({ counter }) => counter);
    this.#queues[urgencyOf(waiting.call)]?.set(waiting.call.sessionId, { ...waiting, counters });
    for (const counter of counters) counter.waiting += 1;
  }

  /** @returns what waited, if it did */
  remove(sessionId: string): WaitingCall | undefined {
    const queue = this.#queues.find((some) => some.has(sessionId));
    const waiting = queue?.get(sessionId);
    if (queue === undefined || waiting === undefined) return undefined;
    queue.delete(sessionId);
    for (const counter of waiting.counters) counter.waiting -= 1;
    return waiting;
  }

  find(sessionId: string): WaitingCall | undefined {
    return this.#queues.find((queue) => queue.has(sessionId))?.get(sessionId);
  }

  /** In the order of their turns. */
  *all(): Generator<WaitingCall> {
    for (const queue of this.#queues) yield* queue.values();
  }

  /** Whether calls at least as urgent wait for what this one has to wait for, too. */
  hasBefore(call: CallRecord, counted: readonly CountedRule[]): boolean {
    const shared = queueing(counted).filter(({ counter }) => counter.waiting > 0);
    if (shared.length === 0) return false;
    const counters = new Set(shared.map(({ counter }) => counter));
    for (const queue of this.#queues.slice(0, urgencyOf(call) + 1)) {
      for (const waiting of queue.values()) {
        if (waiting.counted.some(({ counter }) => counters.has(counter))) return true;
      }
    }
    return false;
  }

  /** Where a call that waits stands. */
  place({ call, counted, expiresAt }: WaitingCall, now: number): QueuePlace {
    const rules = queueing(counted);
    const ahead = rules.map(() => 0);
    let position = 1;
    for (const other of this.all()) {
      if (other.call === call) break;
      const counters = new Set(other.counted.map(({ counter }) => counter));
      const shares = rules.map(({ counter }) => counters.has(counter));
      if (shares.includes(true)) position += 1;
      for (const [index, is] of shares.entries()) ahead[index] = (ahead[index] ?? 0) + Number(is);
    }
    const slots = rules.map(({ active, counter }, index) => counter.slot(active.rule, now, ahead[index]));
    // A pace of nothing has no next slot: it may change until the call expires.
    return { position, expectedStart: Math.min(Math.max(now, ...slots), expiresAt), expiresAt };
  }
}
