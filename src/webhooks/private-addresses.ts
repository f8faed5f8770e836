/**
 * Addresses that a customer's URL must not lead to when only receivers on the internet are allowed: a push there would be
 * our own network's doing (server-side request forgery). IANA special-purpose registries, RFC 6890 and its updates.
 */
import { BlockList, isIPv4 } from 'node:net';

const NOT_PUBLIC: readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'], // unspecified, this network
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'], // carrier-grade NAT, RFC 6598
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'], // link-local; clouds keep their metadata service here
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'], // documentation
  ['192.88.99.0', 24, 'ipv4'], // 6to4 relays
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'], // benchmarks
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'], // multicast
  ['240.0.0.0', 4, 'ipv4'], // reserved, broadcast
  ['::', 96, 'ipv6'], // unspecified, loopback, IPv4-compatible
  ['64:ff9b:1::', 48, 'ipv6'], // local translation, RFC 8215
  ['100::', 64, 'ipv6'], // discard
  ['100:0:0:1::', 64, 'ipv6'], // dummy, RFC 9780
  ['2001::', 23, 'ipv6'], // protocol assignments, Teredo among them
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'], // 6to4 reaches any IPv4 address
  ['3fff::', 20, 'ipv6'], // documentation, RFC 9637
  ['5f00::', 16, 'ipv6'], // segment routing, RFC 9602
  ['fc00::', 7, 'ipv6'], // unique local
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'], // site-local, deprecated
  ['ff00::', 8, 'ipv6'], // multicast
];

const blocked = new BlockList();
for (const [network, prefix, family] of NOT_PUBLIC) blocked.addSubnet(network, prefix, family);

/** NAT64 (RFC 6052): the last 32 bits are the IPv4 address that is really reached. */
const translated = new BlockList();
translated.addSubnet('64:ff9b::', 96, 'ipv6');

/** All of IPv4: IPv4-mapped addresses are in it. */
const everyIpv4 = new BlockList();
everyIpv4.addSubnet('0.0.0.0', 0, 'ipv4');

/**
 * Whether pushes may go to an address: to public ones, and to those of `networks`, which are addresses and CIDR blocks. An
 * IPv4-mapped address counts as the IPv4 address it is, and no network of IPv6 allows one, however large.
 */
export function reachable(networks: readonly string[]): (address: string) => boolean {
  const [ipv4, ipv6] = [new BlockList(), new BlockList()];
  for (const entry of networks) {
    const [network = '', prefix] = entry.split('/');
    if (isIPv4(network)) ipv4.addSubnet(network, Number(prefix ?? 32), 'ipv4');
    else ipv6.addSubnet(network, Number(prefix ?? 128), 'ipv6');
  }
  return (address) => {
    const [withoutZone = ''] = address.split('%');
    const family = isIPv4(withoutZone) ? 'ipv4' : 'ipv6';
    const allowed = everyIpv4.check(withoutZone, family) ? ipv4 : ipv6;
    return isPublicAddress(address) || allowed.check(withoutZone, family);
  };
}

/** Whether an IPv4 or IPv6 address (any notation, `::ffff:` forms too) is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !blocked.check(address, 'ipv4');
  const [withoutZone = ''] = address.split('%');
  if (translated.check(withoutZone, 'ipv6')) return isPublicAddress(embeddedIpv4(withoutZone));
  // BlockList checks an IPv4-mapped address by the IPv4 rules.
  return !blocked.check(withoutZone, 'ipv6');
}

function embeddedIpv4(address: string): string {
  // The URL parser writes IPv6 in hexadecimal throughout and compressed.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::').at(-1)?.split(':') ?? [];
  const [high, low] = ['0', ...groups].slice(-2).map((group) => Number.parseInt(group || '0', 16));
  return [high ?? 0, low ?? 0].flatMap((group) => [group >> 8, group & 0xff]).join('.');
}
