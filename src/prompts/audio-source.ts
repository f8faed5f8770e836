import { VoiceFileRefusal } from '../accounts/voice-file-refusal.ts';
import { LARGEST_VOICE_FILE, type SourceContainer } from '../accounts/voice-file.ts';

/** An upload whose structure was checked and whose samples come block by block, so that little of it is in memory. */
export interface AudioSource {
  readonly container: SourceContainer;
  /** For people: `MP3, 44100 Hz, stereo`. */
  readonly description: string;
  /** Hz. */
  readonly sampleRate: number;
  /** Samples of one track, in 16-bit units. Throws VoiceFileRefusal where the content is not what the structure says. */
  blocks(): AsyncIterable<Float32Array>;
}

/** Of the longest voice file, at 8000 Hz; the header of its WAV file has 58 octets. */
export const MOST_SAMPLES = LARGEST_VOICE_FILE - 58;

const LONGEST_SECONDS = Math.floor(MOST_SAMPLES / 8000);

export const accepted = {
  kinds: 'WAV (PCM, A-law or mu-law), MP3, Ogg Opus or FLAC, mono or stereo, 1000 to 192000 Hz',
  whole: 'a whole file; export or upload it again',
  length: `at most ${LONGEST_SECONDS} s, which are 2 MB of A-law`,
} as const;

export const unsupported = (found: string): VoiceFileRefusal =>
  new VoiceFileRefusal('unsupported', found, accepted.kinds);

export const truncated = (found: string): VoiceFileRefusal =>
  new VoiceFileRefusal('truncated', found, accepted.whole);

export const damaged = (found: string): VoiceFileRefusal =>
  new VoiceFileRefusal('damaged', found, accepted.whole);

export const tooLong = (description: string, seconds?: number): VoiceFileRefusal => {
  const length = seconds === undefined ? `longer than ${LONGEST_SECONDS} s` : `${Math.round(seconds)} s long`;
  return new VoiceFileRefusal('too-long', `${description}, ${length}`, accepted.length);
};

/** @throws {VoiceFileRefusal} when that much sound is too long for a voice file */
export function checkSeconds(description: string, seconds: number): void {
  if (Math.ceil(seconds * 8000) > MOST_SAMPLES) throw tooLong(description, seconds);
}

/** `MP3, 44100 Hz, stereo`. @throws {VoiceFileRefusal} when a voice file cannot be made of that */
export function describeSource(kind: string, sampleRate: number, tracks: number): string {
  const description = `${kind}, ${sampleRate} Hz, ${['mono', 'stereo'][tracks - 1] ?? `${tracks} tracks`}`;
  if (tracks < 1 || tracks > 2 || sampleRate < 1000 || sampleRate > 192_000) throw unsupported(description);
  return description;
}

/** Full scale of a decoder that gives numbers from -1 to 1. */
const FULL_SCALE = 32_767;

/** The mean of all tracks, from -1 to 1, in 16-bit units. */
export function monoOf(tracks: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0)] = tracks;
  const mono = new Float32Array(first.length);
  for (const track of tracks)
    for (let index = 0; index < mono.length; index += 1) mono[index]! += track[index]!;
  return mono.map((sum) => (sum * FULL_SCALE) / tracks.length);
}

/** ASCII letters at a place in a file; shorter where the file ends. */
export function lettersAt(file: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...file.subarray(at, at + length));
}

export function viewOf(file: Uint8Array): DataView {
  return new DataView(file.buffer, file.byteOffset, file.byteLength);
}
