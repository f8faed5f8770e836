/** What reverse proxies tell of the client: X-Forwarded-For and its like, or Forwarded (RFC 7239). */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { Remembered } from '../accounts/remembered.ts';
import { plainAddress } from './voicecall/client-address.ts';

/** The header that the proxies write; whatever a client sends under the other name is not believed. */
export const proxyHeaders = ['x-forwarded-for', 'forwarded'] as const;
export type ProxyHeader = (typeof proxyHeaders)[number];

/** Addresses and CIDR blocks. */
export class AddressSet {
  readonly #list = new BlockList();
  /** Few proxies and clients send most requests, and each is asked about several times. */
  readonly #members = new Remembered(1_000, (address) => this.#holds(address));

  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [network = '', prefix] = entry.split('/');
      const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#list.addAddress(network, family);
      else this.#list.addSubnet(network, Number(prefix), family);
    }
  }

  has(address: string | undefined): boolean {
    return address !== undefined && this.#members.of(address);
  }

  #holds(address: string): boolean {
    const plain = plainAddress(address);
    const version = isIP(plain);
    return version !== 0 && this.#list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
  }
}

/** One step of the way, as the proxy behind it tells it. */
interface Hop {
  readonly address: string | undefined;
  readonly protocol?: string;
  readonly host?: string;
}

/** `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]:4711`, `2001:db8::1`; undefined for what is no address. */
function addressOfNode(node: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\w+)?$/.exec(node)?.[1] ?? /^([\d.]+):\w+$/.exec(node)?.[1] ?? node;
  return isIP(bare) === 0 ? undefined : plainAddress(bare);
}

const textOf = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? value.join(',') : (value ?? '');

const listOf = (value: string | string[] | undefined): string[] => {
  const text = textOf(value);
  return text === '' ? [] : text.split(',').map((entry) => entry.trim());
};

/** In the order of the header: the client first, the nearest proxy's word last. */
function hopsOf(headers: IncomingHttpHeaders, header: ProxyHeader): Hop[] {
  if (header === 'forwarded') return forwardedElements(textOf(headers.forwarded));
  // The nearest proxy's word stands for the whole way: most name neither for each hop.
  const protocol = listOf(headers['x-forwarded-proto']).at(-1);
  const host = listOf(headers['x-forwarded-host']).at(-1);
  return listOf(headers['x-forwarded-for']).map((node) => ({ address: addressOfNode(node), protocol, host }));
}

/** RFC 7239 section 4; a text that is not as described ends with what could be read of it from the right. */
function forwardedElements(text: string): Hop[] {
  return splitOutsideQuotes(text, ',').map((element) => {
    const pairs = new Map<string, string>();
    for (const pair of splitOutsideQuotes(element, ';')) {
      const match = /^([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))$/.exec(pair);
      const [, name = '', quoted, token = ''] = match ?? [];
      if (match) pairs.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? token);
    }
    const node = pairs.get('for');
    return {
      address: node === undefined ? undefined : addressOfNode(node),
      protocol: pairs.get('proto'),
      host: pairs.get('host'),
    };
  });
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let [part, quoted] = ['', false];
  for (let index = 0; index < text.length; index++) {
    const letter = text[index] ?? '';
    if (letter === '\\' && quoted) part += letter + (text[(index += 1)] ?? '');
    else if (letter === separator && !quoted) {
      parts.push(part.trim());
      part = '';
    } else {
      if (letter === '"') quoted = !quoted;
      part += letter;
    }
  }
  parts.push(part.trim());
  return parts.filter((entry) => entry !== '');
}

export interface Client {
  readonly address: string;
  readonly protocol?: 'http' | 'https';
  readonly host?: string;
}

/**
 * The client of a request that came from `peer`, a trusted proxy: read from right to left up to the first address that is no
 * trusted proxy, which the last trusted one has seen itself. What stands left of it anybody may have written. A hop
 * without an address (`unknown`, `_hidden`) ends the way at the proxy before it.
 */
export function clientBehind(
  peer: string,
  headers: IncomingHttpHeaders,
  header: ProxyHeader,
  proxies: AddressSet,
): Client {
  let client: Client = { address: plainAddress(peer) };
  for (const { address, protocol, host } of hopsOf(headers, header).reverse()) {
    client = {
      address: address ?? client.address,
      protocol: protocol === 'https' || protocol === 'http' ? protocol : client.protocol,
      host: host ?? client.host,
    };
    if (address === undefined || !proxies.has(address)) break;
  }
  return client;
}

/**
 * Makes of what trusted proxies say the one form that the server reads: one address, one protocol, one host. A request that
 * comes from anywhere else is left as it is, and what it says of others is not believed.
 */
export function settleForwarding(request: IncomingMessage, header: ProxyHeader, proxies: AddressSet): void {
  const { remoteAddress } = request.socket;
  if (remoteAddress === undefined || !proxies.has(remoteAddress)) return;
  const { headers } = request;
  const { address, protocol, host } = clientBehind(remoteAddress, headers, header, proxies);
  headers['x-forwarded-for'] = address;
  for (const [name, value] of [
    ['x-forwarded-proto', protocol],
    ['x-forwarded-host', host],
  ] as const) {
    if (value === undefined) delete headers[name];
    else headers[name] = value;
  }
}
