import type { SipRequest, SipResponse } from '../message/message.ts';
import { readRetryAfter } from '../message/header-values.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { allow, supported } from './capabilities.ts';
import { ClientRequest, type RequestFailure } from './client-request.ts';
import type { SessionTimerOptions } from './options.ts';
import { sdpOf } from './session-body.ts';
import { intervalAfterRefusal, intervalAgreed, offerInterval } from './session-interval.ts';
import type { Timer } from './timer-queue.ts';
import type { UsageContext } from './usage-context.ts';

/** An offer of the owner, or a refresh of the session timer (then without `sdp`). */
interface Intent {
  readonly method: 'INVITE' | 'UPDATE';
  readonly sdp: string | undefined;
  /** The negotiation's round when the offer was made out. */
  readonly round: number;
}

/** How often one intent is tried again after 491 and its like, which the RFC leaves open. */
const maxAttempts = 8;

/**
 * Our re-INVITEs and UPDATEs within a confirmed dialog: new offers (RFC 3261 14.1, RFC 3311 5.1) and refreshes of
 * the session (RFC 4028 7.4). One at a time; what collides with the peer's waits and is tried again.
 */
export class Renegotiation {
  readonly #usage: UsageContext;
  #current: Intent | undefined;
  #next: Intent | undefined;
  #attempts = 0;
  #retry: Timer | undefined;
  /** The shortest interval the peer has said it accepts, or our own, s. */
  #minimum: number;
  #invite: ClientRequest | undefined;

  constructor(usage: UsageContext) {
    this.#usage = usage;
    this.#minimum = usage.core.settings.sessionTimer.minimum;
  }

  /** A re-INVITE of ours has no final response yet. */
  get isInviting(): boolean {
    return this.#invite !== undefined;
  }

  /** Offers a description; the outcome comes as `remoteAnswer` or `renegotiationFailed`. */
  offer(method: 'INVITE' | 'UPDATE', sdp: string, now: number): void {
    const intent: Intent = { method, sdp, round: this.#usage.negotiation.round };
    if (this.#current === undefined) this.#begin(intent, now);
    else if (this.#current.sdp === undefined && this.#next === undefined) this.#next = intent;
    else this.#usage.emit({ kind: 'renegotiationFailed', status: 491 });
  }

  /** RFC 4028 7.4: UPDATE without an offer where the peer takes it, else a re-INVITE with the same description. */
  refresh(now: number): void {
    // Any offer under way refreshes the session by itself.
    if (this.#current !== undefined) return;
    const { peerAllowsUpdate, negotiation } = this.#usage;
    const method = peerAllowsUpdate ? 'UPDATE' : 'INVITE';
    this.#begin({ method, sdp: undefined, round: negotiation.round }, now);
  }

  /** The usage ends; a 2xx still to come is only acknowledged. */
  stop(now: number): void {
    this.#retry?.stop();
    this.#invite?.cancel([], now);
    this.#current = undefined;
    this.#next = undefined;
  }

  #begin(intent: Intent, now: number): void {
    this.#current = intent;
    this.#attempts = 0;
    this.#try(now);
  }

  #try(now: number): void {
    const intent = this.#current;
    if (intent === undefined) return;
    const { negotiation } = this.#usage;
    if (intent.sdp !== undefined && intent.round !== negotiation.round) {
      // The peer has offered since: the description at hand continues something that is no longer agreed.
      this.#fail(491, now);
    } else if (!this.#maySend(intent)) {
      this.#tryLater(glareDelay(this.#usage), now);
    } else {
      this.#attempts += 1;
      this.#send(intent, now);
    }
  }

  /** RFC 3261 14.1, RFC 3311 5.1: nothing of the kind while another is under way, in either direction. */
  #maySend(intent: Intent): boolean {
    const { negotiation, hasOpenRequest, phase, owner } = this.#usage;
    if (intent.method === 'UPDATE' && intent.sdp === undefined) return true;
    if (intent.method === 'INVITE' && phase === 'early') return false;
    // Until the ACK is here the peer may not know that the dialog is confirmed.
    if (phase === 'confirmed' && !owner.isAcknowledged) return false;
    return negotiation.state === 'stable' && !hasOpenRequest;
  }

  #send(intent: Intent, now: number): void {
    const usage = this.#usage;
    const { method } = intent;
    const sdp = intent.sdp ?? (method === 'INVITE' ? usage.negotiation.local : undefined);
    if (sdp !== undefined) usage.negotiation.sendOffer(sdp);
    const acknowledgements = new Acknowledgements(usage.core);
    const request = new ClientRequest(usage.core, usage.credentials, {
      compose: () => ({ request: this.#compose(method, sdp), to: usage.dialog.nextHop }),
      onSuccess: (response, sent, at) => {
        if (method === 'INVITE' && !this.#acknowledge(acknowledgements, sent, at)) return;
        this.#succeed(intent, response, at);
      },
      onFailure: (failure, at) => this.#onFailure(intent, failure, at),
    });
    if (method === 'INVITE') this.#invite = request;
    request.send(now);
  }

  #compose(method: 'INVITE' | 'UPDATE', sdp: string | undefined): SipRequest {
    const { dialog, contact } = this.#usage;
    const request = dialog.request(method);
    request.headers.append('Contact', contact);
    request.headers.append('Allow', allow);
    request.headers.append('Supported', supported);
    this.#offerInterval(request);
    if (sdp !== undefined) request.setBody('application/sdp', sdp);
    return request;
  }

  /** RFC 4028 7.4: a refresh asks for the interval that runs, and for the refresher there is. */
  #offerInterval(request: SipRequest): void {
    const { interval } = this.#usage;
    if (interval !== undefined)
      offerInterval(request, this.#wantedInterval(interval.seconds), interval.refresher);
  }

  #wantedInterval(seconds: number): SessionTimerOptions {
    return { expires: Math.max(seconds, this.#minimum), minimum: this.#minimum };
  }

  /** Acknowledges a 2xx (13.2.2.4), be the usage still there or not; false when it came before. */
  #acknowledge(sent: Acknowledgements, request: SipRequest, now: number): boolean {
    const { dialog } = this.#usage;
    if (sent.repeat(dialog.remoteTag, now)) return false;
    sent.send(dialog.remoteTag, dialog.ack(request.cseq.sequence), request, dialog.nextHop, now);
    return true;
  }

  #succeed(intent: Intent, response: SipResponse, now: number): void {
    const usage = this.#usage;
    this.#invite = undefined;
    if (this.#current !== intent) return;
    usage.dialog.refreshTarget(response);
    usage.learnFrom(response);
    usage.useInterval(intervalAgreed(response, usage.core.settings.sessionTimer), now);
    this.#current = undefined;
    if (usage.negotiation.state === 'offering') this.#receiveAnswer(intent, sdpOf(response));
    this.#continue(now);
  }

  #receiveAnswer(intent: Intent, sdp: string | undefined): void {
    const { negotiation } = this.#usage;
    if (sdp === undefined) {
      // RFC 3264 4: an offer in a request is answered in its 2xx.
      negotiation.rollBack();
      if (intent.sdp !== undefined) this.#usage.emit({ kind: 'renegotiationFailed', status: 488 });
      return;
    }
    const isChanged = sdp !== negotiation.remote;
    negotiation.receiveAnswer(sdp);
    if (intent.sdp !== undefined) this.#usage.emit({ kind: 'remoteAnswer', sdp });
    else if (isChanged) this.#usage.emit({ kind: 'remoteAnswer', sdp, refresh: true });
  }

  #onFailure(intent: Intent, failure: RequestFailure, now: number): void {
    const usage = this.#usage;
    this.#invite = undefined;
    if (this.#current !== intent) return;
    if (usage.negotiation.state === 'offering') usage.negotiation.rollBack();
    const { status } = failure;
    if (usage.phase === 'confirmed' && (status === 408 || status === 481)) {
      // 12.2.1.2: the peer has lost the dialog, or is lost itself; RFC 4028 10 says the same of refreshes.
      usage.owner.onLost(usage, now);
      return;
    }
    const delay = this.#attempts < maxAttempts ? this.#retryDelay(intent, failure) : undefined;
    if (delay === undefined) this.#fail(status, now);
    else this.#tryLater(delay, now);
  }

  /** After which time the failed intent is worth another attempt, ms; undefined: never. */
  #retryDelay(intent: Intent, failure: RequestFailure): number | undefined {
    const { status, response } = failure;
    if (response === undefined) return undefined;
    if (status === 491) return glareDelay(this.#usage);
    if (status === 422) {
      // RFC 4028 7.3: again with the interval the peer wants.
      const offered = this.#wantedInterval(this.#usage.interval?.seconds ?? 0);
      const wanted = intervalAfterRefusal(response, offered);
      this.#minimum = wanted?.minimum ?? this.#minimum;
      return wanted === undefined ? undefined : 0;
    }
    if (status === 500 && response.headers.has('Retry-After')) {
      // 14.1, RFC 3311 5.3: the peer still works on a request of ours.
      const seconds = readRetryAfter(response.headers) ?? 0;
      return seconds <= 10 ? seconds * 1000 : undefined;
    }
    const isUpdateRefused =
      intent.method === 'UPDATE' && intent.sdp === undefined && refusesMethod.has(status);
    if (!isUpdateRefused) return undefined;
    this.#usage.updateRefused();
    this.#current = { ...intent, method: 'INVITE' };
    return 0;
  }

  #tryLater(delay: number, now: number): void {
    this.#retry?.stop();
    if (delay === 0) this.#try(now);
    else this.#retry = this.#usage.core.after(delay, now, (at) => this.#try(at));
  }

  #fail(status: number, now: number): void {
    const intent = this.#current;
    this.#current = undefined;
    if (intent?.sdp === undefined) this.#usage.refreshFailed(now);
    else this.#usage.emit({ kind: 'renegotiationFailed', status });
    this.#continue(now);
  }

  #continue(now: number): void {
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined && this.#current === undefined) this.#begin(next, now);
  }
}

const refusesMethod = new Set([405, 415, 420, 501]);

/**
 * RFC 3261 14.1, ms: the owner of the Call-ID, who called, waits 2.1 to 4 s, the other 0 to 2 s, in steps of 10 ms, so
 * that the two do not collide again.
 */
function glareDelay(usage: UsageContext): number {
  const { core, role } = usage;
  return role === 'uac' ? 2100 + 10 * core.integer(191) : 10 * (1 + core.integer(200));
}
