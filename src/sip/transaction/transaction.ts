import type { Flow } from '../flow.ts';
import type { SipMessage, SipRequest } from '../message/message.ts';
import type { Timers } from '../timers.ts';
import { notQueued, type Scheduled } from './deadline-queue.ts';
import type { TransactionOutput } from './transaction-output.ts';

/** What a transaction needs from the layer that keeps it. */
export interface TransactionContext {
  timers(flow: Flow): Timers;
  emit(output: TransactionOutput): void;
  /** The transaction's deadline changed. */
  rescheduled(transaction: Transaction): void;
  /** A timer has a message sent once more. */
  repeats(): void;
  /** The transaction moved to another flow. */
  moved(transaction: Transaction, from: Flow, now: number): void;
  terminated(transaction: Transaction): void;
  /** Makes the request's topmost Via name the transport of the flow it now goes to. */
  rewriteVia(transaction: Transaction): void;
  /** Sends the CANCEL in a transaction of its own (RFC 3261 9.1). */
  sendCancel(cancel: SipRequest, flow: Flow, now: number): void;
}

export interface TransactionOptions {
  readonly key: string;
  readonly request: SipRequest;
  /** Where to send. */
  readonly flow: Flow;
  /** Where to send once `flow` turns out to be unusable. */
  readonly alternative: Flow | undefined;
  readonly context: TransactionContext;
}

/**
 * What the four state machines share: a key, a flow, and two deadlines. No state has more than one timer that
 * repeats (A, E, G, the wait before 100 Trying) and one that ends the state (B, D, F, H, I, J, K, L, M).
 */
export abstract class Transaction implements Scheduled {
  readonly key: string;
  /** The request as it was sent, or as it was received with `received` and `rport` filled in. */
  readonly request: SipRequest;
  queuePosition: number = notQueued;
  /** False for what the layer deals with alone: CANCEL on either side, and merged requests. */
  concernsUser = true;
  protected readonly context: TransactionContext;
  #flow: Flow;
  #alternative: Flow | undefined;
  #repeatAt = Infinity;
  #endAt = Infinity;

  constructor(options: TransactionOptions) {
    this.key = options.key;
    this.request = options.request;
    this.context = options.context;
    this.#flow = options.flow;
    this.#alternative = options.alternative;
  }

  abstract readonly role: 'client' | 'server';
  abstract readonly state: string;

  /** Where this transaction sends. */
  get flow(): Flow {
    return this.#flow;
  }

  get deadline(): number {
    return Math.min(this.#repeatAt, this.#endAt);
  }

  wake(now: number): void {
    if (now >= this.#endAt) {
      this.#repeatAt = Infinity;
      this.#endAt = Infinity;
      this.onEnd(now);
    } else if (now >= this.#repeatAt) {
      this.#repeatAt = Infinity;
      this.onRepeat(now);
    }
    this.context.rescheduled(this);
  }

  /** What was sent on this transaction's flow could not be delivered: moves to the alternative, or gives up. */
  transportFailed(now: number): void {
    const alternative = this.#alternative;
    if (alternative === undefined || !this.mayMove) {
      this.onTransportFailure();
      return;
    }
    const from = this.#flow;
    this.#alternative = undefined;
    this.#flow = alternative;
    this.context.moved(this, from, now);
    this.onMoved(now);
  }

  /** Whether the present state allows to go on with the alternative flow. */
  protected abstract readonly mayMove: boolean;

  /** Another flow is in use from now on. */
  protected abstract onMoved(now: number): void;

  /** The flow failed and there is no other. */
  protected abstract onTransportFailure(): void;

  /** The timer that ends the present state fired. */
  protected abstract onEnd(now: number): void;

  /** The timer that repeats within the present state fired; a machine without one never gets here. */
  protected onRepeat(_now: number): void {}

  protected get timers(): Timers {
    return this.context.timers(this.#flow);
  }

  protected schedule(timers: { repeatAt?: number; endAt?: number }): void {
    this.#repeatAt = timers.repeatAt ?? Infinity;
    this.#endAt = timers.endAt ?? Infinity;
    this.context.rescheduled(this);
  }

  /** Sets the repeating timer and leaves the other as it is. */
  protected repeatAt(at: number): void {
    this.#repeatAt = at;
    this.context.rescheduled(this);
  }

  protected send(message: SipMessage): void {
    this.context.emit({ kind: 'send', message, to: this.#flow });
  }

  /** Sends what a timer has repeated. */
  protected sendAgain(message: SipMessage): void {
    this.context.repeats();
    this.send(message);
  }

  protected leave(): void {
    this.#repeatAt = Infinity;
    this.#endAt = Infinity;
    this.context.terminated(this);
  }
}
