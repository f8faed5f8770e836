import type { Flow } from '../flow.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import type { InviteClientTransaction } from './invite-client-transaction.ts';
import type { InviteServerTransaction } from './invite-server-transaction.ts';
import type { NonInviteClientTransaction } from './non-invite-client-transaction.ts';
import type { NonInviteServerTransaction } from './non-invite-server-transaction.ts';

export type ClientTransaction = InviteClientTransaction | NonInviteClientTransaction;
export type ServerTransaction = InviteServerTransaction | NonInviteServerTransaction;

/** What the transaction layer wants done, or tells its user (RFC 3261's "TU"). */
export type TransactionOutput =
  | { readonly kind: 'send'; readonly message: SipMessage; readonly to: Flow }
  /** A new request. ACK and CANCEL never come this way. */
  | {
      readonly kind: 'request';
      readonly transaction: ServerTransaction;
      readonly request: SipRequest;
      readonly flow: Flow;
    }
  /** An ACK for a 2xx: it belongs to no transaction, or to one that was accepted (RFC 6026 7.1). */
  | { readonly kind: 'ack'; readonly request: SipRequest; readonly flow: Flow }
  /** A CANCEL was answered with 200 and its INVITE has no final response yet: the user answers it with 487. */
  | { readonly kind: 'cancelled'; readonly transaction: InviteServerTransaction; readonly cancel: SipRequest }
  | { readonly kind: 'response'; readonly transaction: ClientTransaction; readonly response: SipResponse }
  /** A response that belongs to no transaction, such as a 2xx repeated after timer M. */
  | { readonly kind: 'strayResponse'; readonly response: SipResponse; readonly flow: Flow }
  /**
   * A client transaction ended without a final response; a server transaction got no ACK (`timeout`) or could
   * not send a response (`transport`).
   */
  | {
      readonly kind: 'failed';
      readonly transaction: ClientTransaction | ServerTransaction;
      readonly why: TransactionFailure;
    };

export type TransactionFailure = 'timeout' | 'transport';
