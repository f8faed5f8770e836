import type { SipRequest } from './message.ts';

/** What is wrong with a message, as a word that counters and tests can rely on. */
export type ParseFailure =
  /** No bytes beside line breaks. */
  | 'empty'
  /** The message exceeds `ParseLimits.messageSize`. */
  | 'message-too-large'
  /** A line exceeds `ParseLimits.lineLength`. */
  | 'line-too-long'
  /** More header lines than `ParseLimits.headerCount`. */
  | 'too-many-headers'
  /** A header line exceeds `ParseLimits.listElements`, or the Via headers `viaCount`. */
  | 'too-many-elements'
  /** CR without LF or LF without CR. */
  | 'line-break'
  /** The empty line after the headers is missing. */
  | 'header-end'
  /** Neither a request line nor a status line (RFC 3261 sections 7.1, 7.2). */
  | 'start-line'
  /** A SIP version other than 2.0. */
  | 'version'
  /** A status code outside 100-699. */
  | 'status-code'
  /** A header line without a colon or with a name that is no token. */
  | 'header-line'
  /** One of Via, From, To, Call-ID, CSeq is not there. */
  | 'missing-header'
  /** A header that may stand only once stands twice. */
  | 'repeated-header'
  /** A header's value does not follow its grammar. */
  | 'header-value'
  /** The method in CSeq is not that of the request line (RFC 3261 section 8.1.1.5). */
  | 'method-mismatch'
  /** Content-Length is no number, missing on a stream, or more than the datagram holds (RFC 3261 section 18.3). */
  | 'content-length'
  /** A URI does not follow its grammar. */
  | 'uri';

export interface SipParseErrorOptions {
  /** The header whose value is at fault. */
  readonly header?: string;
  /** The response status that tells the sender: 400 unless said otherwise. */
  readonly status?: number;
}

/** The only error the message layer throws about what it reads. */
export class SipParseError extends Error {
  readonly reason: ParseFailure;
  readonly header: string | undefined;
  /** Status of the response that fits: 400, 505 for an unknown version, 513 for a message too large. */
  readonly status: number;
  /**
   * Set by `parseMessage` when the unreadable message was a request other than ACK and its Via, From, To, Call-ID and
   * CSeq are there with a readable topmost Via: enough for `responseTo(partial, status)`. Nothing else in it has been
   * checked, and its URI may be empty.
   */
  partial: SipRequest | undefined;

  constructor(reason: ParseFailure, message: string, options: SipParseErrorOptions = {}) {
    super(options.header === undefined ? message : `${options.header}: ${message}`);
    this.name = 'SipParseError';
    this.reason = reason;
    this.header = options.header;
    this.status = options.status ?? 400;
  }

  /** The same failure, naming the header in which it was found. */
  inHeader(header: string): SipParseError {
    return this.header === undefined
      ? new SipParseError(this.reason, this.message, { header, status: this.status })
      : this;
  }
}

/** Runs `read`; a SipParseError out of it then names the header. */
export function readingHeader<T>(header: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof SipParseError ? error.inHeader(header) : error;
  }
}
