/** The frames of an MP3 file (ISO/IEC 11172-3 2.4.1, 13818-3 2.4.1), walked from header to header without decoding. */
import { damaged, describeSource, lettersAt, truncated, unsupported, viewOf } from './audio-source.ts';

interface FrameHeader {
  /** Octets, header included. */
  readonly length: number;
  readonly sampleRate: number;
  readonly tracks: number;
  /** Per track. */
  readonly samples: number;
  /** Octets between the header and the main part. */
  readonly sideInformation: number;
}

export interface Mp3Structure {
  readonly description: string;
  readonly sampleRate: number;
  readonly seconds: number;
}

const MPEG1 = 3;
const MPEG2 = 2;
const MPEG25 = 0;
const LAYER_III = 1;

const RATES: Readonly<Record<number, readonly number[]>> = {
  [MPEG1]: [44_100, 48_000, 32_000],
  [MPEG2]: [22_050, 24_000, 16_000],
  [MPEG25]: [11_025, 12_000, 8000],
};
/** kbit/s of layer III, by bit rate index; 0 is the free format. */
const BIT_RATES_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const BIT_RATES_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** What may follow the last frame: ID3v1, APE and Lyrics3 tags, a second ID3v2 tag, padding. */
const TRAILERS = ['TAG', 'APETAGEX', 'LYRICSBEGIN', 'ID3', '3DI'];

/** @returns undefined where no frame of layer III begins */
function headerAt(file: Uint8Array, at: number): FrameHeader | undefined {
  if (at + 4 > file.length || file[at] !== 0xff || (file[at + 1]! & 0xe0) !== 0xe0) return undefined;
  const [version, layer] = [(file[at + 1]! >> 3) & 3, (file[at + 1]! >> 1) & 3];
  const sampleRate = RATES[version]?.[(file[at + 2]! >> 2) & 3];
  const bitRate = (version === MPEG1 ? BIT_RATES_1 : BIT_RATES_2)[file[at + 2]! >> 4];
  if (layer !== LAYER_III || sampleRate === undefined || bitRate === undefined) return undefined;
  if (bitRate === 0) throw unsupported('MP3 in the free format');
  const padding = (file[at + 2]! >> 1) & 1;
  const tracks = file[at + 3]! >> 6 === 3 ? 1 : 2;
  const samples = version === MPEG1 ? 1152 : 576;
  const checked = (file[at + 1]! & 1) === 0 ? 2 : 0;
  const sideInformation = version === MPEG1 ? [17, 32] : [9, 17];
  return {
    length: Math.floor((samples * bitRate * 125) / sampleRate) + padding,
    sampleRate,
    tracks,
    samples,
    sideInformation: checked + sideInformation[tracks - 1]!,
  };
}

/** Where sound begins: behind an ID3v2 tag and padding. @throws {VoiceFileRefusal} */
function startOf(file: Uint8Array): number {
  let at = 0;
  while (lettersAt(file, at, 3) === 'ID3') {
    // ID3v2.4 3.1: four times seven bits, and a footer where flag 4 says so.
    const size = [6, 7, 8, 9].reduce((sum, place) => sum * 128 + ((file[at + place] ?? 0) & 0x7f), 0);
    at += 10 + size + (((file[at + 5] ?? 0) & 0x10) === 0 ? 0 : 10);
    if (at >= file.length) throw truncated('an MP3 file that ends within its tag');
  }
  while (file[at] === 0 && at < file.length) at += 1;
  return at;
}

/** Whether two frames of layer III follow each other at the beginning, or one and the end. */
export function looksLikeMp3(file: Uint8Array): boolean {
  if (lettersAt(file, 0, 3) === 'ID3') return true;
  const first = headerAt(file, 0);
  if (first === undefined) return false;
  return first.length >= file.length || headerAt(file, first.length)?.sampleRate === first.sampleRate;
}

/** Walks all frames. @throws {VoiceFileRefusal} when they do not reach from the beginning to the end */
export function walkMp3(file: Uint8Array): Mp3Structure {
  const start = startOf(file);
  const first = headerAt(file, start);
  if (first === undefined) throw unsupported('a tagged file without MP3 frames behind the tag');
  const description = describeSource('MP3', first.sampleRate, first.tracks);
  const secondsOf = (frames: number): string => ((frames * first.samples) / first.sampleRate).toFixed(1);
  let frames = 0;
  let at = start;
  for (let header: FrameHeader | undefined = first; header !== undefined; header = headerAt(file, at)) {
    if (header.sampleRate !== first.sampleRate)
      throw damaged(`${description}, and goes on at ${header.sampleRate} Hz after ${secondsOf(frames)} s`);
    if (at + header.length > file.length)
      throw truncated(`${description}, cut off after ${secondsOf(frames)} s`);
    at += header.length;
    frames += 1;
  }
  if (!isTrailer(file, at)) throw damaged(`${description}, unreadable after ${secondsOf(frames)} s`);
  checkClaim(file, start, first, frames, description);
  return { description, sampleRate: first.sampleRate, seconds: (frames * first.samples) / first.sampleRate };
}

function isTrailer(file: Uint8Array, at: number): boolean {
  const rest = file.subarray(at);
  return TRAILERS.some((tag) => lettersAt(rest, 0, tag.length) === tag) || rest.every((octet) => octet === 0);
}

/** The first frame may be one of silence that says how many there are (Xing, Info). It may or may not count itself. */
function checkClaim(
  file: Uint8Array,
  start: number,
  { sideInformation }: FrameHeader,
  frames: number,
  description: string,
): void {
  const at = start + 4 + sideInformation;
  if (!['Xing', 'Info'].includes(lettersAt(file, at, 4)) || at + 12 > file.length) return;
  if ((file[at + 7]! & 1) === 0) return;
  const claimed = viewOf(file).getUint32(at + 8);
  const found = `${description}, with ${frames} frames where it says ${claimed}`;
  if (frames < claimed) throw truncated(found);
  if (frames > claimed + 1) throw damaged(found);
}
