/** What is measured side by side: our worker on either driver, the same loop in C, and rtpengine. */
import { execFileSync } from 'node:child_process';
import type { DriverName } from '../../src/telephony/media/datagram-port.ts';
import type { Mode } from './contender.ts';
import { LineProcess } from './line-process.ts';

/** Milliseconds behind the clock. */
export interface ClockLateness {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Contender extends AsyncDisposable {
  readonly cpu: number;
  pin(processor: number): void;
  /** @returns where each leg listens; from then on it sends */
  open(mode: Mode, farEnds: readonly number[]): Promise<readonly number[]>;
  /** Since the last call; undefined where there is no clock, or it is known at the end only. */
  lateness(): Promise<ClockLateness | undefined>;
}

interface Counts {
  readonly counts: readonly number[];
}

export class PoolContender implements Contender {
  readonly #process: LineProcess;
  readonly #folder: string;
  #before: readonly number[] = [];

  private constructor(process: LineProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
  }

  /** @param folder for recordings */
  static async start(driver: DriverName, folder: string): Promise<PoolContender> {
    const process = LineProcess.node('./contender.ts', driver);
    await process.answer();
    return new PoolContender(process, folder);
  }

  get cpu(): number {
    return this.#process.cpu;
  }

  pin(processor: number): void {
    this.#process.pin(processor);
  }

  async open(mode: Mode, farEnds: readonly number[]): Promise<readonly number[]> {
    const { ports } = await this.#process.ask<{ ports: number[] }>({ mode, farEnds, folder: this.#folder });
    return ports;
  }

  async lateness(): Promise<ClockLateness | undefined> {
    const { counts } = await this.#process.ask<Counts>({ lateness: true });
    const before = this.#before;
    this.#before = counts;
    const since = counts.map((count, bucket) => count - (before[bucket] ?? 0));
    return latenessOf(since);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}

/** @param counts in tenths of a millisecond */
function latenessOf(counts: readonly number[]): ClockLateness | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const at = (share: number): number => {
    let left = total * share;
    return (counts.findIndex((count) => (left -= count) <= 0) + 1) / 10;
  };
  return { p50: at(0.5), p99: at(0.99), max: (counts.findLastIndex((each) => each > 0) + 1) / 10 };
}

/** Seconds after which it ends by itself, should nobody end it. */
const LONGEST_RUN = '120';

/** `loop.c`, compiled by {@link compileLoop}. */
export class LoopContender implements Contender {
  readonly #program: string;
  #process: LineProcess | undefined = undefined;

  constructor(program: string) {
    this.#program = program;
  }

  get cpu(): number {
    return this.#process!.cpu;
  }

  pin(processor: number): void {
    this.#process!.pin(processor);
  }

  async open(mode: Mode, farEnds: readonly number[]): Promise<readonly number[]> {
    const process = new LineProcess(this.#program, [mode, LONGEST_RUN]);
    this.#process = process;
    process.tell(farEnds.join('\n'));
    process.endInput();
    return (await process.line()).trim().split(' ').map(Number);
  }

  lateness(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }
}

/** @returns the program, or undefined where there is no compiler */
export function compileLoop(folder: string): string | undefined {
  const program = `${folder}/loop`;
  try {
    const source = new URL('./loop.c', import.meta.url).pathname;
    execFileSync('gcc', ['-O2', '-o', program, source], { stdio: ['ignore', 'ignore', 'inherit'] });
    return program;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
