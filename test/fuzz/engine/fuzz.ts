import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FuzzWork } from './fuzz-worker.ts';
import type { Finding, SearchReport } from './search.ts';

export interface FuzzReport extends Omit<SearchReport, 'kept' | 'findings'> {
  readonly target: string;
  readonly kept: readonly Buffer[];
  readonly findings: readonly Finding[];
}

/** A single input may take so long, ms: far beyond what any should, for machines that are busy. */
const HANG = 20_000;
const LARGEST_INPUT = 64 * 1_024;

const buffers = (report: SearchReport): Pick<FuzzReport, 'kept' | 'findings'> => ({
  kept: report.kept.map((input) => Buffer.from(input)),
  findings: report.findings.map(({ input, error }) => ({ input: Buffer.from(input), error })),
});

/** Fuzzes one target for so many seconds, in a thread. An input that never returns, or ends the thread, is a finding, too. */
export async function fuzz(work: Omit<FuzzWork, 'current'>): Promise<FuzzReport> {
  const { target } = work;
  const current = new SharedArrayBuffer(8 + LARGEST_INPUT);
  const state = new Int32Array(current, 0, 2);
  const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), {
    workerData: { ...work, current } satisfies FuzzWork,
    execArgv: ['--no-warnings'],
    // Decoders of others complain there of each input they refuse.
    stdout: true,
    stderr: true,
  });
  worker.stdout.resume();
  worker.stderr.resume();
  let seen = 0;
  const hung = Promise.withResolvers<string>();
  const watch = setInterval(() => {
    const runs = Atomics.load(state, 0);
    if (runs > 0 && runs === seen) hung.resolve(`no end within ${HANG} ms`);
    seen = runs;
  }, HANG);
  try {
    const died = once(worker, 'error').then(([error]) => String((error as Error).stack ?? error));
    const done = once(worker, 'message').then(([report]) => report as SearchReport);
    const outcome = await Promise.race([done, died, hung.promise]);
    if (typeof outcome !== 'string') return { target, ...outcome, ...buffers(outcome) };
    const input = Buffer.from(new Uint8Array(current, 8, Math.min(LARGEST_INPUT, state[1] ?? 0)));
    const runs = Atomics.load(state, 0);
    return { target, runs, kept: [], findings: [{ input, error: outcome }], covered: 0, coveredAtFirst: 0 };
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}
