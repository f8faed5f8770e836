import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The keys of secrets at rest. */
export interface SecretKeys {
  readonly current: string;
  /** What was sealed with it is sealed anew at the next start. */
  readonly previous: string | undefined;
}

/**
 * The keys that are configured, else those of `DATA/secret.key` and `DATA/secret.key.previous`. The former is made, readable
 * by its owner only, when there is none.
 *
 * @param data exists
 */
export function secretKeys(data: string, given: Partial<SecretKeys>): SecretKeys {
  const path = join(data, 'secret.key');
  const previous = given.previous ?? readKey(`${path}.previous`);
  if (given.current !== undefined) return { current: given.current, previous: previous ?? readKey(path) };
  const known = readKey(path);
  if (known !== undefined) return { current: known, previous };
  const key = randomBytes(32).toString('base64url');
  // Replaced as a whole, so that a crash leaves no half of it.
  writeFileSync(`${path}.new`, `${key}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return { current: key, previous };
}

function readKey(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
