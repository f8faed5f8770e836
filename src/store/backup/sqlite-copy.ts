import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { BackupError } from './manifest.ts';

/** ms to wait for a lock. */
const PATIENCE = 10_000;

/**
 * Copies a database as it stands at one moment, while others write to it: one read transaction, in a connection of its
 * own (https://sqlite.org/lang_vacuum.html, VACUUM INTO). What was deleted is not in the copy. @returns its schema version
 */
export async function copySqlite(source: string, target: string): Promise<number> {
  if (!existsSync(source)) {
    throw new BackupError(`There is no database ${source}. Give the --data or --database of the platform.`);
  }
  const connection = new DatabaseSync(source, { timeout: PATIENCE });
  try {
    connection.prepare('vacuum into ?').run(target);
  } finally {
    connection.close();
  }
  await chmod(target, 0o600);
  return sqliteSchemaVersion(target);
}

/** @throws {BackupError} where it is not ours */
export function sqliteSchemaVersion(path: string): number {
  const connection = new DatabaseSync(path, { readOnly: true });
  try {
    const row = connection.prepare('select version from schema_version').get();
    return Number(row?.version ?? 0);
  } catch (error) {
    throw new BackupError(`${path} is no database of this program.`, { cause: error });
  } finally {
    connection.close();
  }
}
