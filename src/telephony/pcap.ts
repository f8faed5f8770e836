/**
 * Datagrams as a capture file that Wireshark reads: the classic format (draft-ietf-opsawg-pcap), packets of link type RAW, each
 * one UDP datagram of RFC 768 on IPv4 or IPv6. Logged SIP messages stand in one each, whatever carried them.
 */
import { isIPv6 } from 'node:net';
import type { LoggedMessage } from './sip-log.ts';

const LINKTYPE_RAW = 101;
const LONGEST_PACKET = 65_535;
const UDP = 17;

interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface CapturedDatagram {
  /** ms since 1970-01-01T00:00:00Z, with fractions. */
  readonly at: number;
  readonly from: HostPort;
  readonly to: HostPort;
  /** What is known of the payload: its first octets. */
  readonly bytes: Uint8Array;
  /** Octets of the payload. */
  readonly length: number;
}

export function datagramOf({ at, direction, local, remote, bytes }: LoggedMessage): CapturedDatagram {
  const [from, to] = direction === 'out' ? [local, remote] : [remote, local];
  return { at, from, to, bytes, length: bytes.length };
}

/** In the order of time. Datagrams whose addresses are names, or that are longer than a packet, are left out. */
export function pcapOf(datagrams: readonly CapturedDatagram[]): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(LONGEST_PACKET, 16);
  header.writeUInt32LE(LINKTYPE_RAW, 20);
  const inOrder = datagrams.toSorted((one, other) => one.at - other.at);
  return Buffer.concat([header, ...inOrder.flatMap(recordOf)]);
}

function recordOf({ at, from, to, bytes, length }: CapturedDatagram): Uint8Array[] {
  const [source, destination] = [octetsOf(from.host), octetsOf(to.host)];
  if (source === undefined || source.length !== destination?.length) return [];
  const udp = Buffer.alloc(8 + bytes.length);
  const whole = 8 + length;
  if (whole + 40 > LONGEST_PACKET) return [];
  udp.writeUInt16BE(from.port, 0);
  udp.writeUInt16BE(to.port, 2);
  udp.writeUInt16BE(whole, 4);
  udp.set(bytes, 8);
  const ends = { source, destination };
  // Of a datagram that is known in part nobody can tell the checksum, and on IPv4 0 says that there is none.
  if (bytes.length === length) udp.writeUInt16BE(checksum(pseudoHeader(ends, whole), udp) || 0xffff, 6);
  const ip = source.length === 4 ? ipv4(ends, whole) : ipv6(ends, whole);
  const record = Buffer.alloc(16);
  record.writeUInt32LE(Math.floor(at / 1_000), 0);
  record.writeUInt32LE(Math.floor((at % 1_000) * 1_000), 4);
  record.writeUInt32LE(ip.length + udp.length, 8);
  record.writeUInt32LE(ip.length + whole, 12);
  return [record, ip, udp];
}

interface Ends {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
}

/** RFC 791 section 3.1. */
function ipv4({ source, destination }: Ends, payload: number): Uint8Array {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + payload, 2);
  header[8] = 64;
  header[9] = UDP;
  header.set(source, 12);
  header.set(destination, 16);
  header.writeUInt16BE(checksum(header), 10);
  return header;
}

/** RFC 8200 section 3. */
function ipv6({ source, destination }: Ends, payload: number): Uint8Array {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(payload, 4);
  header[6] = UDP;
  header[7] = 64;
  header.set(source, 8);
  header.set(destination, 24);
  return header;
}

/** What the checksum of UDP covers besides (RFC 768, RFC 8200 section 8.1); the same sum for both. */
function pseudoHeader({ source, destination }: Ends, length: number): Uint8Array {
  return Buffer.concat([source, destination, Buffer.from([0, UDP, length >> 8, length & 0xff])]);
}

/** RFC 1071. */
function checksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += ((part[at] ?? 0) << 8) | (part[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The octets of an IP address; undefined for a name. */
function octetsOf(host: string): Uint8Array | undefined {
  if (/^\d+(\.\d+){3}$/.test(host)) return Uint8Array.from(host.split('.'), Number);
  if (!isIPv6(host)) return undefined;
  const bare = host.replace(/%.*$/, '');
  // A URL writes every address in one way (WHATWG URL, IPv6 serializer); only zeros are left out.
  const [head = '', tail] = new URL(`http://[${bare}]/`).hostname.slice(1, -1).split('::');
  const words = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const front = words(head);
  const back = words(tail ?? '');
  const all = [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}
