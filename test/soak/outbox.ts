import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SoakOptions, SoakPart, SoakReport } from './part.ts';

/** Seconds unless the soak says otherwise. */
const LENGTH = 300;
/** Of one round, each with ten worlds: they are told as one. */
const SEEDS = 6;
/** Octets of what a failing round says. */
const MOST_SAID = 64 * 1024 * 1024;
const MODEL = 'test/contract/delivery-model.test.ts';

const execute = promisify(execFile);

/** Whether the model held, and what was said if not. */
async function holds(seeds: readonly number[]): Promise<string | undefined> {
  const env = { ...process.env, OVC_MODEL_SEEDS: seeds.join() };
  try {
    await execute('npx', ['vitest', 'run', '--project', 'unit', MODEL], { env, maxBuffer: MOST_SAID });
    return undefined;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return `${stdout}${stderr}`;
  }
}

/** Of what the test says, the seed and the steps that break a promise. */
const essence = (said: string): string =>
  said
    .split('\n')
    .filter((line) => /seed|Counterexample|AssertionError/.test(line))
    .slice(0, 5)
    .join(' | ') || said.slice(-300);

async function run(
  { seconds = LENGTH, seed }: SoakOptions,
  say: (progress: string) => void,
): Promise<SoakReport> {
  const until = performance.now() + seconds * 1_000;
  const broken: string[] = [];
  let tried = 0;
  do {
    const seeds = Array.from({ length: SEEDS }, (_, index) => 1_000 * seed + tried + index);
    const said = await holds(seeds);
    if (said !== undefined) broken.push(essence(said));
    tried += SEEDS;
    say(`${tried} seeds from ${1_000 * seed} on, ${broken.length} rounds with a broken promise`);
  } while (performance.now() < until);
  return {
    tried: { seeds: tried, 'worlds of up to 60 accidents': 10 * tried },
    lost: { 'rounds in which a promise was broken': broken.length },
    examples: broken.slice(0, 3),
  };
}

export const outbox: SoakPart = {
  name: 'outbox',
  what: 'the delivery of pushes against its model: failing receivers, crashes, restarts, an absent database',
  run,
};
