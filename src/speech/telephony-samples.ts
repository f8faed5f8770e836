/** What other engines give, as what calls play. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { levelled } from '../audio/loudness.ts';
import { Resampler } from '../audio/resample.ts';

const TELEPHONE_RATE = 8000;
const FULL_SCALE = 32_768;

/** 16-bit samples as -1 to 1; several tracks, interleaved, as their mean. */
export function monoOf(samples: Int16Array, tracks: number): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / tracks) }, (_, frame) => {
    let sum = 0;
    for (let track = 0; track < tracks; track += 1) sum += samples[frame * tracks + track]!;
    return sum / tracks / FULL_SCALE;
  });
}

/**
 * At 8000 Hz and at the loudness of prompts. Works a second of sound at a time, so that signalling goes on in between.
 *
 * @param samples mono, -1 to 1
 * @param rate Hz
 */
export async function telephonySamples(samples: Float32Array, rate: number): Promise<Int16Array> {
  const scaled = samples.map((sample) => sample * FULL_SCALE);
  if (rate === TELEPHONE_RATE) return levelled(scaled);
  const resampler = new Resampler(rate, TELEPHONE_RATE);
  const parts: Float32Array[] = [];
  for (let at = 0; at < scaled.length; at += rate) {
    parts.push(resampler.push(scaled.subarray(at, at + rate)));
    await nextTurn();
  }
  parts.push(resampler.flush());
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return levelled(whole);
}
