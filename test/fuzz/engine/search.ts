import { SeededRandom } from '../../virtual-network/seeded-random.ts';
import type { Coverage } from './coverage.ts';
import { mutated } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

/** An input that broke a promise. */
export interface Finding {
  readonly input: Buffer;
  readonly error: string;
}

export interface SearchReport {
  readonly runs: number;
  /** Inputs that reached code which none before them had. */
  readonly kept: readonly Buffer[];
  /** At most one for each way to fail. */
  readonly findings: readonly Finding[];
  /** Characters of source that were run, and how many of them the first inputs ran. */
  readonly covered: number;
  readonly coveredAtFirst: number;
}

export interface SearchOptions {
  readonly target: FuzzTarget;
  readonly corpus: readonly Buffer[];
  readonly seed: number;
  /** Asked after each batch. */
  readonly isOver: (runs: number) => boolean;
  /** Without it nothing is kept: the search goes on from the corpus alone, and is the same each time. */
  readonly coverage?: Coverage;
  /** Called before each run, for who watches from elsewhere. */
  readonly onRun?: (input: Buffer) => void;
}

/** Inputs between two looks at the coverage. */
const BATCH = 64;

/** What broke, without what differs from input to input. */
function kindOf(error: unknown): string {
  const { stack = String(error) } = error instanceof Error ? error : new Error(String(error));
  const place = stack.split('\n').find((line) => line.includes('/src/')) ?? '';
  const name = error instanceof Error ? error.name : 'thrown';
  return `${name} ${/src\/[^)]*/.exec(place)?.[0] ?? stack.split('\n', 1)[0]}`;
}

/** Changes inputs, runs them, and goes on from those that reached something new. */
export class Search {
  readonly #options: SearchOptions;
  readonly #random: SeededRandom;
  readonly #inputs: Buffer[];
  readonly #kept: Buffer[] = [];
  readonly #findings = new Map<string, Finding>();
  #runs = 0;

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#inputs = [...options.corpus, ...options.target.seeds];
    if (this.#inputs.length === 0) this.#inputs.push(Buffer.alloc(1));
  }

  async run(): Promise<SearchReport> {
    const { coverage, isOver } = this.#options;
    for (const input of this.#inputs.slice()) await this.#try(input);
    await coverage?.take();
    const coveredAtFirst = coverage?.size ?? 0;
    while (!isOver(this.#runs)) await this.#batch();
    return {
      runs: this.#runs,
      kept: this.#kept,
      findings: [...this.#findings.values()],
      covered: coverage?.size ?? 0,
      coveredAtFirst,
    };
  }

  async #batch(): Promise<void> {
    const { coverage } = this.#options;
    const batch = Array.from({ length: BATCH }, () => this.#next());
    for (const input of batch) await this.#try(input);
    if (coverage === undefined || !(await coverage.hasNews())) return;
    // One of them did it: which, only a look after each can tell.
    for (const input of batch) {
      await this.#try(input);
      if ((await coverage.take()) === 0) continue;
      this.#inputs.push(input);
      this.#kept.push(input);
    }
  }

  #next(): Buffer {
    const { target } = this.#options;
    const random = this.#random;
    // What was found last is where most is still to be found.
    const recent = this.#kept.length > 0 && random.next() < 0.3 ? this.#kept : this.#inputs;
    const input = recent[Math.floor(random.next() * recent.length)] ?? Buffer.alloc(0);
    const { words, longest } = target;
    return mutated(input, { random, others: this.#inputs, words, longest });
  }

  async #try(input: Buffer): Promise<void> {
    this.#options.onRun?.(input);
    this.#runs += 1;
    try {
      await this.#options.target.run(Buffer.from(input));
    } catch (error) {
      const kind = kindOf(error);
      const known = this.#findings.get(kind);
      if (known !== undefined && known.input.length <= input.length) return;
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#findings.set(kind, { input, error: text });
    }
  }
}
