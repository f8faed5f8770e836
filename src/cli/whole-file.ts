import { statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliFailure } from './failure.ts';

/**
 * Makes a file that appears as a whole, or not at all.
 *
 * @param fill writes everything into the path that it is given
 * @throws {CliFailure} where there is no such folder; else what `fill` throws
 */
export async function writeWhole(path: string, fill: (draft: string) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new CliFailure(`There is no folder ${folder}. Name another file with --out.`);
  const draft = `${path}.part`;
  try {
    await rm(draft, { force: true });
    await fill(draft);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
