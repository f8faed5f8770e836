import { BlockList, isIP } from 'node:net';

/** The address as it is compared and counted: IPv4 written as such also when it came over an IPv6 socket. */
export function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/** Whether `address` is one of `allowed`, which are addresses and CIDR blocks. */
export function isWithin(address: string, allowed: readonly string[]): boolean {
  const list = new BlockList();
  for (const entry of allowed) {
    const [network = '', prefix] = entry.split('/');
    const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(prefix), family);
  }
  const plain = plainAddress(address);
  return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}

/** The client's address; that of nobody where the connection is gone, which Node then knows no address of. */
export function addressOf({ ip }: { readonly ip: string | undefined }): string {
  return ip ?? '0.0.0.0';
}
