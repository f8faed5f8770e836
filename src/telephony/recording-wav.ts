/** The shape of recordings: WAV, A-law, 8000 Hz (the service's manual: 64 kbit/s mono). */
import { alawToLinear, linearToAlaw } from '../audio/g711.ts';
import { wavHeader, wavHeaderLength } from '../audio/wav.ts';

/** `mixed`: both parties on one track. `stereo`: the first party left, the second right. */
export type RecordingLayout = 'mixed' | 'stereo';

/** What is in the file. */
export interface RecordingResult {
  readonly milliseconds: number;
  /** Of the whole file; 0 when there is none. */
  readonly bytes: number;
}

const SAMPLES_PER_MILLISECOND = 8;
const HEADER_LENGTH = wavHeaderLength('PCMA');
const LARGEST = 32_767;
const SMALLEST = -32_768;

function tracksOf(layout: RecordingLayout): number {
  return layout === 'stereo' ? 2 : 1;
}

/** The header of a file that holds `length` octets of samples. */
export function recordingHeader(layout: RecordingLayout, length: number): Uint8Array {
  return wavHeader({ encoding: 'PCMA', sampleRate: 8000, tracks: tracksOf(layout) }, length);
}

/** @param bytes of a recording's file, which may have been cut off anywhere */
export function recordingResult(layout: RecordingLayout, bytes: number): RecordingResult {
  const samples = Math.max(0, bytes - HEADER_LENGTH) / tracksOf(layout);
  return { milliseconds: Math.floor(samples / SAMPLES_PER_MILLISECOND), bytes };
}

/** Both sides, equally long A-law, as the octets of the layout. */
export function composeRecording(
  layout: RecordingLayout,
  first: Uint8Array,
  second: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return layout === 'stereo' ? interleave(first, second) : mix(first, second);
}

function interleave(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(2 * left.length);
  for (let index = 0; index < left.length; index++) {
    octets[2 * index] = left[index]!;
    octets[2 * index + 1] = right[index]!;
  }
  return octets;
}

/** Added at full level: who speaks alone is as loud as on the line; where both shout, the sum saturates. */
function mix(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(first.length);
  for (let index = 0; index < first.length; index++) {
    const sum = alawToLinear[first[index]!]! + alawToLinear[second[index]!]!;
    octets[index] = linearToAlaw(Math.max(SMALLEST, Math.min(LARGEST, sum)));
  }
  return octets;
}
