/** How what ends a leg after a crash is kept: as text, small, and without what the far end did not need to be ended. */
import type { Flow } from '../sip/flow.ts';
import { SipRequest } from '../sip/message/message.ts';
import { parseMessage } from '../sip/message/parse.ts';
import { serializeMessage } from '../sip/message/serialize.ts';
import type { SessionTrace } from '../sip/user-agent/options.ts';

/** What CANCEL and BYE are made of (RFC 3261 9.1, 12.2.1.1). */
const KEPT = ['Via', 'Route', 'From', 'To', 'Call-ID', 'CSeq'] as const;

interface WrittenTrace {
  readonly request: string;
  readonly to: Flow;
}

export function writeTrace({ request, to }: SessionTrace): string {
  const kept = new SipRequest(request.method, request.uri);
  for (const name of KEPT)
    for (const [as, value] of request.headers.linesOf(name)) kept.headers.append(as, value);
  kept.headers.append('Max-Forwards', '70');
  // A connection does not outlive its process.
  const { transport, host, port, name } = to;
  const written: WrittenTrace = {
    request: serializeMessage(kept).toString(),
    to: { transport, host, port, ...(name === undefined ? {} : { name }) },
  };
  return JSON.stringify(written);
}

/** @throws {SipParseError} or SyntaxError for what `writeTrace` did not write */
export function readTrace(text: string): SessionTrace {
  const { request, to } = JSON.parse(text) as WrittenTrace;
  const message = parseMessage(Buffer.from(request));
  if (message.kind !== 'request') throw new SyntaxError('the trace of a leg holds no request');
  return { request: message, to };
}
