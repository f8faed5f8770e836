import type { SipResponse } from '../message/message.ts';
import type { TransactionFailure } from './transaction-output.ts';
import { Transaction } from './transaction.ts';

export type NonInviteClientState = 'trying' | 'proceeding' | 'completed' | 'terminated';

/** Non-INVITE client transaction: RFC 3261 17.1.2. */
export class NonInviteClientTransaction extends Transaction {
  readonly role = 'client';
  #state: NonInviteClientState = 'trying';
  #interval = 0;

  get state(): NonInviteClientState {
    return this.#state;
  }

  /** Sends the request and starts timers E and F (17.1.2.2). */
  start(now: number): void {
    const { E, F } = this.timers;
    this.#state = 'trying';
    this.#interval = E;
    this.send(this.request);
    this.schedule({ repeatAt: now + E, endAt: now + F });
  }

  receive(response: SipResponse, now: number): void {
    // 17.1.2.2: in Completed, repeated final responses are absorbed.
    if (this.#state !== 'trying' && this.#state !== 'proceeding') return;
    this.context.emit({ kind: 'response', transaction: this, response });
    if (response.status < 200) this.#state = 'proceeding';
    else this.#complete(now);
  }

  protected override get mayMove(): boolean {
    return this.#state === 'trying';
  }

  protected override onMoved(now: number): void {
    this.context.rewriteVia(this);
    this.start(now);
  }

  protected override onTransportFailure(): void {
    if (this.#state === 'trying' || this.#state === 'proceeding') this.#fail('transport');
  }

  protected override onRepeat(now: number): void {
    // Timer E: in Trying doubled up to T2, in Proceeding always T2.
    const { T2 } = this.timers;
    this.#interval = this.#state === 'proceeding' ? T2 : Math.min(2 * this.#interval, T2);
    this.sendAgain(this.request);
    this.repeatAt(now + this.#interval);
  }

  protected override onEnd(_now: number): void {
    // Timer F ends the wait for a final response, timer K the wait for its repetitions.
    if (this.#state === 'completed') this.#terminate();
    else this.#fail('timeout');
  }

  #complete(now: number): void {
    const { K } = this.timers;
    this.#state = 'completed';
    if (K === 0) this.#terminate();
    else this.schedule({ endAt: now + K });
  }

  #fail(why: TransactionFailure): void {
    this.#terminate();
    this.context.emit({ kind: 'failed', transaction: this, why });
  }

  #terminate(): void {
    this.#state = 'terminated';
    this.leave();
  }
}
