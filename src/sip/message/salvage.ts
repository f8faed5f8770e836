import { kindOf } from './header-names.ts';
import { Headers } from './headers.ts';
import { SipRequest } from './message.ts';
import { SipParseError } from './sip-parse-error.ts';

/** What a response copies from its request (RFC 3261 section 8.2.6.2). */
const copied = new Set(['via', 'from', 'to', 'call-id', 'cseq']);

/**
 * What can be saved of a request that could not be read, so that it can be answered without state. `head`: the text up
 * to the end of the headers. Undefined when it is a response, an ACK (never answered), or when one of the headers that
 * the response copies is missing or the sender in the topmost Via, which says where to answer, cannot be read.
 */
export function salvageRequest(head: string): SipRequest | undefined {
  const [startLine = '', ...lines] = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const [method = '', uri = ''] = startLine.split(' ');
  if (method === 'ACK' || /^SIP\//i.test(startLine)) return undefined;
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim();
    const { key } = kindOf(name);
    const isRepeated = key !== 'via' && headers.has(key);
    if (copied.has(key) && !isRepeated && !/[\r\n]/.test(line)) headers.append(name, line.slice(colon + 1));
  }
  for (const key of copied) {
    if (!headers.has(key)) return undefined;
  }
  const request = new SipRequest(method, uri, headers);
  if (hasReadableVia(request)) return request;
  // RFC 4475 3.1.2.1: unreadable parameters of Via are no reason for silence; the source is known without them.
  const [sender = ''] = (headers.get('Via') ?? '').split(/[;,]/, 1);
  headers.replaceFirst('Via', sender.trim());
  const withoutParameters = new SipRequest(method, uri, headers);
  return hasReadableVia(withoutParameters) ? withoutParameters : undefined;
}

function hasReadableVia(request: SipRequest): boolean {
  try {
    return request.via.host !== '';
  } catch (error) {
    if (error instanceof SipParseError) return false;
    throw error;
  }
}
