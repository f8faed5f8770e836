/** Host and port as URIs and Via share them (RFC 3261 section 25.1: `hostport`, `sent-by`). */
import { characterClass, consistsOf, parseInteger } from './grammar.ts';

export interface HostPort {
  /** Host name, IPv4 address, or IPv6 address without brackets; as written. */
  readonly host: string;
  /** 1-65535; undefined when not written. */
  readonly port: number | undefined;
}

// The underscore is in no host name by the RFC, yet in many private networks.
const hostNameCharacters = characterClass('-._');
const ipv6Characters = (() => {
  const table = new Uint8Array(128);
  for (const character of '0123456789abcdefABCDEF:.') table[character.charCodeAt(0)] = 1;
  return table;
})();

/** Reads `host[:port]` without white space; undefined when it is neither. */
export function parseHostPort(text: string): HostPort | undefined {
  if (text.charCodeAt(0) === 0x5b /* [ */) {
    const close = text.indexOf(']');
    if (close < 0 || !isIpv6(text.slice(1, close))) return undefined;
    return withPort(text.slice(1, close), text.slice(close + 1));
  }
  const colon = text.indexOf(':');
  return colon < 0 ? withPort(text, '') : withPort(text.slice(0, colon), text.slice(colon));
}

function withPort(host: string, rest: string): HostPort | undefined {
  if (!isIpv6(host) && !isHostName(host)) return undefined;
  if (rest === '') return { host, port: undefined };
  const port = rest.charCodeAt(0) === 0x3a /* : */ ? parseInteger(rest.slice(1), 65_535) : undefined;
  return port === undefined || port === 0 ? undefined : { host, port };
}

/** A host name or IPv4 address. */
function isHostName(text: string): boolean {
  const first = text.charCodeAt(0);
  return (
    text.length > 0 &&
    text.length <= 255 &&
    first !== 0x2d &&
    first !== 0x2e &&
    consistsOf(hostNameCharacters, text)
  );
}

function isIpv6(text: string): boolean {
  const colon = text.indexOf(':');
  return (
    colon >= 0 && text.indexOf(':', colon + 1) > 0 && text.length <= 45 && consistsOf(ipv6Characters, text)
  );
}

/** A host as it stands in front of a port: IPv6 gets its brackets (RFC 3261 `IPv6reference`). */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** `host` or `host:port`. */
export function formatHostPort(host: string, port: number | undefined): string {
  return port === undefined ? bracketed(host) : `${bracketed(host)}:${port}`;
}
