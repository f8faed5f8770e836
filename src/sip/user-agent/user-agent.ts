import { dialogId } from '../dialog.ts';
import type { Flow } from '../flow.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { responseTo } from '../message/response.ts';
import type { SipParseError } from '../message/sip-parse-error.ts';
import { InviteServerTransaction } from '../transaction/invite-server-transaction.ts';
import { noteSource, responseDestination } from '../transaction/response-destination.ts';
import type { ServerTransaction, TransactionOutput } from '../transaction/transaction-layer.ts';
import { AgentCore } from './agent-core.ts';
import { IncomingSession, type Invitation } from './incoming-session.ts';
import type { InviteSession } from './invite-session.ts';
import { LostSession, type LostSessionOptions } from './lost-session.ts';
import type { InviteOrder, UserAgentOptions } from './options.ts';
import { OutgoingSession } from './outgoing-session.ts';
import { PeerWatch, type PeerWatchOptions } from './peer-watch.ts';
import { dropUnreadable, unreadable } from './readable.ts';
import { Registration, type RegistrationOptions } from './registration.ts';
import { refusalOf, refuseAnswer } from './request-check.ts';
import type { SessionEvent } from './session-event.ts';
import { answerInterval } from './session-interval.ts';
import { answerOutsideDialog, answerStranger, isKnownMethod } from './stranger-requests.ts';

export type { InviteOrder, UserAgentOptions } from './options.ts';

export type UserAgentOutput =
  | { readonly kind: 'send'; readonly message: SipMessage; readonly to: Flow }
  | { readonly kind: 'event'; readonly session: InviteSession; readonly event: SessionEvent }
  /** Somebody calls; 100 Trying goes out by itself, all else is the owner's to say. */
  | { readonly kind: 'incoming'; readonly session: IncomingSession };

/**
 * A SIP user agent (RFC 3261 8, 12-15), sans-IO: messages and the time go in, `poll` gives what to send and what
 * happened, `deadline` says when to call `wake`. Poll after every call, of the agent's methods and of its sessions',
 * until nothing comes; then read `deadline`.
 */
export class UserAgent {
  readonly #core: AgentCore;
  readonly #inbound: UserAgentOptions['inbound'];
  /** 8.2.7: a stateless server gives the same request the same To tag. */
  readonly #statelessTag: string;
  readonly #counters: Record<string, number> = {};
  #outputs: UserAgentOutput[] = [];
  #nextOutput = 0;
  #now = 0;

  constructor(options: UserAgentOptions) {
    this.#core = new AgentCore(options);
    this.#inbound = options.inbound;
    this.#statelessTag = this.#core.newToken();
  }

  /** When `wake` wants to be called (ms, on the clock of `now`); Infinity: never. */
  get deadline(): number {
    return Math.min(this.#core.layer.deadline, this.#core.timers.deadline);
  }

  /**
   * How often what came in led nowhere, by reason: `malformed`, `stray` (a response nobody waits for),
   * `refused METHOD`, `unknownDialog`, and those of the transaction layer.
   */
  get counters(): Readonly<Record<string, number>> {
    const merged: Record<string, number> = { ...this.#core.layer.counters };
    for (const [reason, count] of Object.entries(this.#counters))
      merged[reason] = (merged[reason] ?? 0) + count;
    return merged;
  }

  /** What is kept at the moment; all zero when nothing goes on and the last repetitions have been waited for. */
  get load(): Readonly<Record<'dialogs' | 'requests' | 'invitations' | 'timers' | 'transactions', number>> {
    const { client, server } = this.#core.layer.size;
    return { ...this.#core.size, transactions: client + server };
  }

  /** Messages that timers had sent once more, since the start. */
  get repeated(): number {
    return this.#core.layer.repeated;
  }

  /** Requests that were sent and have no final response yet: over UDP they are still being repeated. */
  get unanswered(): number {
    return this.#core.layer.unanswered;
  }

  /**
   * Dials.
   *
   * @throws SipParseError when an address of the order is malformed, RangeError when a header field of it is
   */
  invite(order: InviteOrder, now: number): OutgoingSession {
    this.#now = now;
    const session: OutgoingSession = new OutgoingSession(this.#core, order, (event) =>
      this.#push({ kind: 'event', session, event }),
    );
    session.start(now);
    return session;
  }

  /** Whether a request bears the identifiers of a dialog that there is (12.2.2). */
  isWithinDialog(request: SipRequest): boolean {
    return request.to.tag !== undefined && this.#core.dialog(dialogIdOf(request)) !== undefined;
  }

  /** Ends what a process of ours began from this address and left behind; `onOver` hears when that is done. */
  release(options: LostSessionOptions, now: number): void {
    this.#now = now;
    new LostSession(this.#core, options).end(now);
  }

  /** Asks a peer whether it is there, now and again until it is stopped. */
  watch(options: PeerWatchOptions, now: number): PeerWatch {
    this.#now = now;
    const watch = new PeerWatch(this.#core, options);
    watch.start(now);
    return watch;
  }

  /** Registers, and stays registered until it is stopped. */
  register(options: RegistrationOptions, now: number): Registration {
    this.#now = now;
    const registration = new Registration(this.#core, options);
    registration.start(now);
    return registration;
  }

  /** A message came in. */
  receive(message: SipMessage, flow: Flow, now: number): void {
    this.#now = now;
    if (message.kind === 'response') this.#count('malformed', dropUnreadable(message));
    else if (this.#refuseAtDoor(message, flow, now)) return;
    this.#core.layer.receive(message, flow, now);
    this.#drain(now);
  }

  /** A message came in that could not be parsed: 400 and its like, if it is a request and says where to. */
  refuse(error: SipParseError, flow: Flow, now: number): void {
    this.#now = now;
    this.#count('malformed');
    const { partial, status } = error;
    if (partial === undefined) return;
    this.#respondStatelessly(partial, flow, (toTag) => responseTo(partial, status, { toTag }));
  }

  /** What was sent on a flow could not be delivered. */
  transportFailed(flow: Flow, now: number): void {
    this.#now = now;
    this.#core.layer.transportFailed(flow, now);
    this.#drain(now);
  }

  /** Lets everything happen that is due. */
  wake(now: number): void {
    this.#now = now;
    this.#core.layer.wake(now);
    this.#drain(now);
    this.#core.timers.wake(now);
    this.#drain(now);
  }

  /** The next thing to do, in the order in which it came up; undefined when there is nothing. */
  poll(): UserAgentOutput | undefined {
    this.#drain(this.#now);
    const output = this.#outputs[this.#nextOutput];
    if (output === undefined) {
      this.#outputs = [];
      this.#nextOutput = 0;
    } else {
      this.#nextOutput += 1;
    }
    return output;
  }

  /** Passes on what the transaction layer has to say, and what comes of it. */
  #drain(now: number): void {
    const { layer } = this.#core;
    for (let output = layer.poll(); output !== undefined; output = layer.poll()) this.#dispatch(output, now);
  }

  #dispatch(output: TransactionOutput, now: number): void {
    switch (output.kind) {
      case 'send':
        this.#push(output);
        break;
      case 'request':
        this.#receiveRequest(output.transaction, output.request, output.flow, now);
        break;
      case 'ack':
        // One without a dialog belongs to an INVITE refused at the door, or to a session long over.
        this.#core.dialog(dialogIdOf(output.request))?.onAck(output.request, now);
        break;
      case 'cancelled':
        this.#core.cancelled(output.transaction, output.cancel, now);
        break;
      case 'response':
        this.#core.responseArrived(output.transaction, output.response, now);
        break;
      case 'strayResponse':
        this.#count('stray');
        break;
      case 'failed':
        if (output.transaction.role === 'client') {
          this.#core.transactionFailed(output.transaction, output.why, now);
        } else {
          // 17.2.4: a refusal without ACK, or one that could not be sent: whoever it was for is gone.
          this.#count('unacknowledged');
        }
    }
  }

  /** Refuses without a transaction what needs none (8.2.7); true when the request has been dealt with. */
  #refuseAtDoor(request: SipRequest, flow: Flow, now: number): boolean {
    const { method } = request;
    const error = unreadable(request);
    if (error !== undefined) {
      if (method !== 'ACK') error.partial = request;
      this.refuse(error, flow, now);
      return true;
    }
    if (method === 'ACK' || method === 'CANCEL') return false;
    if (request.to.tag !== undefined) return method === 'INVITE' && this.#refuseLostInvite(request, flow);
    if (this.#inbound === 'accept') return false;
    this.#respondStatelessly(request, flow, (toTag) => {
      const response = answerStranger(request, toTag);
      if (response.status >= 300) this.#countRefusal(request);
      return response;
    });
    return true;
  }

  /** 12.2.2: a re-INVITE without dialog is not worth a transaction that repeats its refusal for half a minute. */
  #refuseLostInvite(request: SipRequest, flow: Flow): boolean {
    if (this.#core.dialog(dialogIdOf(request)) !== undefined) return false;
    this.#count('unknownDialog');
    this.#respondStatelessly(request, flow, () => responseTo(request, 481));
    return true;
  }

  #receiveRequest(transaction: ServerTransaction, request: SipRequest, flow: Flow, now: number): void {
    if (request.to.tag !== undefined) {
      this.#receiveWithinDialog(transaction, request, now);
    } else if (transaction instanceof InviteServerTransaction) {
      this.#receiveInvite(transaction, request, flow, now);
    } else {
      const response = answerOutsideDialog(request, this.#core.newToken());
      if (response.status >= 300) this.#countRefusal(request);
      this.#core.respond(transaction, response, now);
    }
  }

  #receiveWithinDialog(transaction: ServerTransaction, request: SipRequest, now: number): void {
    const dialog = this.#core.dialog(dialogIdOf(request));
    if (dialog !== undefined) {
      dialog.onRequest(transaction, request, now);
      return;
    }
    // 12.2.2: we may have restarted, or the peer is late.
    this.#count('unknownDialog');
    this.#core.respond(transaction, responseTo(request, 481), now);
  }

  #receiveInvite(transaction: InviteServerTransaction, request: SipRequest, flow: Flow, now: number): void {
    const admitted = this.#admit(transaction, request, flow);
    if ('status' in admitted) {
      this.#countRefusal(request);
      this.#core.respond(transaction, admitted, now);
      return;
    }
    const session: IncomingSession = new IncomingSession(
      this.#core,
      admitted,
      (event) => this.#push({ kind: 'event', session, event }),
      now,
    );
    this.#push({ kind: 'incoming', session });
  }

  /** What 8.2 and 13.3 have a server check before it rings: the refusal, or the invitation. */
  #admit(transaction: InviteServerTransaction, request: SipRequest, flow: Flow): SipResponse | Invitation {
    const { toTag } = transaction;
    const refusal = refusalOf(request, toTag) ?? refuseAnswer(request, toTag);
    if (refusal !== undefined) return refusal;
    // 12.1.1: without Contact there is nowhere to send requests to.
    if (request.contact === undefined) return responseTo(request, 400, { toTag, reason: 'Missing Contact' });
    const interval = answerInterval(request, this.#core.settings.sessionTimer, { toTag });
    return 'tooSmall' in interval ? interval.tooSmall : { transaction, request, flow, interval };
  }

  /** 8.2.7, with the destination of 18.2.2 and RFC 3581. */
  #respondStatelessly(request: SipRequest, flow: Flow, answer: (toTag: string) => SipResponse): void {
    const to = responseDestination(request.via, flow);
    noteSource(request, flow);
    const response = answer(this.#statelessTag);
    response.headers.set('Server', this.#core.settings.product);
    this.#push({ kind: 'send', message: response, to });
  }

  #countRefusal(request: SipRequest): void {
    this.#count(`refused ${isKnownMethod(request.method) ? request.method : 'other'}`);
  }

  #count(reason: string, by = 1): void {
    if (by > 0) this.#counters[reason] = (this.#counters[reason] ?? 0) + by;
  }

  #push(output: UserAgentOutput): void {
    this.#outputs.push(output);
  }
}

function dialogIdOf(request: SipRequest): string {
  return dialogId(request.callId, request.to.tag ?? '', request.from.tag ?? '');
}
