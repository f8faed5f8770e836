import { FLACDecoder } from '@wasm-audio-decoders/flac';
import {
  type AudioSource,
  checkSeconds,
  damaged,
  describeSource,
  lettersAt,
  monoOf,
  truncated,
  viewOf,
} from './audio-source.ts';

/**
 * Octets handed to the decoder at once. A frame of silence has 12 octets and 65,535 samples, so that half a kilobyte
 * becomes some 20 MB at worst.
 */
const CHUNK = 512;

interface StreamInformation {
  readonly description: string;
  readonly sampleRate: number;
  readonly tracks: number;
  /** Per track; 0: the encoder did not know. */
  readonly samples: number;
  /** Where the frames begin. */
  readonly frames: number;
}

/** RFC 9639 8.1 and 8.2. @throws {VoiceFileRefusal} */
function readInformation(file: Uint8Array): StreamInformation {
  if (file.length < 42) throw truncated('a FLAC file that ends within its header');
  if ((file[4]! & 0x7f) !== 0) throw damaged('a FLAC file without its stream information');
  const view = viewOf(file);
  const packed = view.getBigUint64(18);
  const sampleRate = Number(packed >> 44n);
  const tracks = Number((packed >> 41n) & 7n) + 1;
  const bits = Number((packed >> 36n) & 31n) + 1;
  const description = describeSource(`FLAC, ${bits}-bit`, sampleRate, tracks);
  let at = 4;
  for (let isLast = false; !isLast; ) {
    if (at + 4 > file.length) throw truncated(`${description}, cut off before its sound`);
    isLast = (file[at]! & 0x80) !== 0;
    at += 4 + (view.getUint32(at) & 0xff_ffff);
  }
  if (at > file.length) throw truncated(`${description}, cut off before its sound`);
  return { description, sampleRate, tracks, samples: Number(packed & 0xf_ffff_ffffn), frames: at };
}

/** @throws {VoiceFileRefusal} */
export function openFlac(file: Uint8Array): AudioSource {
  if (lettersAt(file, 0, 4) !== 'fLaC') throw damaged('a FLAC file without its mark');
  const { description, sampleRate, tracks, samples, frames } = readInformation(file);
  checkSeconds(description, samples / sampleRate);
  const undecodable = (): Error => damaged(`${description}, which cannot be decoded`);
  return {
    container: 'FLAC',
    description,
    sampleRate,
    async *blocks() {
      const decoder = new FLACDecoder();
      await decoder.ready;
      let decoded = 0;
      // The header goes in as a whole: it may hold pictures.
      for (let at = 0; at < file.length; at = at === 0 ? Math.max(1, frames) : at + CHUNK) {
        const end = at === 0 ? frames : at + CHUNK;
        const {
          channelData,
          errors,
          samplesDecoded,
          sampleRate: found,
        } = await decoder.decode(file.slice(at, end));
        if (errors.length > 0) throw undecodable();
        if (samplesDecoded > 0 && (found !== sampleRate || channelData.length !== tracks))
          throw undecodable();
        decoded += samplesDecoded;
        yield monoOf(channelData);
      }
      const rest = await decoder.flush();
      if (rest.errors.length > 0) throw undecodable();
      decoded += rest.samplesDecoded;
      yield monoOf(rest.channelData);
      decoder.free();
      if (samples > 0 && decoded < samples)
        throw truncated(`${description}, with ${decoded} of ${samples} samples`);
      if (samples > 0 && decoded > samples)
        throw damaged(`${description}, with ${decoded} samples where it says ${samples}`);
    },
  };
}
