/**
 * RTCP: sender and receiver reports, source descriptions and goodbyes in compound packets (RFC 3550 6). Reports come
 * every few seconds, so clarity comes before speed here; hostile lengths are refused all the same.
 */
import { readBlocks, readGoodbye, readSourceDescription } from './rtcp-body.ts';
import type { NtpTime, RtcpPacket } from './rtcp-packet.ts';

/**
 * Why a compound packet was refused, whole (RFC 3550 A.2).
 * - `short`, `version`, `notReport`: shorter than a header, not version 2, does not begin with a report.
 * - `length`: a packet's length field points behind the end.
 * - `padding`: padded elsewhere than at the end, or by an impossible count.
 * - `body`: counts inside a packet want more octets than it has.
 */
export type RtcpRefusal = 'short' | 'version' | 'notReport' | 'length' | 'padding' | 'body';

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
const HEADER_LENGTH = 4;

export class RtcpReader {
  readonly refused: Record<RtcpRefusal, number> = {
    short: 0,
    version: 0,
    notReport: 0,
    length: 0,
    padding: 0,
    body: 0,
  };

  /**
   * Never throws, whatever the bytes are. Types not listed here (APP, feedback, XR) are passed over.
   *
   * @returns undefined with a counter in `refused` raised when the bytes are not a valid compound packet
   */
  read(bytes: Uint8Array): RtcpPacket[] | undefined {
    const packets: RtcpPacket[] = [];
    const refusal = readCompound(bytes, packets);
    if (refusal === undefined) return packets;
    this.refused[refusal]++;
    return undefined;
  }
}

function readCompound(bytes: Uint8Array, packets: RtcpPacket[]): RtcpRefusal | undefined {
  if (bytes.length < HEADER_LENGTH + 4) return 'short';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    if (at + HEADER_LENGTH > bytes.length) return 'length';
    const first = view.getUint8(at);
    const packetType = view.getUint8(at + 1);
    if (first >> 6 !== 2) return 'version';
    if (at === 0 && packetType !== SENDER_REPORT && packetType !== RECEIVER_REPORT) return 'notReport';
    const next = at + HEADER_LENGTH + 4 * view.getUint16(at + 2);
    if (next > bytes.length) return 'length';
    let end = next;
    if ((first & 0x20) !== 0) {
      // Only the last packet of a compound may be padded (RFC 3550 6.4.1).
      const padding = view.getUint8(next - 1);
      if (next !== bytes.length || padding === 0 || padding % 4 !== 0 || at + HEADER_LENGTH + padding > next)
        return 'padding';
      end = next - padding;
    }
    const body = new DataView(bytes.buffer, bytes.byteOffset + at + HEADER_LENGTH, end - at - HEADER_LENGTH);
    if (!readBody(packetType, first & 0x1f, body, packets)) return 'body';
    at = next;
  }
  return undefined;
}

/** @returns false when the body is shorter than its counts say */
function readBody(packetType: number, count: number, body: DataView, packets: RtcpPacket[]): boolean {
  if (packetType === SENDER_REPORT) {
    if (body.byteLength < 24) return false;
    const blocks = readBlocks(body, 24, count);
    if (blocks === undefined) return false;
    packets.push({
      kind: 'senderReport',
      ssrc: body.getUint32(0),
      ntpTime: { seconds: body.getUint32(4), fraction: body.getUint32(8) },
      rtpTimestamp: body.getUint32(12),
      packets: body.getUint32(16),
      octets: body.getUint32(20),
      blocks,
    });
  } else if (packetType === RECEIVER_REPORT) {
    if (body.byteLength < 4) return false;
    const blocks = readBlocks(body, 4, count);
    if (blocks === undefined) return false;
    packets.push({ kind: 'receiverReport', ssrc: body.getUint32(0), blocks });
  } else if (packetType === SOURCE_DESCRIPTION) {
    const sources = readSourceDescription(body, count);
    if (sources === undefined) return false;
    packets.push({ kind: 'sourceDescription', sources });
  } else if (packetType === GOODBYE) {
    const goodbye = readGoodbye(body, count);
    if (goodbye === undefined) return false;
    packets.push({ kind: 'goodbye', ...goodbye });
  }
  return true;
}

/** Milliseconds between the epochs of NTP (1900) and Unix (1970). */
const NTP_EPOCH_OFFSET = 2_208_988_800_000;

/** @param now milliseconds since 1970-01-01T00:00:00Z, fractions welcome */
export function ntpTime(now: number): NtpTime {
  const milliseconds = now + NTP_EPOCH_OFFSET;
  const seconds = Math.floor(milliseconds / 1000);
  const fraction = Math.floor(((milliseconds - seconds * 1000) / 1000) * 0x1_0000_0000);
  return { seconds: seconds >>> 0, fraction: fraction >>> 0 };
}

/** The middle 32 bits of an NTP time, in 1/65536 s: what LSR and round trips are counted in (RFC 3550 6.4.1). */
export function compactNtp(time: NtpTime): number {
  return (((time.seconds & 0xffff) << 16) | (time.fraction >>> 16)) >>> 0;
}
