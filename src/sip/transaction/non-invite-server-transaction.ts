import type { SipResponse } from '../message/message.ts';
import { Transaction } from './transaction.ts';

export type NonInviteServerState = 'trying' | 'proceeding' | 'completed' | 'terminated';

/** Non-INVITE server transaction: RFC 3261 17.2.2. */
export class NonInviteServerTransaction extends Transaction {
  readonly role = 'server';
  #state: NonInviteServerState = 'trying';
  #lastResponse: SipResponse | undefined;

  get state(): NonInviteServerState {
    return this.#state;
  }

  /** The request came again: discarded in Trying, answered again afterwards. */
  receiveAgain(): void {
    if (this.#lastResponse !== undefined) this.send(this.#lastResponse);
  }

  /** Sends a response of the user; anything after the final one is discarded (17.2.2). */
  respond(response: SipResponse, now: number): void {
    if (this.#state !== 'trying' && this.#state !== 'proceeding') return;
    this.#lastResponse = response;
    this.send(response);
    if (response.status < 200) this.#state = 'proceeding';
    else this.#complete(now);
  }

  protected override get mayMove(): boolean {
    return true;
  }

  protected override onMoved(_now: number): void {
    // 18.2.2: the connection is gone; what was sent may be lost with it.
    this.receiveAgain();
  }

  protected override onTransportFailure(): void {
    this.#terminate();
    this.context.emit({ kind: 'failed', transaction: this, why: 'transport' });
  }

  protected override onEnd(_now: number): void {
    // Timer J.
    this.#terminate();
  }

  #complete(now: number): void {
    const { J } = this.timers;
    this.#state = 'completed';
    if (J === 0) this.#terminate();
    else this.schedule({ endAt: now + J });
  }

  #terminate(): void {
    this.#state = 'terminated';
    this.leave();
  }
}
