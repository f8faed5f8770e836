import { DigestClient } from '../digest.ts';
import type { Flow } from '../flow.ts';
import { readRetryAfter } from '../message/header-values.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { NameAddr } from '../message/name-addr.ts';
import { sameUri } from '../message/uri-comparison.ts';
import type { AgentCore } from './agent-core.ts';
import { ClientRequest, type RequestFailure } from './client-request.ts';
import type { Credentials } from './options.ts';
import type { Timer } from './timer-queue.ts';

/**
 * Where a registration stands.
 * - `trying`: asked for, nothing heard yet.
 * - `registered`: until `expires` (ms, on the clock of `now`) unless refreshed.
 * - `failed`: refused or unanswered; asked for again at `retryAt`. `status` is that of the refusal, 408 for silence and
 *   503 where nothing could be sent (RFC 3261 section 8.1.3.1).
 * - `unregistered`: given back, or never asked for again.
 */
export type RegistrationState =
  | { readonly kind: 'trying' }
  | { readonly kind: 'registered'; readonly expires: number }
  | { readonly kind: 'failed'; readonly status: number; readonly retryAt: number }
  | { readonly kind: 'unregistered' };

export interface RegistrationOptions {
  /** `sip:DOMAIN` (RFC 3261 section 10.2). */
  readonly registrar: string;
  /** `sip:USER@DOMAIN`. */
  readonly addressOfRecord: string;
  /** Where REGISTER may be sent at this moment, best first; the next one follows when one cannot be reached. */
  readonly destinations: () => readonly Flow[];
  readonly credentials?: Credentials | undefined;
  /** s. */
  readonly expires: number;
  /** Hears of every change. */
  readonly onState?: (state: RegistrationState, now: number) => void;
}

/** RFC 5626 section 4.5: waiting doubles from one failure to the next, with a random share taken off. ms. */
const firstWait = 30_000;
const longestWait = 1_800_000;
/** Credentials that are wrong stay wrong; some carriers block who insists. */
const refusedWait = 300_000;
/** What a registrar may ask for with 423, s; more would never be refreshed. */
const longestExpires = 7 * 86_400;
/** Part of its time after which a registration is refreshed: what is left is for repetitions and another try. */
const refreshAt = 0.75;

/** Tells a registrar where we are, and keeps telling it (RFC 3261 section 10.2). */
export class Registration {
  readonly #core: AgentCore;
  readonly #options: RegistrationOptions;
  readonly #credentials: DigestClient;
  readonly #callId: string;
  readonly #fromTag: string;
  #sequence = 0;
  #expires: number;
  #state: RegistrationState = { kind: 'unregistered' };
  #failures = 0;
  /** Destinations of this round that did not answer. */
  #passedOver = 0;
  #timer: Timer | undefined;
  #isStopping = false;
  #onGone = (): void => {};
  /** A REGISTER is under way. */
  #isAsking = false;
  /** Somebody may hold a contact of ours. */
  #mayBeBound = false;

  constructor(core: AgentCore, options: RegistrationOptions) {
    this.#core = core;
    this.#options = options;
    this.#expires = options.expires;
    this.#credentials = new DigestClient({ credentials: options.credentials, random: core.random });
    // 10.2: one Call-ID for all registrations of a contact, CSeq counts up.
    this.#callId = core.newToken();
    this.#fromTag = core.newToken();
  }

  get state(): RegistrationState {
    return this.#state;
  }

  start(now: number): void {
    this.#become({ kind: 'trying' }, now);
    this.#register(now);
  }

  /**
   * Gives the registration back (10.2.2); what the registrar says to it makes no difference.
   *
   * @param onGone called when it has said something, or nothing: from then on nothing of this registration can undo what
   * another one does for the same contact
   */
  stop(now: number, onGone: () => void = () => {}): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#onGone = onGone;
    this.#timer?.stop();
    if (!this.#mayBeBound) onGone();
    else if (!this.#isAsking) this.#send(0, now);
    this.#become({ kind: 'unregistered' }, now);
  }

  #register(now: number): void {
    this.#send(this.#expires, now);
  }

  #send(expires: number, now: number): void {
    const destinations = this.#options.destinations();
    const destination = destinations[this.#passedOver % Math.max(1, destinations.length)];
    if (destination === undefined) {
      // Its name leads nowhere at this moment.
      if (this.#isStopping) this.#onGone();
      else this.#retryLater(503, now);
      return;
    }
    this.#isAsking = true;
    const request = new ClientRequest(this.#core, this.#credentials, {
      compose: () => ({ request: this.#compose(destination, expires), to: destination }),
      onSuccess: (response, _request, at) => {
        this.#isAsking = false;
        if (expires > 0) this.#registered(response, destination, at);
        else this.#onGone();
      },
      onFailure: (failure, at) => {
        this.#isAsking = false;
        if (expires > 0) this.#refused(failure, at);
        else this.#onGone();
      },
    });
    if (expires > 0) this.#mayBeBound = true;
    request.send(now);
  }

  #compose(destination: Flow, expires: number): SipRequest {
    const { registrar, addressOfRecord } = this.#options;
    this.#sequence += 1;
    const party = NameAddr.parse(`<${addressOfRecord}>`);
    const request = new SipRequest('REGISTER', registrar);
    const { headers } = request;
    headers.append('Max-Forwards', '70');
    headers.append('From', party.withTag(this.#fromTag).toString());
    headers.append('To', party.toString());
    headers.append('Call-ID', this.#callId);
    headers.append('CSeq', `${this.#sequence} REGISTER`);
    headers.append('Contact', `${this.#core.contact(destination.transport, party.uri)};expires=${expires}`);
    headers.append('Expires', String(expires));
    return request;
  }

  #registered(response: SipResponse, destination: Flow, now: number): void {
    this.#failures = 0;
    if (this.#isStopping) {
      // The answer crossed our stop.
      this.#send(0, now);
      return;
    }
    const granted = this.#grantedBy(response, destination);
    this.#become({ kind: 'registered', expires: now + granted * 1_000 }, now);
    this.#timer = this.#core.after(granted * 1_000 * refreshAt, now, (at) => this.#register(at));
  }

  /** 10.2.4, 10.3 item 8: what the registrar made of it, for the contact that is ours. Never less than a second. */
  #grantedBy(response: SipResponse, { transport }: Flow): number {
    const { addressOfRecord } = this.#options;
    const ours = NameAddr.parse(this.#core.contact(transport, NameAddr.parse(`<${addressOfRecord}>`).uri));
    const own = response.contacts.find(({ uri }) => sameUri(uri, ours.uri));
    const said = own?.parameters.get('expires') ?? response.headers.get('Expires');
    const seconds = typeof said === 'string' && /^\d{1,10}$/.test(said) ? Number(said) : this.#expires;
    return Math.min(Math.max(1, seconds), longestExpires);
  }

  #refused({ status, response, origin }: RequestFailure, now: number): void {
    if (this.#isStopping) {
      this.#send(0, now);
      return;
    }
    if (status === 423 && this.#raiseExpires(response)) {
      this.#register(now);
      return;
    }
    if (origin !== 'remote' || status >= 500) {
      // RFC 3263 section 4.3: the next of its servers, before we wait.
      this.#passedOver += 1;
      if (this.#passedOver % Math.max(1, this.#options.destinations().length) !== 0) {
        this.#register(now);
        return;
      }
    }
    this.#retryLater(status, now, response === undefined ? undefined : readRetryAfter(response.headers));
  }

  /** 10.2.8. False when the registrar asks for no more than it was given, or for too much. */
  #raiseExpires(response: SipResponse | undefined): boolean {
    const text = response?.headers.get('Min-Expires') ?? '';
    const least = /^\d{1,10}$/.test(text) ? Number(text) : 0;
    if (least <= this.#expires || least > longestExpires) return false;
    this.#expires = least;
    return true;
  }

  #retryLater(status: number, now: number, retryAfter?: number): void {
    const doubled = Math.min(longestWait, firstWait * 2 ** Math.min(this.#failures, 10));
    // RFC 5626 section 4.5: between half of it and all of it, so that not everybody comes back at once.
    const drawn = Math.round(doubled * (0.5 + this.#core.integer(501) / 1_000));
    const isRefusal = status === 401 || status === 403 || status === 407;
    const wait = Math.max(drawn, isRefusal ? refusedWait : 0, (retryAfter ?? 0) * 1_000);
    this.#failures += 1;
    const retryAt = now + Math.min(wait, longestExpires * 1_000);
    this.#become({ kind: 'failed', status, retryAt }, now);
    this.#timer = this.#core.at(retryAt, (at) => this.#register(at));
  }

  #become(state: RegistrationState, now: number): void {
    this.#state = state;
    this.#options.onState?.(state, now);
  }
}
