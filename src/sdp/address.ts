import type { AddressType } from './session-description.ts';

function isIpv4(text: string): boolean {
  const octets = text.split('.');
  return (
    octets.length === 4 && octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255)
  );
}

function isIpv6(text: string): boolean {
  if (text.length > 45 || !text.includes(':')) return false;
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return false;
  const groupsOf = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const groups = [...groupsOf(head), ...(tail === undefined ? [] : groupsOf(tail))];
  const last = groups.at(-1);
  const dotted = last !== undefined && last.includes('.');
  if (dotted && (!isIpv4(last) || text.endsWith('::'))) return false;
  if (dotted) groups.pop();
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  const count = groups.length + (dotted ? 2 : 0);
  return tail === undefined ? count === 8 : count < 8;
}

function isDomainName(text: string): boolean {
  if (text.length > 253) return false;
  const labels = text.split('.');
  return (
    labels.every((label) => /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label)) &&
    !/^\d+$/.test(labels.at(-1)!)
  );
}

/** Whether `host` may stand in a `c=` line of this address type: an address of it, or a domain name. */
export function isHostOf(addressType: AddressType, host: string): boolean {
  return (addressType === 'IP4' ? isIpv4(host) : isIpv6(host)) || isDomainName(host);
}

/** The address type to write beside `host`. A domain name counts as IP4. */
export function addressTypeOf(host: string): AddressType {
  return host.includes(':') ? 'IP6' : 'IP4';
}

/** The unspecified address: RFC 2543's way to put a call on hold (RFC 3264 8.4). */
export function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || (host.includes(':') && /^[0:.]+$/.test(host));
}

/** Multicast and broadcast: one peer must not be able to make us send to many. */
export function isGroupAddress(host: string): boolean {
  if (host.includes(':') && /^ff/i.test(host)) return true;
  const ipv4 = host.slice(host.lastIndexOf(':') + 1); // also the tail of ::ffff:224.0.0.1
  if (!isIpv4(ipv4)) return false;
  const first = Number(ipv4.slice(0, ipv4.indexOf('.')));
  return (first >= 224 && first <= 239) || ipv4 === '255.255.255.255';
}
