/** A session description or an answer to it that cannot be used; a UAS replies 488 (RFC 3261 21.4.26). */
export class SdpError extends Error {}

/**
 * Text that is not a session description (RFC 8866). The message names the line and its type letter and never
 * quotes it: an `o=` line may hold a telephone number.
 */
export class SdpParseError extends SdpError {
  override readonly name = 'SdpParseError';
  /** Counted from 1; 0 when the text as a whole is refused. */
  readonly line: number;

  constructor(line: number, what: string) {
    super(line === 0 ? what : `line ${line}: ${what}`);
    this.line = line;
  }
}

/** Why an offer or answer (RFC 3264) could not be agreed on. */
export type NegotiationFailure =
  /** No audio stream over plain RTP/AVP with a usable address, or the answer rejected ours (port 0). */
  | 'no-audio'
  /** An audio stream, but neither PCMA nor PCMU at 8000 Hz that we were told to use. */
  | 'no-common-codec'
  /** The number or the kinds of the m= lines do not match what was agreed or offered before (RFC 3264 6, 8). */
  | 'media-lines-changed'
  /** Our own offer is still unanswered (RFC 3264 4: one offer at a time). */
  | 'offer-pending'
  /** An answer, but nothing was offered. */
  | 'no-offer';

/** Well-formed SDP that cannot be agreed on. */
export class SdpNegotiationError extends SdpError {
  override readonly name = 'SdpNegotiationError';
  readonly reason: NegotiationFailure;

  constructor(reason: NegotiationFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}
