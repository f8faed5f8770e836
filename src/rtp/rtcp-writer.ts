/** Writes compound RTCP packets (RFC 3550 6.1): a report first, then descriptions and goodbyes, as their order is given. */
import type { ReceiverReport, ReportBlock, RtcpPacket, SenderReport } from './rtcp-packet.ts';

/** Counts are five bits wide. */
const MAX_COUNT = 31;
const encoder = new TextEncoder();

/**
 * @throws RangeError when the first packet is no report, a packet has more than 31 blocks or sources, or a text is
 *   longer than 255 octets
 */
export function writeRtcp(packets: readonly RtcpPacket[]): Uint8Array {
  const first = packets[0];
  if (first?.kind !== 'senderReport' && first?.kind !== 'receiverReport') {
    throw new RangeError('a compound RTCP packet begins with a sender or receiver report');
  }
  const octets: number[] = [];
  for (const packet of packets) writePacket(octets, packet);
  return Uint8Array.from(octets);
}

function writePacket(octets: number[], packet: RtcpPacket): void {
  const start = octets.length;
  switch (packet.kind) {
    case 'senderReport':
      writeHeader(octets, packet.blocks.length, 200);
      writeSender(octets, packet);
      break;
    case 'receiverReport':
      writeHeader(octets, packet.blocks.length, 201);
      write32(octets, packet.ssrc);
      writeBlocks(octets, packet);
      break;
    case 'sourceDescription':
      writeHeader(octets, packet.sources.length, 202);
      for (const source of packet.sources) {
        write32(octets, source.ssrc);
        if (source.canonicalName !== undefined) {
          octets.push(1);
          writeText(octets, source.canonicalName);
        }
        octets.push(0);
        pad(octets);
      }
      break;
    case 'goodbye':
      writeHeader(octets, packet.sources.length, 203);
      for (const ssrc of packet.sources) write32(octets, ssrc);
      if (packet.reason !== undefined) writeText(octets, packet.reason);
      pad(octets);
      break;
  }
  const words = (octets.length - start) / 4 - 1;
  octets[start + 2] = words >>> 8;
  octets[start + 3] = words & 0xff;
}

function writeHeader(octets: number[], count: number, packetType: number): void {
  if (count > MAX_COUNT)
    throw new RangeError(`an RTCP packet holds at most ${MAX_COUNT} blocks or sources, not ${count}`);
  octets.push(0x80 | count, packetType, 0, 0);
}

function writeSender(octets: number[], report: SenderReport): void {
  write32(octets, report.ssrc);
  write32(octets, report.ntpTime.seconds);
  write32(octets, report.ntpTime.fraction);
  write32(octets, report.rtpTimestamp);
  write32(octets, report.packets);
  write32(octets, report.octets);
  writeBlocks(octets, report);
}

function writeBlocks(octets: number[], report: SenderReport | ReceiverReport): void {
  for (const block of report.blocks) writeBlock(octets, block);
}

function writeBlock(octets: number[], block: ReportBlock): void {
  write32(octets, block.ssrc);
  write32(octets, (block.fractionLost << 24) | (block.cumulativeLost & 0xff_ffff));
  write32(octets, block.extendedHighestSequence);
  write32(octets, block.jitter);
  write32(octets, block.lastSenderReport);
  write32(octets, block.delaySinceLastSenderReport);
}

function writeText(octets: number[], value: string): void {
  const bytes = encoder.encode(value);
  if (bytes.length > 255) throw new RangeError(`a text in RTCP has at most 255 octets, not ${bytes.length}`);
  octets.push(bytes.length, ...bytes);
}

function write32(octets: number[], value: number): void {
  octets.push((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function pad(octets: number[]): void {
  while (octets.length % 4 !== 0) octets.push(0);
}
