import { describe, expect, it } from 'vitest';
import { Coverage } from './coverage.ts';
import { maze } from './fixtures/src/maze.ts';
import { Search } from './search.ts';
import type { FuzzTarget } from './target.ts';

const target: FuzzTarget = {
  name: 'maze',
  sources: ['maze'],
  seeds: [Buffer.alloc(4)],
  words: [],
  longest: 8,
  run: maze,
};
const turnsOf = (input: Buffer): string =>
  [...input.subarray(0, 4)].map((byte) => (byte >> 4).toString(16)).join('');
const RUNS = 30_000;

describe('a search', () => {
  it('that follows the coverage finds in few tries what one of 65,536 would hit by chance', async () => {
    const coverage = await Coverage.start((url) => url.includes('/src/maze'));
    let found = false;
    const report = await new Search({
      target: {
        ...target,
        run: (input) => {
          try {
            maze(input);
          } catch (error) {
            found = true;
            throw error;
          }
        },
      },
      corpus: [],
      seed: 1,
      coverage,
      isOver: (runs) => found || runs >= RUNS,
    }).run();
    await coverage.stop();
    expect(report.findings.map(({ input }) => turnsOf(input))).toEqual(['6719']);
    expect(report.kept.length).toBeGreaterThanOrEqual(2);
    expect(report.covered).toBeGreaterThan(report.coveredAtFirst);
  }, 60_000);

  it('without it is the same each time', async () => {
    const inputs = async (): Promise<string[]> => {
      const tried: string[] = [];
      const onRun = (input: Buffer): void => void tried.push(input.toString('hex'));
      await new Search({ target, corpus: [], seed: 7, isOver: (runs) => runs >= 500, onRun }).run();
      return tried;
    };
    expect(await inputs()).toEqual(await inputs());
  });
});
