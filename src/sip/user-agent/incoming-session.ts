import { Dialog } from '../dialog.ts';
import { DigestClient } from '../digest.ts';
import type { Flow } from '../flow.ts';
import { readExpires } from '../message/header-values.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { parseReasons, type Reason } from '../message/reason.ts';
import { responseTo } from '../message/response.ts';
import type { InviteServerTransaction } from '../transaction/invite-server-transaction.ts';
import { AcceptedReply } from './accepted-reply.ts';
import type { AgentCore } from './agent-core.ts';
import { allow, supported } from './capabilities.ts';
import { InviteSession, type SessionListener } from './invite-session.ts';
import { InviteUsage } from './invite-usage.ts';
import type { ReleaseReason } from './options.ts';
import { reasonHeaders } from './reason-headers.ts';
import { reliabilityOf, ReliableSender } from './reliable-provisional.ts';
import { sdpOf } from './session-body.ts';
import { type IntervalAnswer, writeIntervalAnswer } from './session-interval.ts';
import type { Timer } from './timer-queue.ts';
import type { UsageContext } from './usage-context.ts';

export interface ProgressOptions {
  /** Early answer, or with a reliable response to an INVITE without offer, our offer. */
  readonly sdp?: string;
  /** Asks for RFC 3262 reliability where the caller supports it; where it requires it, all responses are reliable. */
  readonly reliable?: boolean;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

export interface RejectOptions extends Omit<ReleaseReason, 'sipStatus'> {
  /** Reason phrase of the status line. */
  readonly reason?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** What the INVITE of an incoming session was found to be, before it became one. */
export interface Invitation {
  readonly transaction: InviteServerTransaction;
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly interval: IntervalAnswer;
}

/** A session somebody else starts: the server of an INVITE (RFC 3261 13.3). */
export class IncomingSession extends InviteSession {
  readonly role = 'uas';
  readonly callId: string;
  readonly localParty: string;
  readonly remoteParty: string;
  /** The INVITE as it came. */
  readonly request: SipRequest;
  /** The caller's offer; undefined when it wants ours (in the 2xx, or in a reliable provisional response). */
  readonly offer: string | undefined;
  readonly #transaction: InviteServerTransaction;
  readonly #interval: IntervalAnswer;
  readonly #usage: InviteUsage;
  readonly #reliability: ReturnType<typeof reliabilityOf>;
  readonly #reliable: ReliableSender;
  readonly #toTag: string;
  #expiry: Timer | undefined;
  #accepted: AcceptedReply | undefined;
  /** The answer, while it waits for the PRACK of an earlier description (RFC 3262 3). */
  #heldAnswer: string | undefined;
  /** Hung up between our 2xx and its ACK. */
  #release: ReleaseReason | undefined;

  constructor(core: AgentCore, invitation: Invitation, listener: SessionListener, now: number) {
    super(core, 'proceeding', listener);
    const { transaction, request, flow, interval } = invitation;
    this.request = request;
    this.callId = request.callId;
    this.offer = sdpOf(request);
    this.#transaction = transaction;
    this.#interval = interval;
    this.#toTag = transaction.toTag;
    this.#reliability = reliabilityOf(request);
    this.#reliable = new ReliableSender(core, transaction, (at) => this.#refuseUnacknowledged(at));
    const dialog = Dialog.ofServer(request, this.#toTag, flow);
    this.localParty = dialog.localParty;
    this.remoteParty = dialog.remoteParty;
    this.#usage = new InviteUsage({
      core,
      owner: this,
      credentials: new DigestClient({ random: core.random }),
      dialog,
      role: 'uas',
      contact: core.contact(flow.transport, request.requestUri),
    });
    this.#usage.learnFrom(request);
    if (this.offer !== undefined) this.#usage.negotiation.receiveOffer(this.offer);
    core.onCancel(transaction, (cancel, at) => this.#abandon(reasonsOf(cancel), at));
    const expires = readExpires(request.headers);
    if (expires !== undefined) this.#expiry = core.after(expires * 1000, now, (at) => this.#abandon([], at));
  }

  /** 180, with a description where the callee's tone is early media. */
  ring(now: number, options: ProgressOptions = {}): void {
    this.progress(now, 180, options);
  }

  /**
   * A provisional response.
   *
   * @param status 101-199
   */
  progress(now: number, status: number, options: ProgressOptions = {}): void {
    if (this.state !== 'proceeding' || this.#heldAnswer !== undefined) return;
    const isReliable =
      this.#reliability === 'required' || (options.reliable === true && this.#reliability === 'supported');
    const response = this.#newResponse(status);
    for (const [name, value] of options.headers ?? []) response.headers.append(name, value);
    this.#describeProgress(response, options.sdp, isReliable);
    if (isReliable) this.#reliable.send(response, now);
    else this.core.respond(this.#transaction, response, now);
  }

  /**
   * Answers with 200.
   *
   * @param sdp the answer to the caller's offer, or our offer where it made none; left out of the 2xx when a reliable
   *   provisional response carried the answer already (RFC 3262 5)
   */
  answer(sdp: string, now: number): void {
    if (this.state !== 'proceeding' || this.#heldAnswer !== undefined) return;
    if (this.#reliable.holdsBackAnswer) this.#heldAnswer = sdp;
    else this.#accept(sdp, now);
  }

  /**
   * Refuses the call.
   *
   * @param status 300-699
   */
  reject(status: number, now: number, options: RejectOptions = {}): void {
    if (this.state !== 'proceeding') return;
    const { reason, headers = [], ...release } = options;
    const response = responseTo(this.request, status, {
      toTag: this.#toTag,
      ...(reason === undefined ? {} : { reason }),
    });
    for (const [name, value] of [...reasonHeaders(release), ...headers]) response.headers.append(name, value);
    this.#refuse(response, now);
    this.end({ kind: 'failed', status, reasons: [], origin: 'local' });
  }

  hangUp(now: number, reason: ReleaseReason = {}): void {
    if (this.state === 'proceeding') {
      const { sipStatus = 480, ...release } = reason;
      this.reject(sipStatus, now, release);
    } else if (this.state === 'accepted') {
      // 15: no BYE before the ACK, or before it is given up.
      this.#release ??= reason;
    } else if (this.state === 'confirmed') {
      this.sayBye(this.#usage, reason, now);
    }
  }

  override onBye(usage: UsageContext, reasons: readonly Reason[], now: number): void {
    if (this.state === 'proceeding') {
      // 15: a caller may end an early dialog with BYE; the INVITE still gets its final response (15.1.2).
      this.#abandon(reasons, now);
      return;
    }
    // A BYE proves that our 2xx arrived, even if the ACK did not.
    this.onInviteAcknowledged(undefined, now);
    super.onBye(usage, reasons, now);
  }

  onInviteAcknowledged(ack: SipRequest | undefined, now: number): void {
    const isOurs = ack === undefined || ack.cseq.sequence === this.#accepted?.sequence;
    if (this.#accepted === undefined || !isOurs) return;
    this.#accepted.stop();
    this.#accepted = undefined;
    this.state = 'confirmed';
    const sdp = ack === undefined ? undefined : sdpOf(ack);
    const { negotiation, dialog } = this.#usage;
    const isAnswer = sdp !== undefined && negotiation.state === 'offering';
    if (isAnswer) negotiation.receiveAnswer(sdp);
    this.onEvent({ kind: 'answered', dialogId: dialog.id, ...(isAnswer ? { sdp } : {}) });
    if (this.#release !== undefined) this.hangUp(now, this.#release);
  }

  onPrack(prack: SipRequest): boolean {
    return this.#reliable.acknowledge(prack);
  }

  onPrackAnswered(now: number): void {
    this.#reliable.sendNext(now);
    const held = this.#heldAnswer;
    if (held === undefined || this.#reliable.holdsBackAnswer) return;
    this.#heldAnswer = undefined;
    this.#accept(held, now);
  }

  protected override release(usage: UsageContext, by: 'dialog' | 'session-timer', now: number): void {
    // Never acknowledged, so never answered either.
    if (this.#accepted === undefined) super.release(usage, by, now);
    else this.#giveUpAck(now);
  }

  protected get usages(): InviteUsage[] {
    return [this.#usage];
  }

  /** A response that makes or confirms the dialog: Contact, and Record-Route as it came (12.1.1). */
  #newResponse(status: number): SipResponse {
    const response = responseTo(this.request, status, { toTag: this.#toTag });
    for (const [name, value] of this.request.headers.linesOf('Record-Route'))
      response.headers.append(name, value);
    response.headers.append('Contact', this.#usage.contact);
    response.headers.append('Allow', allow);
    if (status >= 200) response.headers.append('Supported', supported);
    return response;
  }

  /** Which descriptions a provisional response may carry: RFC 3261 13.2.1, RFC 3262 5. */
  #describeProgress(response: SipResponse, sdp: string | undefined, isReliable: boolean): void {
    const { negotiation } = this.#usage;
    if (sdp === undefined) return;
    if (negotiation.state === 'answering') {
      response.setBody('application/sdp', sdp);
      if (isReliable) negotiation.sendAnswer(sdp);
    } else if (negotiation.state === 'stable' && isReliable && negotiation.local === undefined) {
      // Without an offer in the INVITE ours may go into the first reliable response, and nowhere else before the 2xx.
      response.setBody('application/sdp', sdp);
      negotiation.sendOffer(sdp);
    }
  }

  #accept(sdp: string, now: number): void {
    this.#expiry?.stop();
    this.#reliable.stop();
    const { negotiation } = this.#usage;
    const response = this.#newResponse(200);
    if (negotiation.state === 'answering') {
      response.setBody('application/sdp', sdp);
      negotiation.sendAnswer(sdp);
    } else if (negotiation.local === undefined) {
      response.setBody('application/sdp', sdp);
      negotiation.sendOffer(sdp);
    }
    writeIntervalAnswer(response, this.#interval);
    this.state = 'accepted';
    this.#usage.confirm();
    this.#usage.useInterval(this.#interval.interval, now);
    this.#accepted = new AcceptedReply(
      this.core,
      this.#transaction,
      response,
      (at) => this.#giveUpAck(at),
      now,
    );
  }

  /** 13.3.1.4: no ACK in 64*T1; the dialog is confirmed all the same and is ended with BYE. */
  #giveUpAck(now: number): void {
    this.#accepted?.stop();
    this.#accepted = undefined;
    this.#usage.hangUp(reasonHeaders(this.#release ?? {}), now);
    this.end({ kind: 'failed', status: 408, reasons: [], origin: 'timeout' });
  }

  /** RFC 3262 3: a reliable response that nobody acknowledged is followed by a refusal with 5xx. */
  #refuseUnacknowledged(now: number): void {
    this.#refuse(responseTo(this.request, 504, { toTag: this.#toTag }), now);
    this.end({ kind: 'failed', status: 408, reasons: [], origin: 'timeout' });
  }

  /** The caller gave up: CANCEL (9.2), BYE in the early dialog, or the end of Expires (13.3.1). */
  #abandon(reasons: readonly Reason[], now: number): void {
    if (this.state !== 'proceeding') return;
    this.#refuse(responseTo(this.request, 487, { toTag: this.#toTag }), now);
    this.end({ kind: 'failed', status: 487, reasons, origin: 'remote' });
  }

  #refuse(response: SipResponse, now: number): void {
    this.#expiry?.stop();
    this.#reliable.stop();
    this.#usage.close(now);
    this.core.respond(this.#transaction, response, now);
  }
}

function reasonsOf(request: SipRequest): readonly Reason[] {
  return parseReasons(request.headers.getAll('Reason'));
}
