import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { EspeakProvider } from './espeak/espeak.ts';
import { type RoundTrip, roundTrips, roundTripTable, speechDocument, withTable } from './round-trip.ts';
import { roundTripSentences } from './round-trip-sentences.ts';

describe('twenty sentences, phoneme by phoneme', () => {
  const engine = new EspeakProvider({ clock: new ManualClock() });
  let trips: RoundTrip[];
  beforeAll(async () => {
    trips = await roundTrips(engine, AbortSignal.timeout(15_000));
  });
  afterAll(() => engine.close());

  it('are twenty', () => {
    expect(trips.length).toBe(20);
  });

  it.each(roundTripSentences.map(({ text }, index) => [text, index] as const))('%s', (_, index) => {
    const { expected, spoken } = trips[index]!;
    expect(spoken).toEqual(expected);
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
