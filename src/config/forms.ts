/** The forms in which settings are written: addresses, port ranges, trunks, databases, durations. */
import { isIP } from 'node:net';

export interface HostPort {
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface PortRange {
  /** IPv6 without brackets. */
  readonly host: string;
  readonly first: number;
  readonly last: number;
}

export interface TrunkAddress {
  /** As configured. */
  readonly uri: string;
  /** IPv6 without brackets. */
  readonly host: string;
  /** Absent when the URI names none: the transport's default (RFC 3263). */
  readonly port?: number;
  readonly transport: 'UDP' | 'TCP' | 'TLS';
}

export type DatabaseAddress =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string };

const HIGHEST_PORT = 65_535;

const toPort = (text: string): number | undefined =>
  /^\d{1,5}$/.test(text) && Number(text) <= HIGHEST_PORT ? Number(text) : undefined;

/** Splits `HOST:REST`, where an IPv6 address stands in brackets. */
function splitHost(text: string): { host: string; rest: string } | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+)):(.+)$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  return host === undefined || match?.[3] === undefined ? undefined : { host, rest: match[3] };
}

/** `HOST:PORT`; port 0 takes a free one. */
export function parseHostPort(text: string): HostPort | undefined {
  const parts = splitHost(text);
  const port = parts && toPort(parts.rest);
  return parts === undefined || port === undefined ? undefined : { host: parts.host, port };
}

/** `HOST:FIRST-LAST`; a stream takes an even port for RTP and the odd one above it for RTCP (RFC 3550 section 11). */
export function parsePortRange(text: string): PortRange | undefined {
  const parts = splitHost(text);
  const ports = parts?.rest.split('-').map(toPort) ?? [];
  const [first, last] = ports;
  if (parts === undefined || ports.length !== 2 || !first || !last || last <= first) return undefined;
  return { host: parts.host, first, last };
}

/** `sip:HOST[:PORT][;transport=udp|tcp|tls]`. */
export function parseTrunk(text: string): TrunkAddress | undefined {
  const match = /^sip:(?:\[([0-9A-F:.]+)\]|([A-Z0-9.-]+))(?::(\d{1,5}))?(?:;transport=(udp|tcp|tls))?$/i.exec(
    text,
  );
  const host = match?.[1] ?? match?.[2];
  if (match === null || host === undefined) return undefined;
  const port = match[3] === undefined ? undefined : toPort(match[3]);
  if (match[3] !== undefined && !port) return undefined;
  const transport = (match[4]?.toUpperCase() ?? 'UDP') as TrunkAddress['transport'];
  return { uri: text, host, port, transport };
}

/** `ADDRESS[:PORT],...`; an IPv6 address with a port stands in brackets. */
export function parseNameServers(text: string): readonly string[] | undefined {
  const servers = text.split(',').map((entry) => entry.trim());
  const isSound = (server: string): boolean => {
    const parts = isIP(server) !== 0 ? { host: server, port: 53 } : parseHostPort(server);
    return parts !== undefined && isIP(parts.host) !== 0 && parts.port > 0;
  };
  return servers.every(isSound) ? servers : undefined;
}

/** `sqlite:PATH` or `postgres://...`. */
export function parseDatabase(text: string): DatabaseAddress | undefined {
  const path = /^sqlite:(.+)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: 'sqlite', path };
  return /^postgres(ql)?:\/\/./.test(text) && URL.canParse(text)
    ? { kind: 'postgres', url: text }
    : undefined;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 };

/** `200ms`, `60s`, `10min`, `1h`, or a bare number of seconds. @returns milliseconds */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s?(ms|s|min|h)?$/.exec(text);
  const milliseconds = Number(match?.[1]) * (UNITS[match?.[2] ?? 's'] ?? Number.NaN);
  return Number.isNaN(milliseconds) ? undefined : Math.round(milliseconds);
}

const MULTIPLES: Readonly<Record<string, number>> = { B: 1, kB: 1_000, MB: 1_000_000, GB: 1_000_000_000 };

/** `512MB`, `2GB`, or a bare number of octets. @returns octets */
export function parseOctets(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s?(B|kB|MB|GB)?$/.exec(text);
  const octets = Number(match?.[1]) * (MULTIPLES[match?.[2] ?? 'B'] ?? Number.NaN);
  return Number.isSafeInteger(Math.round(octets)) ? Math.round(octets) : undefined;
}

/** `http://HOST[:PORT][/PATH]` or https. @returns it without a slash at its end */
export function parseBaseUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  return plain ? url.href.replace(/\/$/, '') : undefined;
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

/** The address that means "all of this machine's". */
export const isUnspecified = (host: string): boolean => host === '0.0.0.0' || /^[0:]+$/.test(host);
