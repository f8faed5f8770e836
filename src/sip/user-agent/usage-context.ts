import type { Dialog } from '../dialog.ts';
import type { DigestClient } from '../digest.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Reason } from '../message/reason.ts';
import type { SessionInterval } from '../session-timer.ts';
import type { AgentCore } from './agent-core.ts';
import type { Negotiation } from './negotiation.ts';
import type { SessionEvent } from './session-event.ts';

/** `leaving`: our BYE is under way. */
export type UsagePhase = 'early' | 'confirmed' | 'leaving' | 'over';

/** What one INVITE usage offers to its parts: those that answer the peer's requests and those that make ours. */
export interface UsageContext {
  readonly core: AgentCore;
  readonly dialog: Dialog;
  /** Our role in the INVITE that made the dialog. */
  readonly role: 'uac' | 'uas';
  readonly credentials: DigestClient;
  readonly negotiation: Negotiation;
  readonly owner: UsageOwner;
  readonly contact: string;
  readonly phase: UsagePhase;
  /** The session timer that runs. */
  readonly interval: SessionInterval | undefined;
  readonly peerAllowsUpdate: boolean;
  /** A re-INVITE of ours is under way. */
  readonly isInviting: boolean;
  /** A request of the peer waits for our answer or our 2xx for its ACK. */
  readonly hasOpenRequest: boolean;
  emit(event: SessionEvent): void;
  response(request: SipRequest, status: number): SipResponse;
  useInterval(interval: SessionInterval | undefined, now: number): void;
  refreshFailed(now: number): void;
  updateRefused(): void;
  learnFrom(message: SipRequest | SipResponse): void;
  hangUp(headers: readonly (readonly [string, string])[], now: number): void;
  close(now: number): void;
}

/** The session a usage belongs to. */
export interface UsageOwner {
  /** The ACK of the INVITE that made the dialog was sent, or has arrived. */
  readonly isAcknowledged: boolean;
  onEvent(event: SessionEvent): void;
  /** The peer hung up; the BYE is answered and the usage closed. */
  onBye(usage: UsageContext, reasons: readonly Reason[], now: number): void;
  /** The peer does not know the dialog or does not answer in it (12.2.1.2), or sent no ACK. */
  onLost(usage: UsageContext, now: number): void;
  /** Nobody refreshed the session in time (RFC 4028 10). */
  onSessionExpired(usage: UsageContext, now: number): void;
  /** An ACK that may be for the INVITE that made the dialog; undefined: a request that proves it was sent. */
  onInviteAcknowledged(ack: SipRequest | undefined, now: number): void;
  /** RFC 3262: whether the PRACK acknowledges a provisional response of ours. */
  onPrack(prack: SipRequest): boolean;
  /** The PRACK has its response, or its offer is open: what waited for it can go on. */
  onPrackAnswered(now: number): void;
}
