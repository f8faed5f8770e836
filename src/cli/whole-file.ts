import { createWriteStream, statSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CliFailure } from './failure.ts';

/**
 * Writes a download into a file that appears as a whole, or not at all. @returns its octets
 *
 * @throws {CliFailure} saying why it could not be written
 */
export async function writeWhole(path: string, source: AsyncIterable<Uint8Array>): Promise<number> {
  const folder = dirname(path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new CliFailure(`There is no folder ${folder}. Name another file with --out.`);
  const draft = `${path}.part`;
  try {
    await pipeline(source, createWriteStream(draft, { mode: 0o600 }));
    const { size } = await stat(draft);
    await rename(draft, path);
    return size;
  } catch (error) {
    await rm(draft, { force: true });
    throw new CliFailure(`${path} could not be written: ${(error as Error).message}.`);
  }
}
