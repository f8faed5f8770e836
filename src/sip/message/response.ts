import { Headers } from './headers.ts';
import { type SipRequest, SipResponse } from './message.ts';
import { SipParseError } from './sip-parse-error.ts';

export interface ResponseOptions {
  /** Reason phrase; the registered one when not given. */
  readonly reason?: string;
  /** Added to To when the request's To has no tag. Every response but a 100 needs one (RFC 3261 section 8.2.6.2). */
  readonly toTag?: string;
}

/**
 * The response to a request: Via, From, To, Call-ID and CSeq are copied as written, and Timestamp into a 100
 * (RFC 3261 section 8.2.6). Also answers `SipParseError.partial`, whose To may be unreadable and then stays as it is.
 */
export function responseTo(request: SipRequest, status: number, options: ResponseOptions = {}): SipResponse {
  const headers = new Headers();
  for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq']) {
    for (const [written, value] of request.headers.linesOf(name)) headers.append(written, value);
  }
  if (status === 100) {
    const timestamp = request.headers.get('Timestamp');
    if (timestamp !== undefined) headers.append('Timestamp', timestamp);
  }
  if (options.toTag !== undefined && needsToTag(request)) {
    // As text, so that the rest of To stays byte for byte what the client sent.
    headers.set('To', `${headers.get('To')};tag=${options.toTag}`);
  }
  return new SipResponse(status, options.reason, headers);
}

/** Whether To is readable and has no tag yet. */
function needsToTag(request: SipRequest): boolean {
  try {
    return request.to.tag === undefined;
  } catch (error) {
    if (error instanceof SipParseError) return false;
    throw error;
  }
}
