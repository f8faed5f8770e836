import type { Reason } from '../message/reason.ts';
import type { SessionTrace } from './options.ts';

/** Which request of the peer carried an offer. */
export type OfferCarrier = 'INVITE' | 'UPDATE' | 'PRACK';

/**
 * What happens to an {@link InviteSession}. An outgoing session yields any number of `provisional`, then either
 * `failed` or `answered`; an incoming one yields `answered` when the ACK arrives, or `failed`. `failed` is the
 * last event of its session. After `answered`, `ended` comes exactly once and last.
 */
export type SessionEvent =
  /** Only of a stepwise session: an INVITE is ready, the first or one more after a refusal; it leaves with `proceed`. */
  | { readonly kind: 'inviting'; readonly trace: SessionTrace }
  /**
   * 101-199 to our INVITE. A reliable one was PRACKed, in order (RFC 3262). `dialogId` tells the branches of a
   * fork apart. `sdp` answers our offer, or foretells the answer when the response is unreliable; a description that
   * comes when the offer is answered in this dialog is left out. `reasons` are those of a `Reason` header: some carriers announce a failure this way (RFC 3398).
   */
  | {
      readonly kind: 'provisional';
      readonly status: number;
      readonly reasons: readonly Reason[];
      readonly sdp?: string;
      readonly dialogId: string;
    }
  /**
   * Outgoing: the first 2xx, acknowledged already, or in a stepwise session by `proceed`, with its `trace`; `sdp` is the answer to our offer where it was still open in this
   * dialog, and absent where a reliable provisional response had answered it, or the peer never sent an answer.
   * Incoming: the ACK arrived; `sdp` is what it carried.
   */
  | {
      readonly kind: 'answered';
      readonly sdp?: string;
      readonly dialogId: string;
      readonly trace?: SessionTrace;
    }
  /**
   * Not established, and final. Digest challenges, redirections and too small intervals were dealt with before.
   * - `remote`: the peer's final response, or for an incoming session its CANCEL (487).
   * - `local`: we hung up or rejected; `status` is 487 for an outgoing session, ours for an incoming one.
   * - `timeout`: no response in time (408), or no ACK for our 2xx.
   * - `transport`: the request could not be sent (503, RFC 3261 8.1.3.1).
   */
  | {
      readonly kind: 'failed';
      readonly status: number;
      readonly reasons: readonly Reason[];
      readonly origin: 'remote' | 'local' | 'timeout' | 'transport';
      /** Seconds, from Retry-After. */
      readonly retryAfter?: number;
    }
  /** The peer offers: reply with `answerOffer` or `refuseOffer`, at once or later. */
  | { readonly kind: 'offer'; readonly sdp: string; readonly by: OfferCarrier; readonly dialogId: string }
  /** The peer wants an offer (re-INVITE without SDP): reply with `answerOffer(ourOffer)`. */
  | { readonly kind: 'offerWanted'; readonly dialogId: string }
  /**
   * The answer to an offer of ours that was not in the initial INVITE. With `refresh`, a session refresh repeated
   * our description and the peer answered it with another than before.
   */
  | { readonly kind: 'remoteAnswer'; readonly sdp: string; readonly refresh?: true }
  /** The peer took back an `offer` or `offerWanted` before we replied (CANCEL of a re-INVITE). */
  | { readonly kind: 'offerWithdrawn' }
  /**
   * Our re-INVITE or UPDATE changed nothing: the last agreed descriptions hold. 491 is retried inside (RFC 3261
   * 14.1); it comes up when the peer has offered meanwhile, so that what we wanted to offer is out of date.
   */
  | { readonly kind: 'renegotiationFailed'; readonly status: number }
  /** An INFO request, answered with 200. */
  | {
      readonly kind: 'message';
      readonly method: 'INFO';
      readonly contentType?: string;
      readonly body: string;
    }
  /**
   * - `remote`: BYE from the peer.
   * - `local`: `hangUp`.
   * - `session-timer`: nothing refreshed the session in time (RFC 4028); a BYE was sent.
   * - `dialog`: the peer does not know the dialog any more, or is silent (408, 481, no ACK).
   */
  | {
      readonly kind: 'ended';
      readonly by: 'remote' | 'local' | 'session-timer' | 'dialog';
      readonly reasons: readonly Reason[];
    };
