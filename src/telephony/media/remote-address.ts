/** The addresses of SDP as sockets want them: literal, of the socket's family, written as the system writes them. */
import { lookup } from 'node:dns/promises';
import { isIP, SocketAddress } from 'node:net';
import type { RemoteAddress } from '../../rtp/source-latch.ts';

interface SignalledAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * @param family of the socket that sends
 * @returns undefined for what cannot be sent to: the unspecified address (an old way to hold, RFC 3264 8.4), port 0, IPv6
 *   from an IPv4 socket; and for a name, which has to be resolved first
 */
export function literalAddress(signalled: SignalledAddress, family: 4 | 6): RemoteAddress | undefined {
  const { port } = signalled;
  const version = isIP(signalled.host);
  if (version === 0 || !(port >= 1 && port <= 65535)) return undefined;
  if (version === 6 && family === 4) return undefined;
  // The one spelling that the address of a received packet has too; a latch compares text. IPv4 has but one.
  const host =
    version === 4 ? signalled.host : new SocketAddress({ address: signalled.host, family: 'ipv6' }).address;
  if (host === '0.0.0.0' || host === '::') return undefined;
  return { host: version === 4 && family === 6 ? `::ffff:${host}` : host, port };
}

/** Whether `host` is a name: SDP may carry one (RFC 8866 5.7). */
export function isDomainName(host: string): boolean {
  return isIP(host) === 0;
}

/** @returns undefined when the name does not resolve to an address of the family */
export async function resolveAddress(
  signalled: SignalledAddress,
  family: 4 | 6,
): Promise<RemoteAddress | undefined> {
  try {
    const { address } = await lookup(signalled.host, { family });
    return literalAddress({ host: address, port: signalled.port }, family);
  } catch {
    // Not known: media can still be latched on to when the far end sends first.
    return undefined;
  }
}
