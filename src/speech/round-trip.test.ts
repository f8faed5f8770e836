import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { everySyllable } from '../../test/support/pinyin-syllables.ts';
import { EspeakProcess, EspeakProvider } from './espeak/espeak.ts';
import { pinyinSpelling } from './espeak/spelling.ts';
import {
  chineseOf,
  type RoundTrip,
  roundTrips,
  roundTripTable,
  speechDocument,
  withTable,
} from './round-trip.ts';
import { syllablePhonemes } from './round-trip-phonemes.ts';
import { type RoundTripSentence, roundTripSentences } from './round-trip-sentences.ts';
import { systemPrompts, systemPromptText } from './system-prompts.ts';

describe('fifty sentences, phoneme by phoneme', () => {
  const engine = new EspeakProvider({ clock: new ManualClock() });
  let trips: RoundTrip[];
  beforeAll(async () => {
    trips = await roundTrips(engine, AbortSignal.timeout(15_000));
  });
  afterAll(() => engine.close());

  it('are fifty', () => {
    expect(trips.length).toBe(50);
  });

  it.each(roundTripSentences.map(({ text }, index) => [text, index] as const))('%s', (_, index) => {
    const { expected, spoken } = trips[index]!;
    expect(spoken).toEqual(expected);
  });

  it('would notice a wrong word in English', async () => {
    const wrong = [{ text: 'Four', heard: [['en', 'five']] }] as const;
    const [trip] = await roundTrips(engine, AbortSignal.timeout(15_000), wrong);
    expect(trip).toMatchObject({ expected: ['F AY V'], spoken: ['F AO R'] });
  });

  it('would notice a wrong reading', async () => {
    const spoken = await engine.phonemes(
      { text: '银杏', language: 'zh', speed: 0 },
      AbortSignal.timeout(15_000),
    );
    expect(spoken).not.toEqual(
      await engine.phonemes({ text: '银行', language: 'zh', speed: 0 }, AbortSignal.timeout(15_000)),
    );
  });

  it('are shown in docs/speech.md as they are', () => {
    const document = readFileSync(speechDocument, 'utf8');
    expect(withTable(document, roundTripTable(trips))).toBe(document);
  });
});

/** What the engine says in a way of its own: two syllables run together, and other vowels. */
const OWN_WAY = ['jiong', 'qiong', 'xiong', 'wan', 'shun', 'qun'];

describe('the table of syllables', () => {
  it('says what the engine says, and something else for each', async () => {
    const syllables = everySyllable().filter((each) => /^(?!h?ng$)[a-zü]{2,}$|^[aeo]$/.test(each));
    expect(syllables.length).toBeGreaterThan(400);
    const process = new EspeakProcess();
    const segments = syllables.map((syllable) => ({
      voice: 'cmn-latn-pinyin',
      text: pinyinSpelling(`${syllable}1`),
      pause: 0,
    }));
    const answer = await process.answer(
      { segments, rate: 160, wanted: 'phonemes' },
      AbortSignal.timeout(15_000),
    );
    await process.end();
    if (answer.kind !== 'phonemes') throw new Error('no phonemes');
    const spoken = answer.phonemes.map(chineseOf);
    const expected = syllables.map((syllable) => syllablePhonemes(`${syllable.replace('ü', 'v')}1`));
    const different = syllables.filter((_, index) => spoken[index] !== expected[index]);
    expect(different.toSorted()).toEqual(OWN_WAY.toSorted());
    expect(new Set(spoken).size).toBe(spoken.length);
    expect(new Set(expected).size).toBe(expected.length);
  });
});

describe('the prompts of the system in English', () => {
  it('are said as dictionaries have them', async () => {
    const engine = new EspeakProvider({ clock: new ManualClock() });
    const sentences = systemPrompts.map((prompt): RoundTripSentence => {
      const text = systemPromptText(prompt, 'en');
      return { text, heard: [['en', text.toLowerCase().replaceAll(/[.,]/g, '')]] };
    });
    const trips = await roundTrips(engine, AbortSignal.timeout(15_000), sentences);
    await engine.close();
    expect(trips.map(({ spoken }) => spoken)).toEqual(trips.map(({ expected }) => expected));
  });
});
