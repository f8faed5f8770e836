import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another platform works with this directory: two would take each other's calls for what a crash left. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';

  constructor(directory: string) {
    super(`another platform uses ${directory}; stop it, or give this one a directory of its own with --data`);
  }
}

/**
 * Keeps others out of a data directory as long as this process lives. The lock is the operating system's, on the file
 * `lock` (taken through SQLite, since Node has no file locks): a killed process leaves none behind.
 */
export class DirectoryLock {
  readonly #connection: DatabaseSync;

  private constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  /** @throws {DirectoryInUseError} */
  static take(directory: string): DirectoryLock {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const connection = new DatabaseSync(join(directory, 'lock'));
    try {
      connection.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    } catch (error) {
      connection.close();
      if ((error as { errcode?: number }).errcode === 5) throw new DirectoryInUseError(directory);
      throw error;
    }
    return new DirectoryLock(connection);
  }

  release(): void {
    this.#connection.close();
  }
}
