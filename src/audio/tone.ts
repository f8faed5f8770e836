import { amplitudeOf } from './level.ts';

/** Samples a second of everything in telephony that G.711 carries. */
export const telephonySampleRate = 8000;

/** What tones sound at unless told otherwise: the loudness of a clear voice. */
const USUAL_DBFS = -16;
/** A tone swells and fades this long, ms: a hard edge clicks. */
const EDGE = 5;

function samplesIn(milliseconds: number): number {
  return Math.round((milliseconds * telephonySampleRate) / 1000);
}

/** Silence as 16-bit samples at 8000 Hz. */
export function silence(milliseconds: number): Int16Array {
  return new Int16Array(samplesIn(milliseconds));
}

/**
 * A tone of one or more sines that begin and end softly, as 16-bit samples at 8000 Hz.
 *
 * @param frequencies Hz, below 4000
 * @param dbfs level of each sine
 */
export function tone(frequencies: readonly number[], milliseconds: number, dbfs = USUAL_DBFS): Int16Array {
  const samples = new Int16Array(samplesIn(milliseconds));
  const amplitude = amplitudeOf(dbfs);
  const edge = samplesIn(EDGE);
  for (let index = 0; index < samples.length; index += 1) {
    let sum = 0;
    for (const frequency of frequencies)
      sum += Math.sin((2 * Math.PI * frequency * index) / telephonySampleRate);
    const swell = Math.min(1, (index + 1) / edge, (samples.length - index) / edge);
    samples[index] = Math.max(-32_768, Math.min(32_767, Math.round(amplitude * sum * swell)));
  }
  return samples;
}

/**
 * One or more sines without beginning or end: a buffer that can be repeated with no edge in between.
 *
 * @param frequencies whole Hz below 4000; one second holds whole periods of each
 * @returns one second of 16-bit samples at 8000 Hz
 */
export function endlessTone(frequencies: readonly number[], dbfs = USUAL_DBFS): Int16Array {
  if (!frequencies.every(Number.isInteger)) throw new RangeError('an endless tone needs whole frequencies');
  const amplitude = amplitudeOf(dbfs);
  return Int16Array.from({ length: telephonySampleRate }, (_, index) => {
    const phase = (2 * Math.PI * index) / telephonySampleRate;
    const sum = frequencies.reduce((total, frequency) => total + Math.sin(phase * frequency), 0);
    return Math.max(-32_768, Math.min(32_767, Math.round(amplitude * sum)));
  });
}

/** Pieces of audio one after the other: a cadence, a melody. */
export function sequence(...parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** `samples` over and over, `milliseconds` long. */
export function repeated(samples: Int16Array, milliseconds: number): Int16Array {
  return Int16Array.from({ length: samplesIn(milliseconds) }, (_, index) => samples[index % samples.length]!);
}

/** Ring-back as the Chinese network plays it: 450 Hz, 1 s on and 4 s off (GB/T 3380, ITU-T E.180). To be repeated. */
export function ringBackTone(): Int16Array {
  return sequence(tone([450], 1000), silence(4000));
}

/** Busy tone of the Chinese network: 450 Hz, 0.35 s on and 0.35 s off. To be repeated. */
export function busyTone(): Int16Array {
  return sequence(tone([450], 350), silence(350));
}

/**
 * Special information tone: an announcement follows that the call failed. 950, 1400 and 1800 Hz for 0.33 s each, then
 * a second of silence (ITU-T E.180 7). To be repeated.
 */
export function specialInformationTone(): Int16Array {
  return sequence(...[950, 1400, 1800].map((frequency) => tone([frequency], 330)), silence(1000));
}

/**
 * What the first party hears while the second one is dialled: two soft notes and a pause, so that nobody takes it
 * for the network's ring-back. To be repeated.
 */
export function waitingTone(): Int16Array {
  return sequence(tone([523], 400, -20), tone([659], 600, -20), silence(2000));
}

/** Three rising notes: somebody is about to tell you something. */
export function greetingChime(): Int16Array {
  return sequence(tone([587], 250), tone([740], 250), tone([880], 500), silence(300));
}
