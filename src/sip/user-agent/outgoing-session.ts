import { Dialog, flowTo } from '../dialog.ts';
import { DigestClient } from '../digest.ts';
import type { Flow } from '../flow.ts';
import { readRetryAfter } from '../message/header-values.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { NameAddr } from '../message/name-addr.ts';
import { parseReasons, type Reason } from '../message/reason.ts';
import { parseUri, type SipUri } from '../message/uri.ts';
import type { ClientTransaction } from '../transaction/transaction-layer.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { AgentCore } from './agent-core.ts';
import { allow, supported } from './capabilities.ts';
import { ClientRequest, type RequestFailure } from './client-request.ts';
import { InviteSession, type SessionListener } from './invite-session.ts';
import { InviteUsage } from './invite-usage.ts';
import type { InviteOrder, ReleaseReason, SessionTimerOptions, SessionTrace } from './options.ts';
import { reasonHeaders } from './reason-headers.ts';
import { Redirection } from './redirection.ts';
import { isReliable, ReliableReceiver } from './reliable-provisional.ts';
import { sdpOf } from './session-body.ts';
import { intervalAfterRefusal, intervalAgreed, offerInterval } from './session-interval.ts';
import type { UsageContext } from './usage-context.ts';

/** An early or confirmed dialog of our INVITE; a forked INVITE makes one for each branch. */
interface Branch {
  readonly usage: InviteUsage;
  readonly reliable: ReliableReceiver;
  /** What an unreliable provisional response said the answer will be. */
  preview: string | undefined;
}

interface Target {
  readonly uri: string;
  readonly flow: Flow;
}

/** Early dialogs one INVITE may have: a hostile proxy must not fill our memory. */
const maxBranches = 16;
/** How often a too small session interval is raised. */
const maxIntervalRaises = 3;

/** A session we start: the client of an INVITE (RFC 3261 13.2). */
export class OutgoingSession extends InviteSession {
  readonly role = 'uac';
  readonly callId: string;
  readonly localParty: string;
  readonly #order: InviteOrder;
  readonly #contact: string;
  /** What may be told to where the INVITE goes now. */
  #credentials: DigestClient;
  readonly #branches = new Map<string, Branch>();
  readonly #redirection: Redirection;
  #invite: ClientRequest;
  #acknowledgements: Acknowledgements;
  #target: Target;
  #intervals: SessionTimerOptions;
  #intervalRaises = 0;
  #sequence = 0;
  /** What a stepwise session does next, once it may. */
  #held: ((now: number) => void) | undefined;
  /** Set once the owner hung up before the answer. */
  #release: ReleaseReason | undefined;
  #answered: InviteUsage | undefined;

  constructor(core: AgentCore, order: InviteOrder, listener: SessionListener) {
    super(core, 'calling', listener);
    const from = NameAddr.parse(order.from);
    this.#order = order;
    this.callId = order.callId ?? core.newToken();
    this.localParty = from.withTag(core.newToken()).toString();
    this.#contact = core.contact(order.destination.transport, from.uri);
    this.#credentials = new DigestClient({ credentials: order.credentials, random: core.random });
    this.#target = { uri: order.requestUri, flow: order.destination };
    this.#redirection = new Redirection(parseUri(order.requestUri), core.settings.maxRedirects);
    this.#intervals = core.settings.sessionTimer;
    this.#acknowledgements = new Acknowledgements(core);
    this.#invite = this.#newInvite();
  }

  get remoteParty(): string {
    return this.#answered?.dialog.remoteParty ?? this.#order.to;
  }

  /** Sends the INVITE; to be called once. */
  start(now: number): void {
    this.#invite.send(now);
  }

  /** Lets a stepwise session send what it holds back. Without anything to send it does nothing. */
  proceed(now: number): void {
    const send = this.#held;
    this.#held = undefined;
    send?.(now);
  }

  hangUp(now: number, reason: ReleaseReason = {}): void {
    if (this.#answered !== undefined) {
      // 15: no BYE before the ACK.
      this.proceed(now);
      this.sayBye(this.#answered, reason, now);
    } else if (this.state === 'calling' || this.state === 'proceeding') {
      this.state = 'cancelling';
      this.#release = reason;
      if (this.#held !== undefined) {
        // Nobody has heard of this INVITE.
        this.#held = undefined;
        this.#closeBranches(now);
        this.#fail({ status: 487, origin: 'local' });
        return;
      }
      // 9.1: the CANCEL waits in its transaction for a provisional response.
      this.#invite.cancel(reasonHeaders(reason), now);
    }
  }

  override onBye(usage: UsageContext, reasons: readonly Reason[], now: number): void {
    if (this.#answered !== undefined) {
      super.onBye(usage, reasons, now);
      return;
    }
    // 15 lets a callee do so only after its 2xx, which then was lost: no other answer is to come from that branch.
    usage.close(now);
    this.#branches.delete(usage.dialog.remoteTag);
    if (this.#branches.size > 0) return;
    this.#release ??= {};
    this.#invite.cancel([], now);
    this.end({ kind: 'failed', status: 487, origin: 'remote', reasons });
  }

  /** As the client we send ACKs and expect none. */
  onInviteAcknowledged(): void {}

  /** PRACK is for the server of an INVITE (RFC 3262 3). */
  onPrack(): boolean {
    return false;
  }

  onPrackAnswered(): void {}

  protected get usages(): InviteUsage[] {
    return [...this.#branches.values()].map(({ usage }) => usage);
  }

  #newInvite(): ClientRequest {
    return new ClientRequest(this.core, this.#credentials, {
      compose: () => ({ request: this.#compose(), to: this.#target.flow }),
      ...(this.#order.stepwise === true && { hold: (...held) => this.#holdInvite(...held) }),
      onProvisional: (response, request, now) => this.#onProvisional(response, request, now),
      onSuccess: (response, request, now) => this.#onSuccess(response, request, now),
      onFailure: (failure, now) => this.#onFailure(failure, now),
    });
  }

  #holdInvite({ request, flow: to }: ClientTransaction, send: (now: number) => void): void {
    this.#held = send;
    this.onEvent({ kind: 'inviting', trace: { request, to } });
  }

  /** The INVITE (8.1.1, 13.2.1): every attempt keeps Call-ID, To and From with its tag, and counts CSeq up. */
  #compose(): SipRequest {
    const order = this.#order;
    this.#sequence += 1;
    const request = new SipRequest('INVITE', this.#target.uri);
    const { headers } = request;
    for (const route of order.route ?? []) headers.append('Route', route);
    headers.append('Max-Forwards', '70');
    headers.append('From', this.localParty);
    headers.append('To', order.to);
    headers.append('Call-ID', this.callId);
    headers.append('CSeq', `${this.#sequence} INVITE`);
    headers.append('Contact', this.#contact);
    headers.append('Allow', allow);
    headers.append('Supported', supported);
    offerInterval(request, this.#intervals);
    for (const [name, value] of order.headers ?? []) headers.append(name, value);
    request.setBody('application/sdp', order.offer);
    return request;
  }

  #onProvisional(response: SipResponse, request: SipRequest, now: number): void {
    if (this.state === 'calling') this.state = 'proceeding';
    // 13.2.2.1, 17.1.1: a 100 goes no further than the next hop and tells nothing of the callee.
    if (response.status === 100) return;
    const branch = this.#branchOf(response, request);
    // 13.2.1: once the offer is answered in this dialog, a description in a response to the INVITE is ignored.
    const isOfferOpen = branch === undefined || branch.usage.negotiation.state === 'offering';
    const sdp = isOfferOpen ? sdpOf(response) : undefined;
    if (isReliable(response)) {
      const rack = branch?.reliable.accept(response);
      if (branch === undefined || rack === undefined) return;
      this.#acknowledgeProvisional(branch.usage, rack, now);
      // RFC 3262 5: the first description in a reliable response is the answer.
      if (sdp !== undefined) branch.usage.negotiation.receiveAnswer(sdp);
    } else if (branch !== undefined && sdp !== undefined) {
      branch.preview = sdp;
    }
    if (this.#release !== undefined) return;
    this.onEvent({
      kind: 'provisional',
      status: response.status,
      reasons: parseReasons(response.headers.getAll('Reason')),
      dialogId: branch?.usage.dialog.id ?? '',
      ...(sdp === undefined ? {} : { sdp }),
    });
  }

  /** The early dialog of a provisional response (12.1); without a To tag there is none. */
  #branchOf(response: SipResponse, request: SipRequest): Branch | undefined {
    const { tag } = response.to;
    if (tag === undefined) return undefined;
    const known = this.#branches.get(tag);
    if (known !== undefined || this.#branches.size >= maxBranches) return known;
    return this.#addBranch(response, request);
  }

  #addBranch(response: SipResponse, request: SipRequest): Branch {
    const branch: Branch = {
      usage: this.#newUsage(response, request),
      reliable: new ReliableReceiver(),
      preview: undefined,
    };
    this.#branches.set(response.to.tag ?? '', branch);
    return branch;
  }

  #newUsage(response: SipResponse, request: SipRequest): InviteUsage {
    const usage = new InviteUsage({
      core: this.core,
      owner: this,
      credentials: this.#credentials,
      dialog: Dialog.ofClient(request, response, this.#target.flow),
      role: 'uac',
      contact: this.#contact,
    });
    usage.learnFrom(response);
    usage.negotiation.sendOffer(this.#order.offer);
    return usage;
  }

  /** RFC 3262 4: within the early dialog. What becomes of the PRACK is between it and the server's repetitions. */
  #acknowledgeProvisional(usage: InviteUsage, rack: string, now: number): void {
    usage.send({ method: 'PRACK', headers: [['RAck', rack]] }, now);
  }

  /** A 2xx (13.2.2.4): the first, one of another branch, or either of them again. */
  #onSuccess(response: SipResponse, request: SipRequest, now: number): void {
    const tag = response.to.tag ?? '';
    if (this.#acknowledgements.repeat(tag, now)) return;
    // The ACK is held back: it will answer the repetitions, too.
    if (this.#held !== undefined && this.#answered?.dialog.remoteTag === tag) return;
    const branch = this.#branches.get(tag);
    const usage = branch?.usage ?? this.#newUsage(response, request);
    usage.confirmBy(response);
    const { dialog } = usage;
    const trace = { request: dialog.ack(request.cseq.sequence), to: dialog.nextHop };
    const acknowledge = (at: number): void => {
      this.#acknowledgements.send(tag, trace.request, request, trace.to, at);
    };
    const isHeld =
      this.#order.stepwise === true && this.#answered === undefined && this.#release === undefined;
    if (isHeld) this.#held = acknowledge;
    else acknowledge(now);
    if (this.#answered !== undefined) {
      // 13.2.2.4: a second callee answered; one session is enough.
      usage.hangUp([], now);
      return;
    }
    this.#answered = usage;
    this.#closeBranches(now, usage);
    this.#branches.set(tag, { usage, reliable: new ReliableReceiver(), preview: undefined });
    if (this.#release === undefined) this.#establish(usage, response, branch?.preview, trace, now);
    else this.#hangUpAnswered(usage, this.#release, now);
  }

  #establish(
    usage: InviteUsage,
    response: SipResponse,
    preview: string | undefined,
    trace: SessionTrace,
    now: number,
  ): void {
    const { negotiation, dialog } = usage;
    // 13.2.1: a description in the 2xx is ignored where a reliable provisional response answered our offer, and wanted
    // where none did; when it is missing there, that of an unreliable 183 is what the peer means.
    const sdp = negotiation.state === 'offering' ? (sdpOf(response) ?? preview) : undefined;
    if (sdp !== undefined) negotiation.receiveAnswer(sdp);
    this.state = 'confirmed';
    usage.useInterval(intervalAgreed(response, this.#intervals), now);
    this.onEvent({ kind: 'answered', dialogId: dialog.id, trace, ...(sdp === undefined ? {} : { sdp }) });
  }

  /** Our CANCEL crossed the 2xx: the session there is ends with BYE (15). */
  #hangUpAnswered(usage: InviteUsage, release: ReleaseReason, now: number): void {
    usage.hangUp(reasonHeaders(release), now);
    this.#fail({ status: 487, origin: 'local' });
  }

  #onFailure(failure: RequestFailure, now: number): void {
    // 12.3: a final response other than 2xx ends every early dialog.
    this.#closeBranches(now);
    if (this.#release !== undefined) this.#failCancelled(failure);
    else if (!this.#tryAgain(failure, now)) this.#fail(failure);
  }

  /** With another interval, or at another target; false when nothing is left to try. */
  #tryAgain({ status, response }: RequestFailure, now: number): boolean {
    if (status === 422 && response !== undefined && this.#raiseInterval(response)) {
      this.#dial(now);
      return true;
    }
    // 8.1.3.4: the targets of a redirection are tried one after the other; 6xx is final for all of them.
    if (this.core.settings.redirects === 'refuse' || status >= 600) return false;
    if (response !== undefined) this.#redirection.add(response);
    const target = this.#redirection.next();
    if (target === undefined) return false;
    this.#redirect(target, now);
    return true;
  }

  /** RFC 4028 7.3 */
  #raiseInterval(response: SipResponse): boolean {
    const intervals = intervalAfterRefusal(response, this.#intervals);
    if (intervals === undefined || this.#intervalRaises === maxIntervalRaises) return false;
    this.#intervals = intervals;
    this.#intervalRaises += 1;
    return true;
  }

  #redirect(target: SipUri, now: number): void {
    const { route = [], destination } = this.#order;
    const flow = route.length > 0 ? destination : flowTo(target, destination);
    this.#target = { uri: target.toString(), flow };
    // What our trunk may know, those it sends us to may not.
    if (flow.host !== destination.host) this.#credentials = new DigestClient({ random: this.core.random });
    this.#dial(now);
  }

  #dial(now: number): void {
    this.state = 'calling';
    this.#invite = this.#newInvite();
    this.#invite.send(now);
  }

  /** After our CANCEL: 487 and silence are what we asked for, any other verdict is the peer's. */
  #failCancelled(failure: RequestFailure): void {
    const isVerdict = failure.origin === 'remote' && failure.status !== 487;
    this.#fail(isVerdict ? failure : { status: 487, origin: 'local' });
  }

  #fail(failure: RequestFailure | { readonly status: 487; readonly origin: 'local' }): void {
    const { status, origin } = failure;
    const headers = 'response' in failure ? failure.response?.headers : undefined;
    const retryAfter = headers === undefined ? undefined : readRetryAfter(headers);
    this.end({
      kind: 'failed',
      status,
      origin,
      reasons: parseReasons(headers?.getAll('Reason') ?? []),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  }

  #closeBranches(now: number, except?: InviteUsage): void {
    for (const { usage } of this.#branches.values()) {
      if (usage !== except) usage.close(now);
    }
    this.#branches.clear();
  }
}
