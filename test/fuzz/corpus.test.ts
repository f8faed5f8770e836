import { afterAll, describe, expect, it } from 'vitest';
import { readCorpus } from './engine/corpus.ts';
import { Search } from './engine/search.ts';
import type { FuzzTarget } from './engine/target.ts';
import { targets } from './targets/index.ts';

/** Inputs made from the corpus in each run of the tests, always the same; those that cost more are fewer. */
const slices: Readonly<Record<string, number>> = {
  'sip-message': 1_500,
  'sip-stream': 1_500,
  'sip-user-agent': 100,
  sdp: 1_500,
  rtp: 300,
  rtcp: 1_500,
  'media-port': 300,
  http: 100,
  'voice-file': 40,
};

describe.each(Object.entries(targets))('%s', (name, make) => {
  let target: FuzzTarget | undefined;
  afterAll(async () => target?.close?.());

  it('keeps its promises for all inputs that were kept, and for a slice of what can be made of them', async () => {
    target = await make();
    const corpus = readCorpus(name);
    expect(corpus.length).toBeGreaterThan(0);
    const least = corpus.length + target.seeds.length + (slices[name] ?? 0);
    const report = await new Search({ target, corpus, seed: 2026, isOver: (runs) => runs >= least }).run();
    expect(
      report.findings.map(({ error, input }) => `${error}\n${JSON.stringify(input.toString('latin1'))}`),
    ).toEqual([]);
    expect(report.runs).toBeGreaterThanOrEqual(least);
  }, 120_000);
});
