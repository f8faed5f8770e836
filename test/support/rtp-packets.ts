import { RtpReader, type RtpPacket } from '../../src/rtp/packet.ts';

export interface RtpFields {
  readonly payloadType?: number;
  readonly marker?: boolean;
  readonly sequence?: number;
  readonly timestamp?: number;
  readonly ssrc?: number;
  readonly contributors?: readonly number[];
  /** Words of a header extension with the profile 0xBEDE. */
  readonly extension?: readonly number[];
  /** Octets of padding, the count included. */
  readonly padding?: number;
  readonly payload?: Uint8Array;
}

/** Bytes of a packet, written without the code under test. */
export function rtpBytes(fields: RtpFields = {}): Uint8Array {
  const { contributors = [], extension, padding = 0, payload = new Uint8Array(160) } = fields;
  const words = contributors.length + (extension === undefined ? 0 : 1 + extension.length);
  const view = new DataView(new ArrayBuffer(12 + 4 * words + payload.length + padding));
  view.setUint8(
    0,
    0x80 | (padding > 0 ? 0x20 : 0) | (extension === undefined ? 0 : 0x10) | contributors.length,
  );
  view.setUint8(1, (fields.marker === true ? 0x80 : 0) | (fields.payloadType ?? 8));
  view.setUint16(2, (fields.sequence ?? 0) & 0xffff);
  view.setUint32(4, (fields.timestamp ?? 0) >>> 0);
  view.setUint32(8, (fields.ssrc ?? 0x11223344) >>> 0);
  let at = 12;
  for (const contributor of contributors) {
    view.setUint32(at, contributor);
    at += 4;
  }
  if (extension !== undefined) {
    view.setUint16(at, 0xbede);
    view.setUint16(at + 2, extension.length);
    at += 4;
    for (const word of extension) {
      view.setUint32(at, word);
      at += 4;
    }
  }
  const bytes = new Uint8Array(view.buffer);
  bytes.set(payload, at);
  if (padding > 0) bytes[bytes.length - 1] = padding;
  return bytes;
}

/** A packet of its own reader, so that several can be kept side by side. */
export function rtpPacket(fields: RtpFields = {}): RtpPacket {
  return readRtp(rtpBytes(fields));
}

/** @throws Error for what is no RTP packet */
export function readRtp(bytes: Uint8Array): RtpPacket {
  const packet = new RtpReader().read(bytes);
  if (packet === undefined) throw new Error('not an RTP packet');
  return packet;
}

/** Reproducible 32-bit numbers (xorshift32). */
export function seeded32(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
