/** The bodies of RTCP packets, behind their common header (RFC 3550 6.4.1, 6.5, 6.6). */
import type { ReportBlock } from './rtcp-packet.ts';

const BLOCK_LENGTH = 24;
const ITEM_END = 0;
const ITEM_CANONICAL_NAME = 1;
const text = new TextDecoder();

/** @returns undefined when `count` blocks do not fit */
export function readBlocks(body: DataView, offset: number, count: number): ReportBlock[] | undefined {
  if (offset + count * BLOCK_LENGTH > body.byteLength) return undefined;
  const blocks: ReportBlock[] = [];
  for (let at = offset; blocks.length < count; at += BLOCK_LENGTH) {
    blocks.push({
      ssrc: body.getUint32(at),
      fractionLost: body.getUint8(at + 4),
      // 24 bits, signed.
      cumulativeLost: (body.getInt32(at + 4) << 8) >> 8,
      extendedHighestSequence: body.getUint32(at + 8),
      jitter: body.getUint32(at + 12),
      lastSenderReport: body.getUint32(at + 16),
      delaySinceLastSenderReport: body.getUint32(at + 20),
    });
  }
  return blocks;
}

interface Source {
  readonly ssrc: number;
  readonly canonicalName?: string;
}

/** @returns undefined when `count` chunks do not fit */
export function readSourceDescription(body: DataView, count: number): Source[] | undefined {
  const sources: Source[] = [];
  let at = 0;
  while (sources.length < count) {
    if (at + 4 > body.byteLength) return undefined;
    const ssrc = body.getUint32(at);
    at += 4;
    let canonicalName: string | undefined;
    while (true) {
      if (at >= body.byteLength) return undefined;
      const item = body.getUint8(at);
      if (item === ITEM_END) break;
      if (at + 2 > body.byteLength) return undefined;
      const length = body.getUint8(at + 1);
      if (at + 2 + length > body.byteLength) return undefined;
      if (item === ITEM_CANONICAL_NAME) canonicalName = readText(body, at + 2, length);
      at += 2 + length;
    }
    // The list of items ends with one or more null octets, up to the next 32-bit boundary.
    at = (at + 4) & ~3;
    sources.push(canonicalName === undefined ? { ssrc } : { ssrc, canonicalName });
  }
  return at <= body.byteLength ? sources : undefined;
}

/** @returns undefined when `count` sources or the reason do not fit */
export function readGoodbye(
  body: DataView,
  count: number,
): { sources: number[]; reason?: string } | undefined {
  const end = 4 * count;
  if (end > body.byteLength) return undefined;
  const sources: number[] = [];
  for (let at = 0; at < end; at += 4) sources.push(body.getUint32(at));
  if (end === body.byteLength) return { sources };
  const length = body.getUint8(end);
  if (end + 1 + length > body.byteLength) return undefined;
  return { sources, reason: readText(body, end + 1, length) };
}

function readText(body: DataView, at: number, length: number): string {
  return text.decode(new Uint8Array(body.buffer, body.byteOffset + at, length));
}
