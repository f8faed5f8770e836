/**
 * The RTP packet of RFC 3550 5.1, read in place and written in place: no bytes are copied and, with a reader that is
 * kept, nothing is allocated per packet.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *  |                           timestamp                           |
 *  |           synchronization source (SSRC) identifier            |
 *  |            contributing source (CSRC) identifiers             |
 */

/** Octets of a header without contributing sources and extension: what `writeRtpHeader` writes. */
export const RTP_HEADER_LENGTH = 12;

const RTP_VERSION = 2;

/**
 * Why bytes are not an RTP packet.
 * - `short`: fewer octets than a fixed header.
 * - `version`: not version 2 (STUN, ZRTP, T.38 UDPTL and noise end here).
 * - `rtcp`: an RTCP packet on the RTP port (told apart as in RFC 5761 4).
 * - `contributors`, `extension`, `padding`: a length in the packet points behind its end.
 */
export type RtpRefusal = 'short' | 'version' | 'rtcp' | 'contributors' | 'extension' | 'padding';

/** A view of received bytes. It is valid until its reader reads the next packet. */
export class RtpPacket {
  bytes: Uint8Array = new Uint8Array(0);
  marker = false;
  /** 0-127. */
  payloadType = 0;
  /** 0-65535. */
  sequence = 0;
  /** 0-4294967295, in samples of the payload's clock. */
  timestamp = 0;
  ssrc = 0;
  contributorCount = 0;
  /** The profile's 16 bits of the header extension (RFC 3550 5.3.1); undefined without an extension. */
  extensionProfile: number | undefined = undefined;
  /** Offset of the first payload octet in `bytes`; never less than RTP_HEADER_LENGTH. */
  payloadStart = 0;
  /** Offset behind the last payload octet: padding is not part of the payload. */
  payloadEnd = 0;

  get payloadLength(): number {
    return this.payloadEnd - this.payloadStart;
  }

  /** The payload as a view of `bytes`, not a copy. */
  get payload(): Uint8Array {
    return this.bytes.subarray(this.payloadStart, this.payloadEnd);
  }
}

/** Reads packets and counts, per reason, what was none. One reader serves any number of streams of one thread. */
export class RtpReader {
  readonly refused: Record<RtpRefusal, number> = {
    short: 0,
    version: 0,
    rtcp: 0,
    contributors: 0,
    extension: 0,
    padding: 0,
  };
  readonly #packet = new RtpPacket();

  /**
   * Never throws, whatever the bytes are.
   *
   * @returns the reader's own packet, overwritten by the next call, or undefined with a counter in `refused` raised
   */
  read(bytes: Uint8Array): RtpPacket | undefined {
    const refusal = parseInto(this.#packet, bytes);
    if (refusal === undefined) return this.#packet;
    this.refused[refusal]++;
    return undefined;
  }
}

/**
 * Reads `bytes` into `packet`, whose content means nothing when they are refused. Never throws.
 *
 * @returns why they are no RTP packet; undefined when they are one
 */
export function parseInto(packet: RtpPacket, bytes: Uint8Array): RtpRefusal | undefined {
  const length = bytes.length;
  if (length < RTP_HEADER_LENGTH) return 'short';
  const first = bytes[0]!;
  if (first >> 6 !== RTP_VERSION) return 'version';
  const second = bytes[1]!;
  // RFC 5761 4: payload types 64-95 with the marker bit are RTCP packet types 192-223, and not used for RTP.
  if (second >= 192 && second <= 223) return 'rtcp';

  packet.contributorCount = first & 0x0f;
  let start = RTP_HEADER_LENGTH + 4 * packet.contributorCount;
  if (start > length) return 'contributors';

  packet.extensionProfile = undefined;
  if ((first & 0x10) !== 0) {
    if (start + 4 > length) return 'extension';
    packet.extensionProfile = read16(bytes, start);
    start += 4 + 4 * read16(bytes, start + 2);
    if (start > length) return 'extension';
  }

  let end = length;
  if ((first & 0x20) !== 0) {
    // The last octet counts the padding octets, itself included (RFC 3550 5.1).
    const padding = bytes[length - 1]!;
    if (padding === 0 || start + padding > length) return 'padding';
    end = length - padding;
  }

  packet.bytes = bytes;
  packet.marker = second >= 0x80;
  packet.payloadType = second & 0x7f;
  packet.sequence = read16(bytes, 2);
  packet.timestamp = read32(bytes, 4);
  packet.ssrc = read32(bytes, 8);
  packet.payloadStart = start;
  packet.payloadEnd = end;
  return undefined;
}

/**
 * Writes a fixed header (version 2, no padding, no extension, no contributors): RTP_HEADER_LENGTH octets from `offset`.
 * `sequence` and `timestamp` may be any whole numbers; they are taken modulo 2^16 and 2^32.
 */
export function writeRtpHeader(
  into: Uint8Array,
  offset: number,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  into[offset] = RTP_VERSION << 6;
  into[offset + 1] = (payloadType & 0x7f) | (marker ? 0x80 : 0);
  into[offset + 2] = sequence >>> 8;
  into[offset + 3] = sequence;
  write32(into, offset + 4, timestamp);
  write32(into, offset + 8, ssrc);
}

function read16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

function read32(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>>
    0
  );
}

function write32(into: Uint8Array, offset: number, value: number): void {
  into[offset] = value >>> 24;
  into[offset + 1] = value >>> 16;
  into[offset + 2] = value >>> 8;
  into[offset + 3] = value;
}
