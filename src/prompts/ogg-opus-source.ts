import { OggOpusDecoder, type OggOpusDecodedAudio } from 'ogg-opus-decoder';
import { type AudioSource, checkSeconds, damaged, monoOf } from './audio-source.ts';
import { OPUS_RATE, walkOggOpus } from './ogg-pages.ts';

/**
 * Octets handed to the decoder at once. A page of under 600 octets may hold 255 packets of 120 ms, so that one
 * kilobyte becomes a minute of sound at worst.
 */
const CHUNK = 1024;

/** Seconds by which sound and granule positions may differ: one packet of the longest kind. */
const TOLERANCE = 0.12;

/** @throws {VoiceFileRefusal} */
export function openOggOpus(file: Uint8Array): AudioSource {
  const { description, seconds } = walkOggOpus(file);
  checkSeconds(description, seconds);
  return {
    container: 'Ogg Opus',
    description,
    sampleRate: OPUS_RATE,
    async *blocks() {
      const decoder = new OggOpusDecoder();
      await decoder.ready;
      let samples = 0;
      const blockOf = ({ channelData, errors, samplesDecoded }: OggOpusDecodedAudio): Float32Array => {
        if (errors.length > 0) throw damaged(`${description}, which cannot be decoded`);
        samples += samplesDecoded;
        return monoOf(channelData);
      };
      for (let at = 0; at < file.length; at += CHUNK)
        yield blockOf(await decoder.decode(file.slice(at, at + CHUNK)));
      yield blockOf(await decoder.flush());
      if (Math.abs(samples / OPUS_RATE - seconds) > TOLERANCE)
        throw damaged(
          `${description}, with ${(samples / OPUS_RATE).toFixed(1)} s of sound where it says ${seconds.toFixed(1)} s`,
        );
      decoder.free();
    },
  };
}
