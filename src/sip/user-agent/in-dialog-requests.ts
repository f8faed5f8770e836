import type { SipRequest, SipResponse } from '../message/message.ts';
import { parseReasons } from '../message/reason.ts';
import { InviteServerTransaction } from '../transaction/invite-server-transaction.ts';
import type { ServerTransaction } from '../transaction/transaction-layer.ts';
import { AcceptedReply } from './accepted-reply.ts';
import { writeCapabilities } from './capabilities.ts';
import { refusalOf } from './request-check.ts';
import { sdpOf } from './session-body.ts';
import type { OfferCarrier } from './session-event.ts';
import { answerInterval, type IntervalAnswer, writeIntervalAnswer } from './session-interval.ts';
import type { UsageContext } from './usage-context.ts';

/** A request of the peer that our side has to answer with a description. */
interface OpenRequest {
  readonly transaction: ServerTransaction;
  readonly request: SipRequest;
  readonly by: OfferCarrier;
  readonly interval: IntervalAnswer;
}

/** The server side of a dialog: what the peer may ask for within it. */
export class InDialogRequests {
  readonly #usage: UsageContext;
  #open: OpenRequest | undefined;
  /** Our 2xx to a re-INVITE, until its ACK. */
  #accepted: AcceptedReply | undefined;

  constructor(usage: UsageContext) {
    this.#usage = usage;
  }

  /** A request waits for our answer, or our answer for its ACK. */
  get isBusy(): boolean {
    return this.#open !== undefined || this.#accepted !== undefined;
  }

  /** The owner owes an answer. */
  get isOfferOpen(): boolean {
    return this.#open !== undefined;
  }

  receive(transaction: ServerTransaction, request: SipRequest, now: number): void {
    const usage = this.#usage;
    // 12.2.2: a lower CSeq than before is out of order.
    if (!usage.dialog.acceptSequence(request)) this.#reply(transaction, request, 500, now);
    else if (usage.phase === 'leaving' || usage.phase === 'over')
      this.#receiveLate(transaction, request, now);
    else {
      const refusal = refusalOf(request);
      if (refusal !== undefined) usage.core.respond(transaction, refusal, now);
      else this.#process(transaction, request, now);
    }
  }

  /** The ACK of a re-INVITE, or of the INVITE that made the dialog. */
  receiveAck(ack: SipRequest, now: number): void {
    const { sequence } = ack.cseq;
    if (this.#accepted?.sequence !== sequence) {
      this.#usage.owner.onInviteAcknowledged(ack, now);
      return;
    }
    this.#accepted.stop();
    this.#accepted = undefined;
    const { negotiation } = this.#usage;
    if (negotiation.state !== 'offering') return;
    const sdp = sdpOf(ack);
    if (sdp === undefined) {
      // RFC 3264 4, RFC 3261 13.2.1: our offer in the 2xx had to be answered here.
      negotiation.rollBack();
      this.#usage.emit({ kind: 'renegotiationFailed', status: 400 });
    } else {
      negotiation.receiveAnswer(sdp);
      this.#usage.emit({ kind: 'remoteAnswer', sdp });
    }
  }

  /** Our description for the open request: the answer to its offer, or the offer it asked for. */
  answer(sdp: string, now: number): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const { negotiation } = this.#usage;
    if (negotiation.state === 'answering') negotiation.sendAnswer(sdp);
    else negotiation.sendOffer(sdp);
    this.#accept(open, sdp, now);
  }

  /** Refuses the open offer; what was agreed before stays in force (14.2, RFC 3311 5.2). */
  refuse(status: number, now: number): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#usage.negotiation.rollBack();
    this.#reply(open.transaction, open.request, status, now);
  }

  /** The usage ends: nothing is waited for any more. */
  stop(now: number): void {
    this.#accepted?.stop();
    this.#accepted = undefined;
    // 15.1.2: requests still pending are answered with 487.
    this.refuse(487, now);
  }

  #process(transaction: ServerTransaction, request: SipRequest, now: number): void {
    const usage = this.#usage;
    usage.learnFrom(request);
    switch (request.method) {
      case 'BYE':
        this.#bye(transaction, request, now);
        break;
      case 'INVITE':
        this.#reinvite(transaction, request, now);
        break;
      case 'UPDATE':
        this.#update(transaction, request, now);
        break;
      case 'PRACK':
        this.#prack(transaction, request, now);
        break;
      case 'INFO':
        this.#infoRequest(transaction, request, now);
        break;
      default: {
        // OPTIONS, the only other method that passes: it says what we can do and changes nothing (11.2).
        const response = usage.response(request, 200);
        writeCapabilities(response);
        usage.core.respond(transaction, response, now);
      }
    }
  }

  /** After our BYE: RFC 5407 3.2.1, a BYE that crossed ours is answered with 200; nothing else is of use. */
  #receiveLate(transaction: ServerTransaction, request: SipRequest, now: number): void {
    this.#reply(transaction, request, request.method === 'BYE' ? 200 : 481, now);
  }

  #bye(transaction: ServerTransaction, request: SipRequest, now: number): void {
    this.#reply(transaction, request, 200, now);
    this.#usage.owner.onBye(this.#usage, parseReasons(request.headers.getAll('Reason')), now);
  }

  /** 14.2 */
  #reinvite(transaction: ServerTransaction, request: SipRequest, now: number): void {
    const usage = this.#usage;
    this.#assumeAcknowledged(now);
    const { negotiation, phase, role } = usage;
    const isOurInviteOpen = usage.isInviting || (phase === 'early' && role === 'uac');
    // 14.2: before the final response to an earlier INVITE of the peer, 500; while one of ours is open, 491.
    if (phase === 'leaving') {
      // What it acknowledged had our BYE waiting.
      this.#receiveLate(transaction, request, now);
    } else if (this.#open !== undefined || (phase === 'early' && role === 'uas')) {
      this.#replyOverlap(transaction, request, now);
    } else if (isOurInviteOpen || negotiation.state === 'offering') {
      this.#reply(transaction, request, 491, now);
    } else if (transaction instanceof InviteServerTransaction) {
      this.#openInvite(transaction, request, now);
    }
  }

  #openInvite(transaction: InviteServerTransaction, request: SipRequest, now: number): void {
    const usage = this.#usage;
    const interval = this.#intervalFor(transaction, request, now);
    if (interval === undefined) return;
    usage.core.onCancel(transaction, (_cancel, at) => this.#cancelled(at));
    this.#open = { transaction, request, by: 'INVITE', interval };
    const sdp = sdpOf(request);
    const dialogId = usage.dialog.id;
    if (sdp === undefined) {
      usage.emit({ kind: 'offerWanted', dialogId });
    } else {
      usage.negotiation.receiveOffer(sdp);
      usage.emit({ kind: 'offer', sdp, by: 'INVITE', dialogId });
    }
  }

  /** RFC 3311 5.2 */
  #update(transaction: ServerTransaction, request: SipRequest, now: number): void {
    const usage = this.#usage;
    const sdp = sdpOf(request);
    const { state } = usage.negotiation;
    if (
      this.#open?.by === 'UPDATE' ||
      (sdp !== undefined && (this.#open !== undefined || state === 'answering'))
    ) {
      this.#replyOverlap(transaction, request, now);
      return;
    }
    if (sdp !== undefined && state === 'offering') {
      this.#reply(transaction, request, 491, now);
      return;
    }
    const interval = this.#intervalFor(transaction, request, now);
    if (interval === undefined) return;
    if (sdp === undefined) this.#accept({ transaction, request, by: 'UPDATE', interval }, undefined, now);
    else this.#offer({ transaction, request, by: 'UPDATE', interval }, sdp);
  }

  /** RFC 3262 3: 481 when it acknowledges nothing; it may carry our offer's answer, or an offer of its own (5). */
  #prack(transaction: ServerTransaction, request: SipRequest, now: number): void {
    const usage = this.#usage;
    const sdp = sdpOf(request);
    if (sdp !== undefined && (usage.negotiation.state === 'answering' || this.#open !== undefined)) {
      this.#reply(transaction, request, 400, now);
      return;
    }
    if (!usage.owner.onPrack(request)) {
      this.#reply(transaction, request, 481, now);
      return;
    }
    if (sdp !== undefined && usage.negotiation.state === 'stable') {
      this.#offer({ transaction, request, by: 'PRACK', interval: { isRequired: false } }, sdp);
    } else {
      this.#reply(transaction, request, 200, now);
      if (sdp !== undefined) {
        usage.negotiation.receiveAnswer(sdp);
        usage.emit({ kind: 'remoteAnswer', sdp });
      }
    }
    usage.owner.onPrackAnswered(now);
  }

  /** RFC 6086: we know no info package (469); without one it is a message between applications. */
  #infoRequest(transaction: ServerTransaction, request: SipRequest, now: number): void {
    const usage = this.#usage;
    if (request.headers.has('Info-Package')) {
      const response = usage.response(request, 469);
      response.headers.set('Recv-Info', '');
      usage.core.respond(transaction, response, now);
      return;
    }
    this.#reply(transaction, request, 200, now);
    const { contentType, text: body } = request;
    usage.emit({
      kind: 'message',
      method: 'INFO',
      body,
      ...(contentType === undefined ? {} : { contentType }),
    });
  }

  #offer(open: OpenRequest, sdp: string): void {
    const usage = this.#usage;
    this.#open = open;
    usage.negotiation.receiveOffer(sdp);
    usage.emit({ kind: 'offer', sdp, by: open.by, dialogId: usage.dialog.id });
  }

  /** 2xx to a request that may refresh target and session. */
  #accept(open: OpenRequest, sdp: string | undefined, now: number): void {
    const usage = this.#usage;
    const { transaction, request, by, interval } = open;
    const response = usage.response(request, 200);
    if (sdp !== undefined) response.setBody('application/sdp', sdp);
    if (by !== 'PRACK') {
      writeIntervalAnswer(response, interval);
      usage.dialog.refreshTarget(request);
      usage.useInterval(interval.interval, now);
    }
    if (transaction instanceof InviteServerTransaction) this.#acceptInvite(transaction, response, now);
    else usage.core.respond(transaction, response, now);
  }

  #acceptInvite(transaction: InviteServerTransaction, response: SipResponse, now: number): void {
    const usage = this.#usage;
    const onTimeout = (at: number) => {
      this.#accepted = undefined;
      // 14.2: no ACK in 64*T1, the dialog is to be ended with BYE.
      usage.owner.onLost(usage, at);
    };
    this.#accepted = new AcceptedReply(usage.core, transaction, response, onTimeout, now);
  }

  /**
   * A new INVITE of the peer proves that our 2xx to the one before arrived, and that only its ACK is missing: no
   * reason to refuse (RFC 5407 3.1.4), unless that ACK would have carried an answer.
   */
  #assumeAcknowledged(now: number): void {
    const { negotiation, owner } = this.#usage;
    if (negotiation.state === 'offering') return;
    this.#accepted?.stop();
    this.#accepted = undefined;
    owner.onInviteAcknowledged(undefined, now);
  }

  #cancelled(now: number): void {
    // 9.2: the user agent answers the INVITE with 487.
    this.refuse(487, now);
    this.#usage.emit({ kind: 'offerWithdrawn' });
  }

  #intervalFor(transaction: ServerTransaction, request: SipRequest, now: number): IntervalAnswer | undefined {
    const { core, interval } = this.#usage;
    const answer = answerInterval(request, core.settings.sessionTimer, { current: interval });
    if (!('tooSmall' in answer)) return answer;
    core.respond(transaction, answer.tooSmall, now);
    return undefined;
  }

  /** 14.2, RFC 3311 5.2: 500 with a Retry-After between 0 and 10 s. */
  #replyOverlap(transaction: ServerTransaction, request: SipRequest, now: number): void {
    const { core } = this.#usage;
    const response = this.#usage.response(request, 500);
    response.headers.set('Retry-After', String(core.integer(11)));
    core.respond(transaction, response, now);
  }

  #reply(transaction: ServerTransaction, request: SipRequest, status: number, now: number): void {
    this.#usage.core.respond(transaction, this.#usage.response(request, status), now);
  }
}
