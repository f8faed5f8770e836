import type { DigestClient } from '../digest.ts';
import type { Flow } from '../flow.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { ClientTransaction } from '../transaction/transaction-layer.ts';
import type { AgentCore, ResponseListener } from './agent-core.ts';

/** A request that did not succeed: the peer's final response, or our own verdict (RFC 3261 8.1.3.1). */
export interface RequestFailure {
  readonly status: number;
  readonly origin: 'remote' | 'timeout' | 'transport';
  readonly response?: SipResponse;
}

export interface ComposedRequest {
  readonly request: SipRequest;
  readonly to: Flow;
}

type CredentialHeaders = readonly (readonly [name: string, value: string])[];

export interface ClientRequestOptions {
  /** Composes the request anew for every attempt: each has a CSeq number of its own (22.2). */
  readonly compose: () => ComposedRequest;
  /** Each attempt waits until `send` is called; without this it leaves at once. */
  hold?(transaction: ClientTransaction, send: (now: number) => void): void;
  onProvisional?(response: SipResponse, request: SipRequest, now: number): void;
  /** 2xx. For INVITE it is called with each one that arrives, repeated ones and those of other branches included. */
  onSuccess(response: SipResponse, request: SipRequest, now: number): void;
  onFailure(failure: RequestFailure, now: number): void;
}

/**
 * How often one request may be challenged: a few hops, each with a nonce or two gone stale. A server that invents a new
 * realm with every answer would otherwise be asked for ever.
 */
const challengeLimit = 8;

/** A request and its repetitions with credentials: 401 and 407 are answered here, all else goes to the owner. */
export class ClientRequest implements ResponseListener {
  readonly #core: AgentCore;
  readonly #credentials: DigestClient;
  readonly #options: ClientRequestOptions;
  #transaction: ClientTransaction | undefined;
  #isCancelled = false;
  #isAccepted = false;
  #challenges = 0;

  constructor(core: AgentCore, credentials: DigestClient, options: ClientRequestOptions) {
    this.#core = core;
    this.#credentials = credentials;
    this.#options = options;
  }

  /** Sends the request; to be called again to send it anew after a failure. */
  send(now: number): void {
    this.#challenges = 0;
    const composed = this.#options.compose();
    // 22.2, 22.3: credentials that were asked for once are sent along unasked.
    this.#transmit(composed, this.#credentials.reauthorize(composed.request), now);
  }

  /** Cancels an INVITE under way (9.1). No further attempt is made. */
  cancel(headers: readonly (readonly [string, string])[], now: number): void {
    this.#isCancelled = true;
    if (this.#transaction !== undefined) this.#core.cancel(this.#transaction, headers, now);
  }

  onResponse(transaction: ClientTransaction, response: SipResponse, now: number): void {
    const { status } = response;
    const { request } = transaction;
    if (status < 200) this.#options.onProvisional?.(response, request, now);
    else if (status < 300) this.#succeed(transaction, response, now);
    else if (!this.#authorize(request, response, now)) {
      this.#options.onFailure({ status, origin: 'remote', response }, now);
    }
  }

  onFailure(why: 'timeout' | 'transport', now: number): void {
    // 8.1.3.1: a time-out counts as 408, a transport error as 503.
    this.#options.onFailure({ status: why === 'timeout' ? 408 : 503, origin: why }, now);
  }

  #succeed(transaction: ClientTransaction, response: SipResponse, now: number): void {
    if (transaction.request.method === 'INVITE' && !this.#isAccepted) {
      this.#isAccepted = true;
      // 13.2.2.4: 64*T1 after the first 2xx no other is expected; the transaction itself waits that long (timer M).
      this.#core.after(this.#core.settings.timers.M, now, () => this.#core.forget(transaction));
    }
    this.#options.onSuccess(response, transaction.request, now);
  }

  /** Answers a challenge with the same request anew (22.2, 22.3); false when there is nothing to answer it with. */
  #authorize(request: SipRequest, response: SipResponse, now: number): boolean {
    if ((response.status !== 401 && response.status !== 407) || this.#isCancelled) return false;
    this.#challenges += 1;
    if (this.#challenges > challengeLimit) return false;
    const answer = this.#credentials.authorize(request, response);
    if (answer.kind === 'refused') return false;
    this.#transmit(this.#options.compose(), answer.headers, now);
    return true;
  }

  #transmit(composed: ComposedRequest, credentials: CredentialHeaders, now: number): void {
    const { request, to } = composed;
    for (const [name, value] of credentials) request.headers.append(name, value);
    const transaction = this.#core.prepare(request, to, now);
    const start = (at: number): void => {
      this.#transaction = transaction;
      this.#core.start(transaction, this, at);
    };
    if (this.#options.hold === undefined) start(now);
    else this.#options.hold(transaction, start);
  }
}
