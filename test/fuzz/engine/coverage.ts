import { type Profiler, Session } from 'node:inspector/promises';

/**
 * Which code has run, by the precise block coverage of V8 itself. Counted in characters of source: blocks have no names,
 * and their bounds move with what was counted.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #isWatched: (url: string) => boolean;
  /** By script: 1 where a character belongs to code that has run at some time. */
  readonly #covered = new Map<string, Uint8Array>();
  #size = 0;

  /** @param isWatched of which scripts, by their URL or path */
  private constructor(isWatched: (url: string) => boolean) {
    this.#isWatched = isWatched;
  }

  static async start(isWatched: (url: string) => boolean): Promise<Coverage> {
    const coverage = new Coverage(isWatched);
    coverage.#session.connect();
    await coverage.#session.post('Profiler.enable');
    await coverage.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return coverage;
  }

  /** Characters of code that have run so far. */
  get size(): number {
    return this.#size;
  }

  /** Adds what has run since the last call. @returns how many characters of it never had before */
  async take(): Promise<number> {
    let news = 0;
    for (const { url, functions } of await this.#watched()) {
      const ran = painted(functions);
      const covered = this.#roomFor(url, ran.length);
      for (let at = 0; at < ran.length; at += 1) {
        if (ran[at] === 0 || covered[at] === 1) continue;
        covered[at] = 1;
        news += 1;
      }
    }
    this.#size += news;
    return news;
  }

  /** Whether something has run since the last call that never had before. Adds nothing. */
  async hasNews(): Promise<boolean> {
    for (const { url, functions } of await this.#watched()) {
      const covered = this.#covered.get(url);
      if (painted(functions).some((ran, at) => ran === 1 && covered?.[at] !== 1)) return true;
    }
    return false;
  }

  async #watched(): Promise<Profiler.ScriptCoverage[]> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    return result.filter(({ url }) => this.#isWatched(url));
  }

  #roomFor(url: string, length: number): Uint8Array {
    const covered = this.#covered.get(url);
    if (covered !== undefined && covered.length >= length) return covered;
    const larger = new Uint8Array(length);
    if (covered !== undefined) larger.set(covered);
    this.#covered.set(url, larger);
    return larger;
  }

  async stop(): Promise<void> {
    await this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}

/** 1 where a character belongs to code that has run. */
function painted(functions: readonly Profiler.FunctionCoverage[]): Uint8Array {
  const ends = functions.flatMap(({ ranges }) => ranges.map(({ endOffset }) => endOffset));
  const ran = new Uint8Array(Math.max(0, ...ends));
  // Outer functions come before inner ones, and outer ranges before inner ones: the last word counts.
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges)
      ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  return ran;
}
