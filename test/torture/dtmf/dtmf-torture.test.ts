import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DtmfDetector } from '../../../src/audio/dtmf.ts';
import { dtmfColumns, dtmfRows, dtmfTone } from '../../../src/audio/dtmf-tones.ts';
import { toneLevel } from '../../../src/audio/spectrum.ts';
import { parseWav, wavSamples } from '../../../src/audio/wav.ts';

/**
 * 20 s of synthesised speech (espeak-ng; German, English, French, Spanish and Chinese voices, high and low), the ten pieces
 * out of 40 minutes that come nearest to keys.
 */
const speech = wavSamples(parseWav(readFileSync(new URL('speech.wav', import.meta.url))));

function hear(samples: Int16Array): string {
  const detector = new DtmfDetector();
  let keys = '';
  for (let at = 0; at < samples.length; at += 160) keys += detector.process(samples.subarray(at, at + 160));
  return keys;
}

test('the speech rings a detector that looks at the eight frequencies alone', () => {
  let rings = 0;
  for (let at = 0; at + 205 <= speech.length; at += 205) {
    const piece = speech.subarray(at, at + 205);
    const low = Math.max(...dtmfRows.map((frequency) => toneLevel(piece, frequency)));
    const high = Math.max(...dtmfColumns.map((frequency) => toneLevel(piece, frequency)));
    if (low > -35 && high > -35 && Math.abs(low - high) < 8) rings++;
  }
  expect(rings).toBeGreaterThan(20);
});

test('speech is no key, at any loudness', () => {
  for (const gain of [1, 0.5, 0.25, 0.1]) expect(hear(speech.map((sample) => sample * gain))).toBe('');
});

test('a key over a voice 12 dB below it is heard', () => {
  const quiet = speech.map((sample) => sample * 0.05);
  const over = dtmfTone('8', 200, -13);
  for (const [index, sample] of over.entries()) quiet[16_000 + index]! += sample;
  expect(hear(quiet)).toBe('8');
});
