/** Makes what calls play of what people upload. Runs in a thread of its own: decoders block, and uploads may be hostile. */
import type { ConvertedVoiceFile } from '../accounts/ports.ts';
import { encodeG711 } from '../audio/g711.ts';
import { levelled, loudnessOf } from '../audio/loudness.ts';
import { Resampler } from '../audio/resample.ts';
import { telephonySampleRate } from '../audio/tone.ts';
import { writeG711Wav } from '../audio/wav.ts';
import { type AudioSource, damaged, lettersAt, MOST_SAMPLES, tooLong, unsupported } from './audio-source.ts';
import { openFlac } from './flac-source.ts';
import { looksLikeMp3 } from './mp3-frames.ts';
import { openMp3 } from './mp3-source.ts';
import { openOggOpus } from './ogg-opus-source.ts';
import { openWav } from './wav-source.ts';

/** An empty file is the documented way to suppress a prompt (spec 11): it becomes this many samples of silence. */
const SHORTEST = 160;

/** What people take for sound files, by their first octets. */
const others: readonly (readonly [at: number, signature: string, name: string])[] = [
  [4, 'ftyp', 'MP4 or M4A'],
  [0, 'RIFX', 'WAV with the octets in reverse (RIFX)'],
  [0, 'RF64', 'WAV of the 64-bit kind (RF64)'],
  [0, 'FORM', 'AIFF'],
  [0, '#!AMR', 'AMR'],
  [0, '\x1aE\xdf\xa3', 'WebM or Matroska'],
  [0, '.snd', 'AU'],
  [0, '0&\xb2u', 'WMA'],
  [0, 'ADIF', 'AAC'],
  [0, 'PK', 'ZIP'],
  [0, '%PDF', 'PDF'],
];

/** Judges by content: names and media types of uploads are often wrong. @throws {VoiceFileRefusal} */
export function openSource(file: Uint8Array): AudioSource {
  if (lettersAt(file, 0, 4) === 'RIFF' && lettersAt(file, 8, 4) === 'WAVE') return openWav(file);
  if (lettersAt(file, 0, 4) === 'OggS') return openOggOpus(file);
  if (lettersAt(file, 0, 4) === 'fLaC') return openFlac(file);
  if (looksLikeMp3(file)) return openMp3(file);
  const other = others.find(([at, signature]) => lettersAt(file, at, signature.length) === signature);
  throw unsupported(other?.[2] ?? nameOfMpeg(file) ?? 'no sound file of a known kind');
}

/** The other layers of MPEG audio, and AAC in ADTS, begin with the same eleven bits. */
function nameOfMpeg(file: Uint8Array): string | undefined {
  if (file[0] !== 0xff || ((file[1] ?? 0) & 0xe0) !== 0xe0) return undefined;
  return ['AAC', undefined, 'MPEG layer II', 'MPEG layer I'][(file[1]! >> 1) & 3];
}

/**
 * A WAV, MP3, Ogg Opus or FLAC file as levelled A-law at 8000 Hz, mono.
 * @throws {VoiceFileRefusal}
 */
export async function convert(file: Uint8Array): Promise<ConvertedVoiceFile> {
  const source = openSource(file);
  const found = await monoAtTelephonyRate(source);
  const samples = levelled(found);
  const { container, description } = source;
  return {
    source: { container, description, size: file.length, loudness: shownLoudness(found) },
    loudness: shownLoudness(samples),
    wav: writeG711Wav('PCMA', encodeG711('PCMA', samples)),
    duration: Math.round((samples.length * 1000) / telephonySampleRate),
  };
}

/** To a tenth of a decibel; undefined of silence. */
function shownLoudness(samples: ArrayLike<number>): number | undefined {
  const loudness = loudnessOf(samples);
  return loudness === -Infinity ? undefined : Math.round(loudness * 10) / 10;
}

async function monoAtTelephonyRate(source: AudioSource): Promise<Float32Array> {
  const resampler = new Resampler(source.sampleRate, telephonySampleRate);
  const whole = new Float32Array(MOST_SAMPLES);
  let length = 0;
  const keep = (samples: Float32Array): void => {
    if (length + samples.length > MOST_SAMPLES) throw tooLong(source.description);
    whole.set(samples, length);
    length += samples.length;
  };
  for await (const block of source.blocks()) keep(resampler.push(block));
  keep(resampler.flush());
  if (length === 0 && source.container !== 'WAV') throw damaged(`${source.description}, without sound`);
  return whole.subarray(0, Math.max(length, SHORTEST));
}
