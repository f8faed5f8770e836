import type { Parameters } from './grammar.ts';
import type { TelUri } from './tel-uri.ts';
import type { SipUri, Uri } from './uri.ts';

/** Parameters that must be on both sides or on none (RFC 3261 section 19.1.4; transport by its example and errata). */
const decisive = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** Whether two URIs mean the same: RFC 3261 section 19.1.4, RFC 3966 section 5, and the same text for other schemes. */
export function sameUri(a: Uri, b: Uri): boolean {
  if (a.kind === 'sip' && b.kind === 'sip') return sameSipUri(a, b);
  if (a.kind === 'tel' && b.kind === 'tel') return sameTelUri(a, b);
  return a.kind === b.kind && a.toString() === b.toString();
}

function sameSipUri(a: SipUri, b: SipUri): boolean {
  return (
    a.scheme === b.scheme &&
    a.user === b.user &&
    a.password === b.password &&
    a.host.toLowerCase() === b.host.toLowerCase() &&
    a.port === b.port && // A default port that is written differs from one that is not.
    sameParameters(a.parameters, b.parameters) &&
    sameHeaders(a.headers, b.headers)
  );
}

function sameParameters(a: Parameters, b: Parameters): boolean {
  if (decisive.some((name) => a.has(name) !== b.has(name))) return false;
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other !== undefined && !sameValue(value, other)) return false;
  }
  return true;
}

function sameHeaders(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}

/** Every parameter counts, in any order (RFC 3966 section 5). */
function sameTelUri(a: TelUri, b: TelUri): boolean {
  if (a.number.toLowerCase() !== b.number.toLowerCase() || a.parameters.size !== b.parameters.size)
    return false;
  return [...a.parameters].every(([name, value]) => {
    const other = b.parameters.get(name);
    return other !== undefined && sameValue(value, other);
  });
}

function sameValue(a: string | true, b: string | true): boolean {
  return a === b || (a !== true && b !== true && a.toLowerCase() === b.toLowerCase());
}
