import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../corpus/', import.meta.url);

/** Inputs that were kept for a target: each reached code that those before it did not, or broke something once. */
export function readCorpus(target: string): Buffer[] {
  const folder = new URL(`${target}/`, root);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(new URL(name, folder)));
}

/** Files an input under what it is made of; `broken-` before it when it broke something. */
export function keep(target: string, input: Buffer, kind: 'reached' | 'broken'): string {
  const folder = new URL(`${target}/`, root);
  mkdirSync(folder, { recursive: true });
  const digest = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const name = `${kind === 'broken' ? 'broken-' : ''}${digest}.bin`;
  writeFileSync(new URL(name, folder), input);
  return name;
}
