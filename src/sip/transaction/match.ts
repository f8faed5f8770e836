import { bracketed } from '../message/host-port.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Via } from '../message/via.ts';

/** Branches that begin so are unique (RFC 3261 8.1.1.7); others come from RFC 2543 elements. */
export const magicCookie = 'z9hG4bK';

/** Key of the client transaction that a response belongs to: branch and CSeq method (RFC 3261 17.1.3). */
export function clientKey(branch: string, method: string): string {
  return `${branch.toLowerCase()} ${method}`;
}

export function clientKeyOf(response: SipResponse): string {
  return clientKey(response.via.branch ?? '', response.cseq.method);
}

/** What a request is recognised by. To be taken before `received` and `rport` are written into it. */
export interface RequestKeys {
  /** Its server transaction; an ACK has the key of its INVITE. */
  readonly transaction: string;
  /** The INVITE transaction that it cancels, if it is a CANCEL. */
  readonly cancelled: string | undefined;
  /** See {@link mergeKeyOf}. */
  readonly merge: string | undefined;
}

export function keysOf(request: SipRequest): RequestKeys {
  return {
    transaction: serverKeyOf(request),
    cancelled: request.method === 'CANCEL' ? serverKeyOf(request, 'INVITE') : undefined,
    merge: mergeKeyOf(request),
  };
}

/**
 * Key of the server transaction that a request belongs to (RFC 3261 17.2.3). An ACK has the key of its INVITE.
 *
 * @param method ACK, or the method to look for: INVITE when a CANCEL looks for what it cancels
 */
export function serverKeyOf(request: SipRequest, method: string = request.method): string {
  const { via } = request;
  const subject = method === 'ACK' ? 'INVITE' : method;
  const { branch } = via;
  if (branch !== undefined && hasMagicCookie(branch)) {
    return `${branch.toLowerCase()} ${sentByOf(via)} ${subject}`;
  }
  return rfc2543Key(request, subject);
}

/**
 * The fall-back for elements of RFC 2543, whose branch says nothing: Request-URI, From tag, Call-ID, CSeq number
 * and the whole topmost Via. The To tag is left out for INVITE, since that of its ACK is the response's.
 */
function rfc2543Key(request: SipRequest, subject: string): string {
  const { uri, from, to, callId, cseq, via } = request;
  const toTag = subject === 'INVITE' ? '' : (to.tag ?? '');
  return ['2543', subject, uri, from.tag ?? '', toTag, callId, cseq.sequence, via.toString()].join('\n');
}

/**
 * What a request that reached us twice by different paths has in common with its twin (RFC 3261 8.2.2.2), or
 * undefined where merging cannot be: inside a dialog, and for ACK and CANCEL, which follow their INVITE.
 */
export function mergeKeyOf(request: SipRequest): string | undefined {
  const { method } = request;
  if (method === 'ACK' || method === 'CANCEL' || request.to.tag !== undefined) return undefined;
  return `${request.from.tag ?? ''} ${request.callId} ${request.cseq.sequence} ${method}`;
}

/** The sent-by of a Via in a form that can be compared: lower case, with the port made explicit. */
export function sentByOf(via: Via): string {
  return `${bracketed(via.host).toLowerCase()}:${via.port ?? 5060}`;
}

/** The same form for a configured `host` or `host:port`. */
export function comparableSentBy(sentBy: string): string {
  return /:\d+$/.test(sentBy) ? sentBy.toLowerCase() : `${sentBy.toLowerCase()}:5060`;
}

/** The bare cookie is no identifier (RFC 4475 3.1.2.10 badbranch). */
function hasMagicCookie(branch: string): boolean {
  const start = branch.slice(0, magicCookie.length);
  return branch.length > start.length && start.toLowerCase() === magicCookie.toLowerCase();
}
