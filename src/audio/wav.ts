import { alawToLinear, ulawToLinear } from './g711.ts';

/** How the samples of a WAV file are written: 16-bit linear, or one octet of G.711 each. */
export type WavEncoding = 'PCM16' | 'PCMA' | 'PCMU';

/** A WAV file, or the shape of one to be written. */
export interface WavFormat {
  readonly encoding: WavEncoding;
  /** Hz. */
  readonly sampleRate: number;
  /** 1 mono, 2 stereo; samples of several tracks are interleaved. */
  readonly tracks: number;
}

export interface WavFile extends WavFormat {
  /** The samples as they stand in the file: whole frames only. */
  readonly octets: Uint8Array;
}

/** Bytes that are not a WAV file we can read. */
export class WavError extends Error {
  override readonly name = 'WavError';
}

const FORMAT_TAGS: Readonly<Record<WavEncoding, number>> = { PCM16: 1, PCMA: 6, PCMU: 7 };
const EXTENSIBLE = 0xfffe;
const MOST_TRACKS = 8;
const RIFF_HEADER = 12;
const CHUNK_HEADER = 8;

function octetsPerSample(encoding: WavEncoding): number {
  return encoding === 'PCM16' ? 2 : 1;
}

/** Length of what `wavHeader` returns. */
export function wavHeaderLength(encoding: WavEncoding): number {
  return encoding === 'PCM16' ? 44 : 58;
}

/**
 * Everything before the samples. A file that grows is begun with `length` 0 and gets its header again at the end.
 *
 * @param length of the samples in octets; at most 4 GiB less the header
 */
export function wavHeader(format: WavFormat, length: number): Uint8Array {
  const { encoding, sampleRate, tracks } = format;
  const size = octetsPerSample(encoding);
  const header = new Uint8Array(wavHeaderLength(encoding));
  const view = new DataView(header.buffer);
  const name = (at: number, text: string): void => header.set(new TextEncoder().encode(text), at);
  name(0, 'RIFF');
  view.setUint32(4, header.length - CHUNK_HEADER + length + (length % 2), true);
  name(8, 'WAVEfmt ');
  // Anything but linear PCM has an (empty) extension of the format and a fact chunk (RIFF, "New WAVE types").
  const companded = encoding !== 'PCM16';
  view.setUint32(16, companded ? 18 : 16, true);
  view.setUint16(20, FORMAT_TAGS[encoding], true);
  view.setUint16(22, tracks, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * tracks * size, true);
  view.setUint16(32, tracks * size, true);
  view.setUint16(34, size * 8, true);
  if (companded) {
    name(38, 'fact');
    view.setUint32(42, 4, true);
    view.setUint32(46, length / tracks, true);
  }
  name(header.length - CHUNK_HEADER, 'data');
  view.setUint32(header.length - 4, length, true);
  return header;
}

/** A whole WAV file of 16-bit samples. */
export function writeWav(samples: Int16Array, sampleRate = 8000, tracks = 1): Uint8Array {
  const octets = new Uint8Array(samples.length * 2);
  const view = new DataView(octets.buffer);
  for (let index = 0; index < samples.length; index += 1) view.setInt16(index * 2, samples[index]!, true);
  return wholeFile({ encoding: 'PCM16', sampleRate, tracks }, octets);
}

/** A whole WAV file of G.711 octets. */
export function writeG711Wav(encoding: 'PCMA' | 'PCMU', octets: Uint8Array, tracks = 1): Uint8Array {
  return wholeFile({ encoding, sampleRate: 8000, tracks }, octets);
}

function wholeFile(format: WavFormat, octets: Uint8Array): Uint8Array {
  const header = wavHeader(format, octets.length);
  // A chunk of odd length is followed by a padding octet.
  const file = new Uint8Array(header.length + octets.length + (octets.length % 2));
  file.set(header);
  file.set(octets, header.length);
  return file;
}

/**
 * Reads a WAV file of 16-bit PCM, A-law or mu-law. Unknown chunks are skipped; a file that was cut off, or whose
 * lengths were never filled in, yields the samples that are there.
 *
 * @param file not copied: `octets` of the result is a view of it
 * @throws {WavError}
 */
export function parseWav(file: Uint8Array): WavFile {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const nameAt = (at: number): string => String.fromCharCode(...file.subarray(at, at + 4));
  if (nameAt(0) !== 'RIFF' || nameAt(8) !== 'WAVE') throw new WavError('not a WAV file');
  let format: WavFormat | undefined;
  for (let at = RIFF_HEADER; at + CHUNK_HEADER <= file.length; ) {
    const start = at + CHUNK_HEADER;
    const length = Math.min(view.getUint32(at + 4, true), file.length - start);
    if (nameAt(at) === 'fmt ') format = readFormat(view, start, length);
    if (nameAt(at) === 'data') {
      if (format === undefined) throw new WavError('the samples come before their format');
      return { ...format, octets: wholeFrames(format, file, view, start) };
    }
    at = start + length + (length % 2);
  }
  throw new WavError('holds no samples');
}

function wholeFrames(format: WavFormat, file: Uint8Array, view: DataView, start: number): Uint8Array {
  const available = file.length - start;
  const claimed = view.getUint32(start - 4, true);
  // A recorder that was killed leaves its lengths at 0: all that follows are samples.
  const unfinished = claimed === 0 && view.getUint32(4, true) + CHUNK_HEADER <= start;
  const length = unfinished ? available : Math.min(claimed, available);
  const frame = octetsPerSample(format.encoding) * format.tracks;
  return file.subarray(start, start + length - (length % frame));
}

function readFormat(view: DataView, start: number, length: number): WavFormat {
  if (length < 16) throw new WavError('the format is cut off');
  let tag = view.getUint16(start, true);
  // WAVE_FORMAT_EXTENSIBLE keeps the tag in the first two octets of a GUID.
  if (tag === EXTENSIBLE && length >= 26) tag = view.getUint16(start + 24, true);
  const tracks = view.getUint16(start + 2, true);
  const sampleRate = view.getUint32(start + 4, true);
  const bits = view.getUint16(start + 14, true);
  const encoding = (['PCM16', 'PCMA', 'PCMU'] as const).find((each) => FORMAT_TAGS[each] === tag);
  if (encoding === undefined || bits !== octetsPerSample(encoding) * 8)
    throw new WavError('is neither 16-bit PCM nor A-law nor mu-law');
  if (tracks === 0 || tracks > MOST_TRACKS) throw new WavError(`has ${tracks} tracks`);
  if (sampleRate < 1000 || sampleRate > 192_000) throw new WavError(`has ${sampleRate} samples a second`);
  return { encoding, sampleRate, tracks };
}

/** The samples of a WAV file as 16-bit linear ones, interleaved as in the file. */
export function wavSamples(file: WavFile): Int16Array {
  const { encoding, octets } = file;
  if (encoding !== 'PCM16') {
    const linear = encoding === 'PCMA' ? alawToLinear : ulawToLinear;
    return Int16Array.from(octets, (octet) => linear[octet]!);
  }
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  return Int16Array.from({ length: octets.length / 2 }, (_, index) => view.getInt16(index * 2, true));
}
