/**
 * The headers of the latest RTP packets of a stream, in memory that the media worker writes and the signalling thread reads. Never
 * an octet of what is said: audio and keys are payload.
 */
import { RTP_HEADER_LENGTH } from '../../rtp/packet.ts';
import type { RemoteAddress } from '../../rtp/source-latch.ts';

/** Packets kept of a stream: more than a minute of both directions in packets of 20 ms. */
export const HEADERS_KEPT = 8192;
/** Octets of a header that are kept: the fixed header and an extension of one word, or contributors. */
const LONGEST_HEADER = 20;
/** Far ends told apart; packets from and to further ones are not noted. */
const MOST_REMOTES = 8;
/** The longest text of an IPv6 address with a zone. */
const LONGEST_HOST = 60;

/** Where things stand: packets noted so far; then the far ends; then the packets. */
const COUNT = 0;
const REMOTE = { first: 64, length: 64, host: 3 } as const;
const RECORDS = REMOTE.first + MOST_REMOTES * REMOTE.length;
/** Of a packet: when (8 octets), its length (2), direction and far end (1), octets of the header (1), the header. */
const RECORD = { length: 32, octets: 8, kind: 10, kept: 11, header: 12 } as const;
const OUT = 0x80;

/** Octets of a ring. */
export const HEADER_RING_OCTETS = RECORDS + HEADERS_KEPT * RECORD.length;

/** For a stream that begins: what was noted before is forgotten. */
export function clearHeaders(buffer: SharedArrayBuffer): void {
  new Int32Array(buffer, 0, 1).fill(0);
}

/** The writing side. One packet costs no allocation. */
export class HeaderRing {
  readonly #counts: Int32Array;
  readonly #octets: Uint8Array;
  readonly #times: Float64Array;
  #count = 0;
  readonly #hosts: string[] = [];
  readonly #ports: number[] = [];

  /** @param buffer HEADER_RING_OCTETS, cleared */
  constructor(buffer: SharedArrayBuffer) {
    this.#counts = new Int32Array(buffer, 0, 1);
    this.#octets = new Uint8Array(buffer);
    this.#times = new Float64Array(buffer);
  }

  /**
   * Notes a datagram of `length` octets from `offset` in `bytes`.
   *
   * @param at ms since the epoch
   */
  note(
    direction: 'in' | 'out',
    bytes: Uint8Array,
    offset: number,
    length: number,
    host: string,
    port: number,
    at: number,
  ): void {
    const remote = this.#remote(host, port);
    if (remote < 0) return;
    const record = RECORDS + (this.#count % HEADERS_KEPT) * RECORD.length;
    const octets = this.#octets;
    const kept = headerOctets(bytes, offset, length);
    this.#times[record >> 3] = at;
    octets[record + RECORD.octets] = length & 0xff;
    octets[record + RECORD.octets + 1] = length >> 8;
    octets[record + RECORD.kind] = direction === 'out' ? OUT | remote : remote;
    octets[record + RECORD.kept] = kept;
    for (let index = 0; index < kept; index++)
      octets[record + RECORD.header + index] = bytes[offset + index]!;
    this.#count = (this.#count + 1) & 0x7fff_ffff;
    Atomics.store(this.#counts, COUNT, this.#count);
  }

  /** @returns -1 for one too many */
  #remote(host: string, port: number): number {
    const hosts = this.#hosts;
    for (let index = 0; index < hosts.length; index++) {
      if (this.#ports[index] === port && hosts[index] === host) return index;
    }
    return this.#add(host, port);
  }

  #add(host: string, port: number): number {
    const index = this.#hosts.length;
    if (index >= MOST_REMOTES || host.length > LONGEST_HOST) return -1;
    this.#hosts.push(host);
    this.#ports.push(port);
    const entry = REMOTE.first + index * REMOTE.length;
    this.#octets[entry] = port & 0xff;
    this.#octets[entry + 1] = port >> 8;
    this.#octets[entry + 2] = host.length;
    for (let at = 0; at < host.length; at++) this.#octets[entry + REMOTE.host + at] = host.charCodeAt(at);
    return index;
  }
}

/** Of what is not RTP nothing is kept: nobody knows what it says. */
function headerOctets(bytes: Uint8Array, offset: number, length: number): number {
  const first = bytes[offset]!;
  if (length < RTP_HEADER_LENGTH || first >> 6 !== 2) return 0;
  let end = RTP_HEADER_LENGTH + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0 && end + 4 <= length) {
    end += 4 + 4 * ((bytes[offset + end + 2]! << 8) | bytes[offset + end + 3]!);
  }
  return Math.min(end, length, LONGEST_HEADER);
}

/** A packet as it was noted. */
export interface NotedPacket {
  /** ms since the epoch. */
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly remote: RemoteAddress;
  /** Of the whole datagram, in octets. */
  readonly length: number;
  /** What is kept of it. */
  readonly header: Uint8Array;
}

/** The packets that a ring holds, oldest first; while it is being written, without those that are written over meanwhile. */
export function notedPackets(buffer: SharedArrayBuffer): NotedPacket[] {
  const counts = new Int32Array(buffer, 0, 1);
  const end = Atomics.load(counts, COUNT);
  const octets = new Uint8Array(buffer).slice();
  // One more than is told of may have been half written.
  const overwritten = Atomics.load(counts, COUNT) + 1 - HEADERS_KEPT;
  const packets: NotedPacket[] = [];
  for (let index = Math.max(0, end - HEADERS_KEPT, overwritten); index < end; index++) {
    packets.push(packetAt(octets, RECORDS + (index % HEADERS_KEPT) * RECORD.length));
  }
  return packets;
}

function packetAt(octets: Uint8Array, record: number): NotedPacket {
  const view = new DataView(octets.buffer, record, RECORD.length);
  const kind = octets[record + RECORD.kind]!;
  const entry = REMOTE.first + (kind & ~OUT) * REMOTE.length;
  const host = octets.subarray(entry + REMOTE.host, entry + REMOTE.host + octets[entry + 2]!);
  const kept = octets[record + RECORD.kept]!;
  return {
    at: new Float64Array(octets.buffer, record, 1)[0]!,
    direction: (kind & OUT) === 0 ? 'in' : 'out',
    remote: { host: String.fromCharCode(...host), port: octets[entry]! | (octets[entry + 1]! << 8) },
    length: view.getUint16(RECORD.octets, true),
    header: octets.slice(record + RECORD.header, record + RECORD.header + kept),
  };
}
