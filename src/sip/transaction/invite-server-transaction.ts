import type { SipResponse } from '../message/message.ts';
import { responseTo } from '../message/response.ts';
import { Transaction, type TransactionOptions } from './transaction.ts';

export type InviteServerState = 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated';

/** INVITE server transaction: RFC 3261 17.2.1 as changed by RFC 6026 7.1. */
export class InviteServerTransaction extends Transaction {
  readonly role = 'server';
  #toTag: string;
  #state: InviteServerState = 'proceeding';
  #interval = 0;
  #lastResponse: SipResponse | undefined;

  /** @param options.toTag the To tag of responses that bear none yet */
  constructor(options: TransactionOptions & { readonly toTag: string }) {
    super(options);
    this.#toTag = options.toTag;
  }

  get state(): InviteServerState {
    return this.#state;
  }

  /**
   * The tag that the response to a CANCEL of this INVITE bears: that of the latest response or, before any, one
   * that the user should put into its own responses (9.2: the two SHOULD be the same).
   */
  get toTag(): string {
    return this.#toTag;
  }

  /** Enters Proceeding; 100 Trying follows if the user stays silent (17.2.1). */
  start(now: number): void {
    this.schedule({ repeatAt: now + this.timers.trying });
  }

  /** The INVITE came again. */
  receiveAgain(): void {
    if (this.#state === 'proceeding') this.send(this.#lastResponse ?? this.#trying());
    else if (this.#state === 'completed' && this.#lastResponse !== undefined) this.send(this.#lastResponse);
    // RFC 6026 7.1: absorbed in Accepted, where the user repeats the 2xx; absorbed in Confirmed as well.
  }

  /** @returns whether the ACK belongs to this transaction; if not, it is for the user's 2xx */
  receiveAck(now: number): boolean {
    if (this.#state === 'completed') {
      const { I } = this.timers;
      this.#state = 'confirmed';
      if (I === 0) this.#terminate();
      else this.schedule({ endAt: now + I });
    }
    return this.#state !== 'accepted';
  }

  /** Sends a response of the user; one that the state does not allow any more is discarded (17.2.1). */
  respond(response: SipResponse, now: number): void {
    if (this.#state === 'accepted') {
      // RFC 6026 7.1: the user repeats its 2xx until the ACK arrives (13.3.1.4).
      if (response.status >= 200 && response.status < 300) this.#sendResponse(response);
    } else if (this.#state === 'proceeding') {
      this.#sendResponse(response);
      if (response.status < 200) this.schedule({});
      else if (response.status < 300) this.#accept(now);
      else this.#complete(now);
    }
  }

  protected override get mayMove(): boolean {
    return true;
  }

  protected override onMoved(_now: number): void {
    // 18.2.2: the connection is gone. A final response without ACK may have been lost with it; a repeated 2xx is
    // the user's to send.
    if (this.#state === 'completed' && this.#lastResponse !== undefined) this.send(this.#lastResponse);
  }

  protected override onTransportFailure(): void {
    // RFC 6026 7.1: the user is told and the state stays; Confirmed has nothing left to send.
    if (this.#state === 'confirmed') return;
    this.context.emit({ kind: 'failed', transaction: this, why: 'transport' });
  }

  protected override onRepeat(now: number): void {
    if (this.#state === 'proceeding') {
      this.send(this.#trying());
    } else if (this.#lastResponse !== undefined) {
      // Timer G: doubled up to T2.
      this.#interval = Math.min(2 * this.#interval, this.timers.T2);
      this.sendAgain(this.#lastResponse);
      this.repeatAt(now + this.#interval);
    }
  }

  protected override onEnd(_now: number): void {
    // Timer H: the ACK never came. Timers I and L: nothing more is expected.
    const unacknowledged = this.#state === 'completed';
    this.#terminate();
    if (unacknowledged) this.context.emit({ kind: 'failed', transaction: this, why: 'timeout' });
  }

  #trying(): SipResponse {
    this.#lastResponse = responseTo(this.request, 100);
    return this.#lastResponse;
  }

  #sendResponse(response: SipResponse): void {
    this.#toTag = response.to.tag ?? this.#toTag;
    // RFC 6026 7.1: a 2xx is the user's to repeat, so that this machine need not keep it.
    this.#lastResponse = response.status >= 200 && response.status < 300 ? undefined : response;
    this.send(response);
  }

  #accept(now: number): void {
    this.#state = 'accepted';
    this.schedule({ endAt: now + this.timers.L });
  }

  #complete(now: number): void {
    const { G, H } = this.timers;
    this.#state = 'completed';
    this.#interval = G;
    this.schedule({ repeatAt: now + G, endAt: now + H });
  }

  #terminate(): void {
    this.#state = 'terminated';
    this.leave();
  }
}
