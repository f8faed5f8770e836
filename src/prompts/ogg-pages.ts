/** The pages of an Ogg file with one Opus stream (RFC 3533, RFC 7845), walked and verified without decoding. */
import { damaged, describeSource, lettersAt, truncated, unsupported, viewOf } from './audio-source.ts';

export interface OggOpusStructure {
  readonly description: string;
  /** By the granule positions (RFC 7845 4). */
  readonly seconds: number;
}

/** RFC 7845 4: granule positions count at 48 kHz, whatever was recorded. */
export const OPUS_RATE = 48_000;

const PAGE_HEADER = 27;
const BEGINNING = 0x02;
const END = 0x04;

const otherCodecs: readonly (readonly [signature: string, name: string])[] = [
  ['\x01vorbis', 'Ogg Vorbis'],
  ['Speex', 'Ogg Speex'],
  ['\x7fFLAC', 'FLAC inside Ogg'],
  ['\x80theora', 'Ogg video'],
];

interface Page {
  readonly flags: number;
  /** -1: no packet ends here. */
  readonly granule: bigint;
  readonly serial: number;
  readonly sequence: number;
  readonly body: Uint8Array;
  readonly end: number;
}

/** CRC-32 with the polynomial of RFC 3533 6, not reflected, from 0. */
const crcTable = Uint32Array.from({ length: 256 }, (_, octet) => {
  let remainder = octet << 24;
  for (let bit = 0; bit < 8; bit += 1)
    remainder = (remainder & 0x8000_0000) === 0 ? remainder << 1 : (remainder << 1) ^ 0x04c1_1db7;
  return remainder;
});

function checksumOf(page: Uint8Array): number {
  let crc = 0;
  for (let at = 0; at < page.length; at += 1) {
    // The checksum itself counts as zero.
    const octet = at >= 22 && at < 26 ? 0 : page[at]!;
    crc = (crc << 8) ^ crcTable[((crc >>> 24) ^ octet) & 0xff]!;
  }
  return crc >>> 0;
}

function pageAt(file: Uint8Array, view: DataView, at: number): Page {
  const cut = (): Error => truncated('an Ogg file that ends within a page');
  if (at + PAGE_HEADER > file.length) throw cut();
  if (lettersAt(file, at, 4) !== 'OggS' || file[at + 4] !== 0)
    throw damaged(`an Ogg file, unreadable at octet ${at}`);
  const body = at + PAGE_HEADER + file[at + 26]!;
  const lengths = file.subarray(at + PAGE_HEADER, body);
  const end = body + lengths.reduce((sum, length) => sum + length, 0);
  if (end > file.length) throw cut();
  if (checksumOf(file.subarray(at, end)) !== view.getUint32(at + 22, true))
    throw damaged(`an Ogg file with a wrong checksum at octet ${at}`);
  return {
    flags: file[at + 5]!,
    granule: view.getBigInt64(at + 6, true),
    serial: view.getUint32(at + 14, true),
    sequence: view.getUint32(at + 18, true),
    body: file.subarray(body, end),
    end,
  };
}

/** Walks all pages. @throws {VoiceFileRefusal} */
export function walkOggOpus(file: Uint8Array): OggOpusStructure {
  const view = viewOf(file);
  const first = pageAt(file, view, 0);
  const { description, preSkip } = readHead(first.body);
  let last = first;
  let granule = 0n;
  while (last.end < file.length) {
    const page = pageAt(file, view, last.end);
    if (page.serial !== first.serial || (page.flags & BEGINNING) !== 0)
      throw unsupported(`${description}, with more than one stream`);
    if (page.sequence !== last.sequence + 1 || lettersAt(page.body, 0, 8) === 'OpusHead')
      throw damaged(`${description}, with pages missing or repeated`);
    if (page.granule >= 0n) granule = page.granule;
    last = page;
  }
  if ((last.flags & END) === 0) throw truncated(`${description}, without its last page`);
  return { description, seconds: Math.max(0, Number(granule) - preSkip) / OPUS_RATE };
}

/** RFC 7845 5.1. */
function readHead(body: Uint8Array): { description: string; preSkip: number } {
  if (lettersAt(body, 0, 8) !== 'OpusHead') {
    const other = otherCodecs.find(([signature]) => lettersAt(body, 0, signature.length) === signature);
    throw unsupported(other?.[1] ?? 'Ogg without Opus');
  }
  if (body.length < 19) throw damaged('an Ogg Opus file with half a header');
  const view = viewOf(body);
  // Channel mapping family 0 is mono and stereo; decoders always give 48 kHz.
  const tracks = body[9]!;
  const description = describeSource('Ogg Opus', OPUS_RATE, tracks);
  if (body[18] !== 0) throw unsupported(`${description}, in channel mapping family ${body[18]}`);
  return { description, preSkip: view.getUint16(10, true) };
}
