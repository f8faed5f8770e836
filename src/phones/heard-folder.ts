import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The folder for what handsets hear, which may be codes: created when it is missing, and its owner's only also where it was
 * more open before.
 */
export async function openHeardFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/**
 * Removes the files that were last written to before a moment; a folder that is missing has none.
 *
 * @param moment milliseconds since 1970-01-01T00:00:00Z
 * @returns how many
 * @throws the system's error when the folder cannot be read or a file not removed
 */
export async function removeHeardBefore(folder: string, moment: number): Promise<number> {
  let removed = 0;
  for (const name of await namesIn(folder)) {
    if (!name.endsWith('.wav')) continue;
    const path = join(folder, name);
    try {
      if ((await stat(path)).mtimeMs >= moment) continue;
      await rm(path);
      removed += 1;
    } catch (error) {
      // Somebody else removed it meanwhile.
      if (!isMissing(error)) throw error;
    }
  }
  return removed;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
