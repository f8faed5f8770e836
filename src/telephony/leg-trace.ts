/** How what ends a leg after a crash is kept: as text, without what CANCEL and BYE do not need. */
import type { Flow } from '../sip/flow.ts';
import { Headers } from '../sip/message/headers.ts';
import { SipRequest } from '../sip/message/message.ts';
import type { SessionTrace } from '../sip/user-agent/options.ts';

/** What CANCEL and BYE are made of (RFC 3261 9.1, 12.2.1.1). */
const KEPT = ['Via', 'Route', 'From', 'To', 'Call-ID', 'CSeq'] as const;

/** A trace with the trunk that its requests go to. */
export interface LegTrace extends SessionTrace {
  readonly trunk?: string | undefined;
}

interface WrittenTrace {
  readonly trunk?: string | undefined;
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly to: Flow;
}

export function writeTrace({ request, to, trunk }: LegTrace): string {
  const { method, uri, headers } = request;
  // A connection does not outlive its process.
  const { connection: _connection, ...flow } = to;
  const kept = KEPT.flatMap((name) => headers.linesOf(name));
  return JSON.stringify({ method, uri, headers: kept, to: flow, trunk } satisfies WrittenTrace);
}

/** @throws SyntaxError or RangeError for what `writeTrace` did not write */
export function readTrace(text: string): LegTrace {
  const { method, uri, headers, to, trunk } = JSON.parse(text) as WrittenTrace;
  return { request: new SipRequest(method, uri, new Headers(headers)), to, trunk };
}
