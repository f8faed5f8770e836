import type { SipRequest } from '../message/message.ts';
import type { Reason } from '../message/reason.ts';
import type { AgentCore } from './agent-core.ts';
import type { InviteUsage } from './invite-usage.ts';
import type { ReleaseReason } from './options.ts';
import { reasonHeaders } from './reason-headers.ts';
import type { SessionEvent } from './session-event.ts';
import type { UsageContext, UsageOwner } from './usage-context.ts';

export type SessionState =
  /** Outgoing: nothing heard yet. */
  | 'calling'
  /** Outgoing: a provisional response came. Incoming: not answered yet. */
  | 'proceeding'
  /** Outgoing: hung up, the final response is still to come. */
  | 'cancelling'
  /** Incoming: answered, the ACK is still to come. */
  | 'accepted'
  | 'confirmed'
  | 'ended';

export type SessionListener = (event: SessionEvent) => void;

/**
 * One INVITE and what comes of it, in either role. Every method takes the time (ms); repeating one, or calling it
 * when there is nothing for it to do, is harmless. What happens is told by {@link SessionEvent}s.
 */
export abstract class InviteSession implements UsageOwner {
  abstract readonly role: 'uac' | 'uas';
  abstract readonly callId: string;
  /** From and To of our requests, name-addrs; the remote one has no tag before a dialog is there. */
  abstract readonly localParty: string;
  abstract readonly remoteParty: string;
  protected readonly core: AgentCore;
  readonly #listener: SessionListener;
  #state: SessionState;

  constructor(core: AgentCore, state: SessionState, listener: SessionListener) {
    this.core = core;
    this.#state = state;
    this.#listener = listener;
  }

  get state(): SessionState {
    return this.#state;
  }

  get isAcknowledged(): boolean {
    return this.#state === 'confirmed';
  }

  /** Ends the session the way its state asks for: CANCEL, a refusal, or BYE. */
  abstract hangUp(now: number, reason?: ReleaseReason): void;

  /** The dialogs that live: one after the answer, any number before. */
  protected abstract readonly usages: Iterable<InviteUsage>;

  /** Offers a description by re-INVITE: `remoteAnswer` or `renegotiationFailed` follows. */
  reinvite(sdp: string, now: number): void {
    this.#offer('INVITE', sdp, now);
  }

  /** Offers a description by UPDATE (RFC 3311), which may be done before the answer too. */
  update(sdp: string, now: number): void {
    this.#offer('UPDATE', sdp, now);
  }

  /** Sends an INFO request (RFC 6086 legacy use); whether the peer takes it is not told. */
  sendInfo(contentType: string, body: string, now: number): void {
    const usage = this.#latestUsage();
    usage?.send({ method: 'INFO', contentType, body }, now, ({ status }, at) => {
      // 12.2.1.2; an early dialog ends with its INVITE.
      if (this.#state === 'confirmed' && (status === 408 || status === 481)) this.onLost(usage, at);
    });
  }

  /** Our description in reply to `offer` or `offerWanted`. */
  answerOffer(sdp: string, now: number): void {
    this.#usageWithOffer()?.incoming.answer(sdp, now);
  }

  /** Refuses an `offer` or `offerWanted`, with 488 where no description fits. */
  refuseOffer(status: number, now: number): void {
    this.#usageWithOffer()?.incoming.refuse(status, now);
  }

  onEvent(event: SessionEvent): void {
    if (this.#state !== 'ended') this.#listener(event);
  }

  onBye(usage: UsageContext, reasons: readonly Reason[], now: number): void {
    usage.close(now);
    this.end({ kind: 'ended', by: 'remote', reasons });
  }

  onLost(usage: UsageContext, now: number): void {
    this.release(usage, 'dialog', now);
  }

  onSessionExpired(usage: UsageContext, now: number): void {
    this.release(usage, 'session-timer', now);
  }

  abstract onInviteAcknowledged(ack: SipRequest | undefined, now: number): void;
  abstract onPrack(prack: SipRequest): boolean;
  abstract onPrackAnswered(now: number): void;

  protected set state(state: SessionState) {
    this.#state = state;
  }

  /** The last event; nothing is told after it. */
  protected end(event: SessionEvent): void {
    this.onEvent(event);
    this.#state = 'ended';
  }

  /** BYE with its reasons: the session is over here at once. */
  protected sayBye(usage: InviteUsage, reason: ReleaseReason, now: number): void {
    usage.hangUp(reasonHeaders(reason), now);
    this.end({ kind: 'ended', by: 'local', reasons: [] });
  }

  /** The peer seems to be gone: BYE, in case it is not (RFC 3261 12.2.1.2, RFC 4028 10). */
  protected release(usage: UsageContext, by: 'dialog' | 'session-timer', now: number): void {
    usage.hangUp(reasonHeaders({ sipStatus: 408 }), now);
    this.end({ kind: 'ended', by, reasons: [] });
  }

  #offer(method: 'INVITE' | 'UPDATE', sdp: string, now: number): void {
    this.#latestUsage()?.renegotiation.offer(method, sdp, now);
  }

  #latestUsage(): InviteUsage | undefined {
    return [...this.usages].findLast(({ phase }) => phase === 'early' || phase === 'confirmed');
  }

  #usageWithOffer(): InviteUsage | undefined {
    return [...this.usages].find(({ incoming }) => incoming.isOfferOpen);
  }
}
