import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabasePlace } from './backup/backup.ts';
import { DirectoryLock } from './directory-lock.ts';
import { secretKeys } from './secret-key.ts';
import { openPostgresStore, openSqliteStore } from './store.ts';

/** There is no key to be replaced. */
export class KeyRotationError extends Error {
  override readonly name = 'KeyRotationError';
}

/**
 * Encrypts every secret of a platform that does not run with a new key, in one transaction. The old key stays beside the new
 * one, for backups of before. After a crash at any moment either the next rotation or the next start goes on with it.
 *
 * @returns where the old key is
 * @throws {KeyRotationError} there is none yet
 * @throws {DirectoryInUseError} a platform runs here
 * @throws {WrongSecretKeyError} the key is not that of the database
 */
export async function rotateSecretKey(options: {
  readonly data: string;
  readonly database: DatabasePlace;
  readonly now: number;
}): Promise<string> {
  const { data, database, now } = options;
  const current = join(data, 'secret.key');
  const previous = `${current}.previous`;
  // Before the lock, which makes the directory.
  const isHalfDone = existsSync(previous);
  if (!isHalfDone && !existsSync(current)) {
    throw new KeyRotationError(`There is no key in ${data} yet; the first start makes it.`);
  }
  const lock = DirectoryLock.take(data);
  try {
    if (!isHalfDone) renameSync(current, previous);
    const keys = { secretKeys: secretKeys(data, {}) };
    const store =
      database.kind === 'sqlite'
        ? await openSqliteStore({ path: database.path, ...keys })
        : await openPostgresStore({ url: database.url, ...keys });
    await store.close();
    const aside = `${current}.until-${new Date(now).toISOString().replaceAll(':', '-')}`;
    renameSync(previous, aside);
    return aside;
  } finally {
    lock.release();
  }
}
