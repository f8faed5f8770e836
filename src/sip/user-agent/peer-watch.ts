import { DigestClient } from '../digest.ts';
import type { Flow } from '../flow.ts';
import { readRetryAfter } from '../message/header-values.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { NameAddr } from '../message/name-addr.ts';
import type { AgentCore } from './agent-core.ts';
import { ClientRequest, type RequestFailure } from './client-request.ts';
import type { Credentials } from './options.ts';
import type { Timer } from './timer-queue.ts';

/** What an OPTIONS came to. */
export type PeerVerdict =
  /** Any final response shows that the peer is there, whatever it thinks of OPTIONS; `serves` is false for 408 and 5xx. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly serves: boolean;
      readonly response: SipResponse;
      /** ms from the first copy of the request to the response, a challenge included. */
      readonly roundTrip: number;
      /** Seconds, from Retry-After. */
      readonly retryAfter?: number;
    }
  /** `silent`: no final response in time. `transport`: it could not be sent. */
  | { readonly kind: 'absent'; readonly why: 'silent' | 'transport' };

export interface PeerWatchOptions {
  /** Whom to ask, as a URI. */
  readonly target: string;
  /** Name-addr without tag. */
  readonly from: string;
  readonly destination: Flow;
  readonly credentials?: Credentials | undefined;
  /** From the end of one OPTIONS to the next, ms; Infinity asks once. */
  readonly interval: number;
  /** How long silence may last before the peer counts as absent, ms. */
  readonly patience: number;
  readonly onVerdict: (verdict: PeerVerdict, now: number) => void;
}

/** RFC 3261 section 21.5 on servers that cannot serve; 501, 505 and 513 are about the request. */
const aboutRequest = new Set([501, 505, 513]);

/** Asks a peer now and then whether it is there, with OPTIONS outside any dialog (RFC 3261 section 11). */
export class PeerWatch {
  readonly #core: AgentCore;
  readonly #options: PeerWatchOptions;
  readonly #credentials: DigestClient;
  readonly #callId: string;
  #sequence = 0;
  /** That of the next OPTIONS, or of the patience with this one. */
  #timer: Timer | undefined;
  /** Counts askings, so that what comes after we lost patience is known to be late. */
  #asking = 0;
  #isStopped = false;

  constructor(core: AgentCore, options: PeerWatchOptions) {
    this.#core = core;
    this.#options = options;
    this.#credentials = new DigestClient({ credentials: options.credentials, random: core.random });
    this.#callId = core.newToken();
  }

  /** Asks, and goes on asking. */
  start(now: number): void {
    this.#ask(now);
  }

  /** Nothing more is asked or told. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.stop();
  }

  #ask(now: number): void {
    const { destination, patience } = this.#options;
    this.#asking += 1;
    const asking = this.#asking;
    const settle = (verdict: PeerVerdict, at: number): void => {
      if (asking === this.#asking) this.#settle(verdict, at);
    };
    const answered = (response: SipResponse, at: number): void => settle(verdictOf(response, at - now), at);
    this.#timer = this.#core.after(patience, now, (at) => settle({ kind: 'absent', why: 'silent' }, at));
    const request = new ClientRequest(this.#core, this.#credentials, {
      compose: () => ({ request: this.#compose(), to: destination }),
      onSuccess: (response, _request, at) => answered(response, at),
      onFailure: ({ response, origin }: RequestFailure, at) => {
        if (response !== undefined) answered(response, at);
        else settle({ kind: 'absent', why: origin === 'transport' ? 'transport' : 'silent' }, at);
      },
    });
    request.send(now);
  }

  #settle(verdict: PeerVerdict, now: number): void {
    if (this.#isStopped) return;
    this.#asking += 1;
    this.#timer?.stop();
    const { interval, onVerdict } = this.#options;
    if (interval !== Infinity) this.#timer = this.#core.after(interval, now, (at) => this.#ask(at));
    onVerdict(verdict, now);
  }

  #compose(): SipRequest {
    const { target, from, destination } = this.#options;
    this.#sequence += 1;
    const sender = NameAddr.parse(from);
    const request = new SipRequest('OPTIONS', target);
    const { headers } = request;
    headers.append('Max-Forwards', '70');
    headers.append('From', sender.withTag(this.#core.newToken()).toString());
    headers.append('To', `<${target}>`);
    headers.append('Call-ID', this.#callId);
    headers.append('CSeq', `${this.#sequence} OPTIONS`);
    headers.append('Contact', this.#core.contact(destination.transport, sender.uri));
    headers.append('Accept', 'application/sdp');
    return request;
  }
}

function verdictOf(response: SipResponse, roundTrip: number): PeerVerdict {
  const { status, headers } = response;
  const serves = status !== 408 && (status < 500 || status >= 600 || aboutRequest.has(status));
  const retryAfter = readRetryAfter(headers);
  const known = { kind: 'answered', status, serves, response, roundTrip } as const;
  return retryAfter === undefined ? known : { ...known, retryAfter };
}
