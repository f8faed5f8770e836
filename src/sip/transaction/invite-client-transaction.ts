import { SipRequest, type SipResponse } from '../message/message.ts';
import type { TransactionFailure } from './transaction-output.ts';
import { Transaction } from './transaction.ts';

export type InviteClientState = 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated';

/** INVITE client transaction: RFC 3261 17.1.1 as changed by RFC 6026 8.4, with CANCEL of section 9.1. */
export class InviteClientTransaction extends Transaction {
  readonly role = 'client';
  #state: InviteClientState = 'calling';
  #interval = 0;
  #ack: SipRequest | undefined;
  /** Header fields of a CANCEL that waits for the first provisional response. */
  #heldCancel: readonly (readonly [string, string])[] | undefined;
  #cancelled = false;

  get state(): InviteClientState {
    return this.#state;
  }

  /** Sends the INVITE and starts timers A and B (17.1.1.2). */
  start(now: number): void {
    const { A, B } = this.timers;
    this.#state = 'calling';
    this.#interval = A;
    this.send(this.request);
    this.schedule({ repeatAt: now + A, endAt: now + B });
  }

  /**
   * Another process sent the INVITE, at a time before this one was born: so a CANCEL cannot overtake it, and need not wait
   * for a provisional response (9.1) that may have come already.
   */
  resume(): void {
    this.#state = 'proceeding';
  }

  receive(response: SipResponse, now: number): void {
    switch (this.#state) {
      case 'calling':
      case 'proceeding':
        if (response.status < 200) this.#proceed(response, now);
        else if (response.status < 300) this.#accept(response, now);
        else this.#complete(response, now);
        break;
      case 'completed':
        // 17.1.1.2: every repetition of the final response is acknowledged again and not passed on.
        if (response.status >= 300 && this.#ack !== undefined) this.send(this.#ack);
        break;
      case 'accepted':
        // RFC 6026 7.2: each 2xx goes up, be it repeated or from another branch of a fork; nothing else does.
        if (response.status >= 200 && response.status < 300) this.#pass(response);
        break;
      case 'terminated':
        break;
    }
  }

  /**
   * Cancels the INVITE (9.1). Without a provisional response the CANCEL is held back until one comes; after a
   * final one there is nothing to cancel. Repeats are harmless.
   *
   * @param headers header fields for the CANCEL, such as Reason
   */
  cancel(now: number, headers: readonly (readonly [string, string])[]): void {
    if (this.#cancelled || this.#heldCancel !== undefined) return;
    if (this.#state === 'calling') this.#heldCancel = headers;
    else if (this.#state === 'proceeding') this.#sendCancel(headers, now);
  }

  protected override get mayMove(): boolean {
    return this.#state === 'calling';
  }

  protected override onMoved(now: number): void {
    this.context.rewriteVia(this);
    this.start(now);
  }

  protected override onTransportFailure(): void {
    // 17.1.4: in Proceeding and Accepted this transaction sends nothing, so nothing of it can have failed; an
    // answer may still come on another connection (18.2.2).
    if (this.#state === 'calling') this.#fail('transport');
    // 17.1.1.2: the ACK could not be sent. The user already has the final response; there is nothing to wait for.
    else if (this.#state === 'completed') this.#terminate();
  }

  protected override onRepeat(now: number): void {
    // Timer A: doubled each time, without an upper bound but timer B.
    this.#interval *= 2;
    this.sendAgain(this.request);
    this.repeatAt(now + this.#interval);
  }

  protected override onEnd(_now: number): void {
    // Timer B, or no final response within 64*T1 of the CANCEL (9.1); else timer D or M.
    if (this.#state === 'calling' || this.#state === 'proceeding') this.#fail('timeout');
    else this.#terminate();
  }

  #proceed(response: SipResponse, now: number): void {
    if (this.#state === 'calling') {
      this.#state = 'proceeding';
      this.schedule({});
    }
    this.#pass(response);
    if (this.#heldCancel !== undefined) this.#sendCancel(this.#heldCancel, now);
  }

  #accept(response: SipResponse, now: number): void {
    this.#state = 'accepted';
    this.schedule({ endAt: now + this.timers.M });
    this.#pass(response);
  }

  #complete(response: SipResponse, now: number): void {
    const { D } = this.timers;
    this.#state = 'completed';
    this.#ack = ackTo(this.request, response);
    this.send(this.#ack);
    this.#pass(response);
    if (D === 0) this.#terminate();
    else this.schedule({ endAt: now + D });
  }

  #sendCancel(headers: readonly (readonly [string, string])[], now: number): void {
    this.#heldCancel = undefined;
    this.#cancelled = true;
    this.schedule({ endAt: now + this.timers.cancelled });
    this.context.sendCancel(cancelOf(this.request, headers), this.flow, now);
  }

  #pass(response: SipResponse): void {
    this.context.emit({ kind: 'response', transaction: this, response });
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

/** The ACK to a non-2xx final response: part of the transaction, hop by hop (17.1.1.3). */
function ackTo(invite: SipRequest, response: SipResponse): SipRequest {
  const ack = withinTransaction(invite, 'ACK');
  ack.headers.set('To', response.headers.get('To') ?? '');
  return ack;
}

/** The CANCEL of an INVITE: same Request-URI, Call-ID, From, To, CSeq number, top Via and Route (9.1). */
function cancelOf(invite: SipRequest, headers: readonly (readonly [string, string])[]): SipRequest {
  const cancel = withinTransaction(invite, 'CANCEL');
  for (const [name, value] of headers) cancel.headers.append(name, value);
  return cancel;
}

function withinTransaction(invite: SipRequest, method: 'ACK' | 'CANCEL'): SipRequest {
  const request = new SipRequest(method, invite.uri);
  const { headers } = request;
  headers.append('Via', invite.via.toString());
  headers.append('Max-Forwards', '70');
  for (const route of invite.headers.getAll('Route')) headers.append('Route', route);
  for (const name of ['From', 'To', 'Call-ID']) headers.append(name, invite.headers.get(name) ?? '');
  headers.append('CSeq', `${invite.cseq.sequence} ${method}`);
  return request;
}
