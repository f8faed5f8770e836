import type { Dialog } from '../dialog.ts';
import type { DigestClient } from '../digest.ts';
import { allowedMethods } from '../message/header-values.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { responseTo } from '../message/response.ts';
import { type SessionInterval, SessionTimer } from '../session-timer.ts';
import type { ServerTransaction } from '../transaction/transaction-layer.ts';
import type { AgentCore, DialogListener } from './agent-core.ts';
import { allow, supported } from './capabilities.ts';
import { ClientRequest, type RequestFailure } from './client-request.ts';
import { InDialogRequests } from './in-dialog-requests.ts';
import { Negotiation } from './negotiation.ts';
import { Renegotiation } from './renegotiation.ts';
import type { SessionEvent } from './session-event.ts';
import type { Timer } from './timer-queue.ts';
import type { UsageContext, UsageOwner, UsagePhase } from './usage-context.ts';

export interface InviteUsageOptions {
  readonly core: AgentCore;
  readonly owner: UsageOwner;
  readonly credentials: DigestClient;
  readonly dialog: Dialog;
  readonly role: 'uac' | 'uas';
  /** Our Contact in this dialog. */
  readonly contact: string;
}

/** A request of ours within the dialog. */
export interface InDialogRequest {
  readonly method: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly contentType?: string;
  readonly body?: string;
}

/**
 * The INVITE usage of one dialog (RFC 5057 3.1): what may be asked and answered in it, who may offer, when it is
 * refreshed, and how it ends. Early while the INVITE has no final response; a forked INVITE has several.
 */
export class InviteUsage implements DialogListener, UsageContext {
  readonly core: AgentCore;
  readonly dialog: Dialog;
  readonly role: 'uac' | 'uas';
  readonly owner: UsageOwner;
  readonly credentials: DigestClient;
  readonly contact: string;
  readonly negotiation = new Negotiation();
  readonly incoming: InDialogRequests;
  readonly renegotiation: Renegotiation;
  readonly #sessionTimer = new SessionTimer();
  #wake: Timer | undefined;
  #phase: UsagePhase = 'early';
  #peerAllowsUpdate = false;
  #peerRefusedUpdate = false;

  constructor(options: InviteUsageOptions) {
    this.core = options.core;
    this.owner = options.owner;
    this.credentials = options.credentials;
    this.dialog = options.dialog;
    this.role = options.role;
    this.contact = options.contact;
    this.incoming = new InDialogRequests(this);
    this.renegotiation = new Renegotiation(this);
    this.core.addDialog(this.dialog.id, this);
  }

  get phase(): UsagePhase {
    return this.#phase;
  }

  get interval(): SessionInterval | undefined {
    return this.#sessionTimer.interval;
  }

  get peerAllowsUpdate(): boolean {
    return this.#peerAllowsUpdate && !this.#peerRefusedUpdate;
  }

  get isInviting(): boolean {
    return this.renegotiation.isInviting;
  }

  get hasOpenRequest(): boolean {
    return this.incoming.isBusy;
  }

  /** Takes note of what a message of the peer says it can do. */
  learnFrom(message: SipMessage): void {
    const methods = allowedMethods(message.headers);
    if (methods !== undefined) this.#peerAllowsUpdate = methods.has('UPDATE');
  }

  /** The peer refused UPDATE in spite of its Allow. */
  updateRefused(): void {
    this.#peerRefusedUpdate = true;
  }

  /** The 2xx to our INVITE came: the dialog is confirmed (RFC 3261 13.2.2.4). */
  confirmBy(response: SipResponse): void {
    this.#phase = 'confirmed';
    this.dialog.confirmBy(response);
    this.learnFrom(response);
  }

  /** Our 2xx to the INVITE is on its way (13.3.1.4). */
  confirm(): void {
    this.#phase = 'confirmed';
    this.dialog.confirm();
  }

  onRequest(transaction: ServerTransaction, request: SipRequest, now: number): void {
    this.incoming.receive(transaction, request, now);
  }

  onAck(ack: SipRequest, now: number): void {
    this.incoming.receiveAck(ack, now);
  }

  emit(event: SessionEvent): void {
    if (this.#phase === 'early' || this.#phase === 'confirmed') this.owner.onEvent(event);
  }

  /** A response to a request of the peer within this dialog, with what every 2xx that refreshes the target bears. */
  response(request: SipRequest, status: number): SipResponse {
    const response = responseTo(request, status);
    const isRefresh = request.method === 'INVITE' || request.method === 'UPDATE';
    if (isRefresh && status < 300) {
      response.headers.set('Contact', this.contact);
      response.headers.set('Allow', allow);
      response.headers.set('Supported', supported);
    }
    return response;
  }

  /** Sends a request within the dialog, with credentials where asked for. `onDone` hears its outcome. */
  send(
    order: InDialogRequest,
    now: number,
    onDone: (outcome: SipResponse | RequestFailure, now: number) => void = () => {},
  ): void {
    const request = new ClientRequest(this.core, this.credentials, {
      compose: () => ({ request: this.#compose(order), to: this.dialog.nextHop }),
      onSuccess: (response, _request, at) => onDone(response, at),
      onFailure: (failure, at) => onDone(failure, at),
    });
    request.send(now);
  }

  /** Starts the session timer anew, or stops it (RFC 4028 7.2, 9). */
  useInterval(interval: SessionInterval | undefined, now: number): void {
    if (interval === undefined) this.#sessionTimer.stop();
    else this.#sessionTimer.start(interval, now);
    this.#arm();
  }

  refreshFailed(now: number): void {
    this.#sessionTimer.refreshFailed(now);
    this.#arm();
  }

  /** Ends the usage with BYE (RFC 3261 15.1.1): over for the owner at once, for the peer once it answers. */
  hangUp(headers: readonly (readonly [string, string])[], now: number): void {
    if (this.#phase === 'leaving' || this.#phase === 'over') return;
    this.#stop('leaving', now);
    // 15.1.1: whatever the BYE meets, the session is over.
    this.send({ method: 'BYE', headers }, now, () => this.#leave());
  }

  /** The usage is over without a BYE of ours. */
  close(now: number): void {
    if (this.#phase === 'over') return;
    this.#stop('over', now);
    this.#leave();
  }

  #stop(phase: UsagePhase, now: number): void {
    this.#phase = phase;
    this.#sessionTimer.stop();
    this.#arm();
    this.renegotiation.stop(now);
    this.incoming.stop(now);
  }

  #leave(): void {
    this.#phase = 'over';
    this.core.removeDialog(this.dialog.id);
  }

  #compose(order: InDialogRequest): SipRequest {
    const request = this.dialog.request(order.method);
    for (const [name, value] of order.headers ?? []) request.headers.append(name, value);
    if (order.contentType !== undefined) request.setBody(order.contentType, order.body ?? '');
    return request;
  }

  #arm(): void {
    this.#wake?.stop();
    this.#wake = this.core.at(this.#sessionTimer.deadline, (now) => this.#onSessionTimer(now));
  }

  #onSessionTimer(now: number): void {
    const due = this.#sessionTimer.due(now);
    if (due === 'expired') {
      this.owner.onSessionExpired(this, now);
      return;
    }
    if (due === 'refresh') this.renegotiation.refresh(now);
    this.#arm();
  }
}
