/**
 * WAV files as people have them (Microsoft, "Multimedia Programming Interface and Data Specifications 1.0" and "New
 * Multimedia Data Types and Data Techniques"). Stricter than `parseWav`, which reads what our own recorder left after a
 * crash: an upload whose lengths do not fit what is there is refused.
 */
import { alawToLinear, ulawToLinear } from '../audio/g711.ts';
import {
  type AudioSource,
  checkSeconds,
  damaged,
  describeSource,
  lettersAt,
  truncated,
  unsupported,
  viewOf,
} from './audio-source.ts';

const PCM = 1;
const FLOAT = 3;
const ALAW = 6;
const ULAW = 7;
const EXTENSIBLE = 0xfffe;

/** What writers leave that cannot go back to fill in a length, such as those of a pipe; the second is SoX's. */
const UNKNOWN_LENGTHS: ReadonlySet<number> = new Set([0xffff_ffff, 0x7fff_f000]);

/** Octets behind the last chunk that are forgiven: a tag, or what fills a sector. */
const MOST_BEHIND = 512;

/** Octets by which the length of the whole may be wrong: writers forget some header, or count too many. */
const MOST_MISCOUNTED = 64;

/** Frames a block. */
const BLOCK = 16_384;

/** Float samples may exceed full scale; what is beyond this, and what is no number, is not sound. */
const LOUDEST_FLOAT = 16;

const otherCodecs: ReadonlyMap<number, string> = new Map([
  [2, 'Microsoft ADPCM'],
  [17, 'IMA ADPCM'],
  [49, 'GSM 6.10'],
  [80, 'MPEG layer II'],
  [85, 'MP3 inside WAV'],
]);

interface SampleFormat {
  readonly name: string;
  readonly octets: number;
  /** A sample in 16-bit units. */
  readonly read: (view: DataView, at: number) => number;
}

const formats: Readonly<Record<string, SampleFormat>> = {
  [`${PCM}/8`]: { name: '8-bit PCM', octets: 1, read: (view, at) => (view.getUint8(at) - 128) * 256 },
  [`${PCM}/16`]: { name: '16-bit PCM', octets: 2, read: (view, at) => view.getInt16(at, true) },
  [`${PCM}/24`]: {
    name: '24-bit PCM',
    octets: 3,
    read: (view, at) => view.getInt16(at + 1, true) + view.getUint8(at) / 256,
  },
  [`${PCM}/32`]: { name: '32-bit PCM', octets: 4, read: (view, at) => view.getInt32(at, true) / 65_536 },
  [`${FLOAT}/32`]: { name: '32-bit float', octets: 4, read: (view, at) => unit(view.getFloat32(at, true)) },
  [`${FLOAT}/64`]: { name: '64-bit float', octets: 8, read: (view, at) => unit(view.getFloat64(at, true)) },
  [`${ALAW}/8`]: { name: 'A-law', octets: 1, read: (view, at) => alawToLinear[view.getUint8(at)]! },
  [`${ULAW}/8`]: { name: 'mu-law', octets: 1, read: (view, at) => ulawToLinear[view.getUint8(at)]! },
};

function unit(sample: number): number {
  if (!(Math.abs(sample) <= LOUDEST_FLOAT)) throw damaged('a WAV file with samples that are no sound');
  return sample * 32_767;
}

interface WavStructure {
  readonly format: SampleFormat;
  readonly sampleRate: number;
  readonly tracks: number;
  readonly description: string;
}

/** @throws {VoiceFileRefusal} */
export function openWav(file: Uint8Array): AudioSource {
  const view = viewOf(file);
  let structure: WavStructure | undefined;
  for (let at = 12; at + 8 <= file.length; ) {
    const name = lettersAt(file, at, 4);
    const claimed = view.getUint32(at + 4, true);
    const start = at + 8;
    if (name === 'data') {
      if (structure === undefined) throw damaged('a WAV file whose samples come before their format');
      return samplesOf(view, structure, start, claimed);
    }
    if (start + claimed > file.length) break;
    if (name === 'fmt ') structure = readFormat(view, start, claimed);
    at = start + claimed + (claimed % 2);
  }
  throw truncated('a WAV file that ends before its samples');
}

function readFormat(view: DataView, start: number, length: number): WavStructure {
  if (length < 16) throw damaged('a WAV file with half a format');
  const tag = view.getUint16(start, true);
  // WAVE_FORMAT_EXTENSIBLE keeps the real tag in the first two octets of a GUID.
  const codec = tag === EXTENSIBLE && length >= 26 ? view.getUint16(start + 24, true) : tag;
  const tracks = view.getUint16(start + 2, true);
  const sampleRate = view.getUint32(start + 4, true);
  const bits = view.getUint16(start + 14, true);
  const format = formats[`${codec}/${bits}`];
  if (format === undefined) {
    const known = codec === PCM || codec === FLOAT ? `${bits}-bit samples` : otherCodecs.get(codec);
    throw unsupported(`WAV, ${known ?? `codec number ${codec}`}`);
  }
  const description = describeSource(`WAV, ${format.name}`, sampleRate, tracks);
  if (view.getUint16(start + 12, true) !== tracks * format.octets)
    throw damaged(`${description}, whose format contradicts itself`);
  return { format, sampleRate, tracks, description };
}

function samplesOf(view: DataView, structure: WavStructure, start: number, claimed: number): AudioSource {
  const { format, sampleRate, tracks, description } = structure;
  const available = view.byteLength - start;
  if (claimed > available && !UNKNOWN_LENGTHS.has(claimed))
    throw truncated(`${description}, with ${available} of ${claimed} octets of sound`);
  checkLengths(view, description, start, claimed);
  const frame = tracks * format.octets;
  const frames = Math.floor(Math.min(claimed, available) / frame);
  checkSeconds(description, frames / sampleRate);
  return {
    container: 'WAV',
    description,
    sampleRate,
    async *blocks() {
      for (let done = 0; done < frames; done += BLOCK) {
        const block = new Float32Array(Math.min(BLOCK, frames - done));
        for (let index = 0; index < block.length; index += 1) {
          const at = start + (done + index) * frame;
          let sum = 0;
          for (let track = 0; track < tracks; track += 1)
            sum += format.read(view, at + track * format.octets);
          block[index] = sum / tracks;
        }
        yield block;
      }
    },
  };
}

/**
 * What the lengths say of the sound and of the whole must fit what is there: a file that contradicts itself was cut, or
 * never finished, or made to deceive, and we would play something else than was meant.
 *
 * @throws {VoiceFileRefusal}
 */
function checkLengths(view: DataView, description: string, start: number, claimed: number): void {
  const whole = view.getUint32(4, true);
  if (UNKNOWN_LENGTHS.has(claimed)) return;
  const end = start + claimed;
  if (!isFilledByChunks(view, end)) {
    if (claimed === 0 && whole + 8 <= start)
      throw damaged(`${description}, whose length was never filled in`);
    throw damaged(
      `${description}, which says that it holds ${claimed} octets of sound, but ${view.byteLength - end} octets that are no part of it follow`,
    );
  }
  if (UNKNOWN_LENGTHS.has(whole)) return;
  if (whole + 8 > view.byteLength + MOST_MISCOUNTED)
    throw truncated(`${description}, with ${view.byteLength} of ${whole + 8} octets`);
  if (whole + 8 < end - MOST_MISCOUNTED)
    throw damaged(
      `${description}, which says that it has ${whole + 8} octets in all, but whose sound ends at ${end}`,
    );
}

/** Whether what follows is chunks up to the end, or hardly anything. Some writers leave out the octet that makes a length even. */
function isFilledByChunks(view: DataView, end: number): boolean {
  const file = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return [end, end + (end % 2)].some((from) => {
    let at = from;
    while (file.length - at > MOST_BEHIND && /^[ -~]{4}$/.test(lettersAt(file, at, 4))) {
      const length = view.getUint32(at + 4, true);
      at += 8 + length + (length % 2);
    }
    return file.length - at <= MOST_BEHIND && at <= file.length + 1;
  });
}
