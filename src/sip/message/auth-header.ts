import { isToken, quote, splitList, trimmed, unquote } from './grammar.ts';
import { SipParseError } from './sip-parse-error.ts';

/** A challenge (WWW-Authenticate, Proxy-Authenticate) or credentials (Authorization, Proxy-Authorization). */
export interface AuthHeader {
  /** As written; compared without regard to case. */
  readonly scheme: string;
  /** Names in lower case, values unquoted. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Reads one header line (RFC 3261 sections 20.7, 20.27, 20.28, 20.44): commas here separate parameters, so each line
 * is one challenge (section 7.3.1). Throws SipParseError `header-value`.
 */
export function parseAuthHeader(text: string): AuthHeader {
  const written = trimmed(text);
  const space = written.search(/[ \t]/);
  const scheme = space < 0 ? written : written.slice(0, space);
  if (!isToken(scheme)) throw malformed('no authentication scheme');
  const parameters = new Map<string, string>();
  for (const element of splitList(written.slice(scheme.length))) {
    const equal = element.indexOf('=');
    const name = trimmed(element, 0, Math.max(equal, 0)).toLowerCase();
    if (!isToken(name)) throw malformed('an authentication parameter without a name');
    if (parameters.has(name)) throw malformed(`parameter ${name} stands twice`);
    parameters.set(name, parameterValue(name, trimmed(element, equal + 1)));
  }
  return { scheme, parameters };
}

function parameterValue(name: string, text: string): string {
  if (/^"(?:[^"\\]|\\[^])*"$/.test(text)) return unquote(text);
  if (text === '' || /["\s]/.test(text)) throw malformed(`parameter ${name} has no readable value`);
  return text;
}

/** Parameters that stand without quotes; qop does so in credentials only (RFC 7616 sections 3.3, 3.4). */
const unquoted = {
  challenge: new Set(['algorithm', 'stale', 'charset', 'userhash']),
  credentials: new Set(['algorithm', 'nc', 'qop', 'userhash']),
};

/** The opposite of `parseAuthHeader`. */
export function formatAuthHeader(header: AuthHeader, use: keyof typeof unquoted): string {
  const parameters: string[] = [];
  for (const [name, value] of header.parameters) {
    parameters.push(`${name}=${unquoted[use].has(name) ? value : quote(value)}`);
  }
  return `${header.scheme} ${parameters.join(', ')}`;
}

function malformed(what: string): SipParseError {
  return new SipParseError('header-value', what);
}
