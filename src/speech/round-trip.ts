/**
 * The round trip: what the built-in engine says for fifty sentences, against what must be heard.
 * `node src/speech/round-trip.ts` writes the result into docs/speech.md; a test runs the same comparison.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EspeakProvider } from './espeak/espeak.ts';
import { arpabetOf, pronunciations } from './round-trip-english.ts';
import { syllablePhonemes } from './round-trip-phonemes.ts';
import { type RoundTripSentence, roundTripSentences } from './round-trip-sentences.ts';

export interface RoundTrip {
  readonly sentence: RoundTripSentence;
  /** Part by part: Chinese in espeak-ng's notation without stress and joints, English in ARPAbet. */
  readonly expected: readonly string[];
  readonly spoken: readonly string[];
}

/** Phonemes of each sentence, expected and spoken. */
export async function roundTrips(
  engine: EspeakProvider,
  signal: AbortSignal,
  sentences: readonly RoundTripSentence[] = roundTripSentences,
): Promise<RoundTrip[]> {
  const trips: RoundTrip[] = [];
  for (const sentence of sentences) {
    const parts = await engine.phonemes({ text: sentence.text, language: 'auto', speed: 0 }, signal);
    const spoken = parts.map((part, index) =>
      sentence.heard[index]?.[0] === 'en' ? englishOf(part) : chineseOf(part),
    );
    const expected = sentence.heard.map(([language, text], index) =>
      language === 'zh'
        ? text.split(' ').map(syllablePhonemes).join(' ')
        : expectedEnglish(text, spoken[index] ?? ''),
    );
    trips.push({ sentence, expected, spoken });
  }
  return trips;
}

const WORD_MARK = ' / ';

const englishOf = (phonemes: string): string =>
  phonemes
    .split(/[ |]+/)
    .filter((word) => word !== '')
    .map(arpabetOf)
    .join(WORD_MARK);

/** Of each word the pronunciation that was spoken, if it is one of them. */
function expectedEnglish(text: string, spoken: string): string {
  const words = spoken.split(WORD_MARK);
  return text
    .split(' ')
    .map((word, index) => {
      const known = pronunciations(word);
      return known.find((each) => each === words[index]) ?? known[0];
    })
    .join(WORD_MARK);
}

/** Syllables as the engine is going to say them, without stress, joints and pauses; glides as the vowels they are, and the tone at the syllable's end. */
export const chineseOf = (phonemes: string): string =>
  phonemes
    .split(/[ |]+/)
    .map((each) => each.replaceAll(/[_',:]|^;|;$/g, ''))
    .filter((each) => each !== '')
    .map((syllable) =>
      syllable
        .replace('w', 'u')
        .replace('j', 'i')
        .replace('uu', 'u')
        .replace(/i([iy])/, '$1')
        .replace(/(\d+)(\D*)$/, '$2$1'),
    )
    .join(' ');

/** The table of docs/speech.md. */
export function roundTripTable(trips: readonly RoundTrip[]): string {
  const rows = trips.map(({ sentence, expected, spoken }) => {
    const heard = sentence.heard.map(([, text]) => text).join(' · ');
    const same = expected.join(' · ') === spoken.join(' · ');
    const result = same ? 'same' : `**differs**: \`${spoken.join(' · ')}\``;
    return `| ${sentence.text} | ${heard} | ${sentence.heard.flatMap(([, text]) => text.split(' ')).length} | ${result} |`;
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
