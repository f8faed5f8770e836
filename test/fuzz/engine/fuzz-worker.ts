/** A thread of its own for one target: a hang in it can be seen and ended from outside. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { targets } from '../targets/index.ts';
import { readCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { Search, type SearchReport } from './search.ts';

export interface FuzzWork {
  readonly target: string;
  readonly seconds: number;
  readonly seed: number;
  /** Two 32-bit numbers, the run and the length of its input, and then the input. */
  readonly current: SharedArrayBuffer;
}

const { target: name, seconds, seed, current } = workerData as FuzzWork;
const [run, length] = [new Int32Array(current, 0, 1), new Int32Array(current, 4, 1)];
const bytes = new Uint8Array(current, 8);

const make = targets[name];
if (make === undefined) throw new Error(`there is no target ${name}`);
const target = await make();
const coverage = await Coverage.start((url) =>
  target.sources.some((source) => url.includes(`/src/${source}`)),
);
const until = performance.now() + seconds * 1_000;
const report: SearchReport = await new Search({
  target,
  corpus: readCorpus(name),
  seed,
  coverage,
  isOver: () => performance.now() >= until,
  onRun: (input) => {
    bytes.set(input.subarray(0, bytes.length));
    length[0] = input.length;
    Atomics.add(run, 0, 1);
  },
}).run();
await coverage.stop();
await target.close?.();
const port = parentPort as MessagePort;
port.postMessage(report, []);
