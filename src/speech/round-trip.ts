/**
 * The round trip: what the built-in engine says for twenty sentences, against what must be heard.
 * `node src/speech/round-trip.ts` writes the result into docs/speech.md; a test runs the same comparison.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EspeakProvider } from './espeak/espeak.ts';
import { englishPhonemes, syllablePhonemes } from './round-trip-phonemes.ts';
import { type RoundTripSentence, roundTripSentences } from './round-trip-sentences.ts';

export interface RoundTrip {
  readonly sentence: RoundTripSentence;
  readonly expected: readonly string[];
  /** In espeak-ng's notation, without stress and joints. */
  readonly spoken: readonly string[];
}

/** Phonemes of each sentence, expected and spoken, part by part. */
export async function roundTrips(engine: EspeakProvider, signal: AbortSignal): Promise<RoundTrip[]> {
  const trips: RoundTrip[] = [];
  for (const sentence of roundTripSentences) {
    const parts = await engine.phonemes({ text: sentence.text, language: 'auto', speed: 0 }, signal);
    const expected = sentence.heard.map(([language, text]) =>
      text
        .split(' ')
        .map(language === 'zh' ? syllablePhonemes : englishPhonemes)
        .join(' '),
    );
    const spoken = parts.map((part, index) => plainPhonemes(part, sentence.heard[index]?.[0] ?? 'zh'));
    trips.push({ sentence, expected, spoken });
  }
  return trips;
}

/** Without stress, joints and pauses; in Chinese, glides as the vowels they are, and the tone at the syllable's end. */
function plainPhonemes(phonemes: string, language: 'zh' | 'en'): string {
  const syllables = phonemes
    .split(/[ |]+/)
    .map((each) => each.replaceAll(/[_',:]|^;|;$/g, (mark) => (mark === ':' && language === 'en' ? ':' : '')))
    .filter((each) => each !== '');
  if (language === 'en') return syllables.join(' ');
  return syllables
    .map((syllable) =>
      syllable
        .replace('w', 'u')
        .replace('j', 'i')
        .replace('uu', 'u')
        .replace(/i([iy])/, '$1')
        .replace(/(\d+)(\D*)$/, '$2$1'),
    )
    .join(' ');
}

/** The table of docs/speech.md. */
export function roundTripTable(trips: readonly RoundTrip[]): string {
  const rows = trips.map(({ sentence, expected, spoken }) => {
    const heard = sentence.heard.map(([, text]) => text).join(' · ');
    const same = expected.join(' · ') === spoken.join(' · ');
    const result = same ? 'same' : `**differs**: \`${spoken.join(' · ')}\``;
    return `| ${sentence.text} | ${heard} | ${spoken.join(' ').split(' ').length} | ${result} |`;
  });
  return ['| Text | To be heard | Syllables or words | Phonemes |', '|---|---|---|---|', ...rows].join('\n');
}

const BEGIN = '<!-- round trip: begin -->';
const END = '<!-- round trip: end -->';

/** The document with the table between its marks replaced. */
export function withTable(document: string, table: string): string {
  const [begin, end] = [document.indexOf(BEGIN) + BEGIN.length, document.indexOf(END)];
  return `${document.slice(0, begin)}\n${table}\n${document.slice(end)}`;
}

export const speechDocument = fileURLToPath(new URL('../../docs/speech.md', import.meta.url));

if (import.meta.main) {
  const clock = { now: Date.now, after: () => () => {} };
  const engine = new EspeakProvider({ clock });
  const trips = await roundTrips(engine, AbortSignal.timeout(60_000));
  await engine.close();
  writeFileSync(speechDocument, withTable(readFileSync(speechDocument, 'utf8'), roundTripTable(trips)));
}
