import { MPEGDecoder } from 'mpg123-decoder';
import { type AudioSource, checkSeconds, damaged, monoOf } from './audio-source.ts';
import { walkMp3 } from './mp3-frames.ts';

/** Octets handed to the decoder at once: at 8 kbit/s, the lowest rate there is, 16 s. */
const CHUNK = 16_384;

/** @throws {VoiceFileRefusal} */
export function openMp3(file: Uint8Array): AudioSource {
  const { description, sampleRate, seconds } = walkMp3(file);
  checkSeconds(description, seconds);
  return {
    container: 'MP3',
    description,
    sampleRate,
    async *blocks() {
      const decoder = new MPEGDecoder();
      await decoder.ready;
      for (let at = 0; at < file.length; at += CHUNK) {
        const {
          channelData,
          errors,
          samplesDecoded,
          sampleRate: found,
        } = decoder.decode(file.subarray(at, at + CHUNK));
        if (errors.length > 0 || (samplesDecoded > 0 && found !== sampleRate))
          throw damaged(`${description}, which cannot be decoded`);
        yield monoOf(channelData);
      }
      decoder.free();
    },
  };
}
