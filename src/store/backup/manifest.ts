import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A backup or a restore that cannot be: what is wrong, and what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

export interface BackedUpFile {
  /** Below the backup, with slashes. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** `backup.json`: written last, so that a folder without it is no backup. */
export interface Manifest {
  readonly format: 1;
  /** Of the program. */
  readonly version: string;
  readonly createdAt: string;
  readonly database: 'sqlite' | 'postgres';
  readonly schemaVersion: number;
  readonly withKey: boolean;
  readonly files: readonly BackedUpFile[];
}

export const MANIFEST = 'backup.json';

/** What the file of the database is called in a backup. */
export const databaseFile = { sqlite: 'openvoicecall.db', postgres: 'postgres.dump' } as const;

/** Folders of the data directory, and what of them is copied: nothing that is half written. */
export const folders: Readonly<Record<string, RegExp>> = {
  'voice-files': /^[0-9a-f]{32}\.(original|wav)$/,
  recordings: /^[\w-][\w.-]*\.wav$/,
};

export async function describeFile(root: string, path: string): Promise<BackedUpFile> {
  const digest = createHash('sha256');
  const file = join(root, path);
  await pipeline(createReadStream(file), digest);
  return { path, size: (await stat(file)).size, sha256: digest.digest('hex') };
}

/** Reads the list of a backup and compares every file with it. @throws {BackupError} */
export async function verifiedManifest(root: string): Promise<Manifest> {
  const manifest = await readManifest(root);
  for (const expected of manifest.files) {
    const found = await describeFile(root, expected.path).catch((error: NodeJS.ErrnoException) => {
      throw new BackupError(`The backup is not complete: ${expected.path} cannot be read (${error.code}).`);
    });
    if (found.size !== expected.size || found.sha256 !== expected.sha256) {
      throw new BackupError(`The backup is damaged: ${expected.path} is not what was backed up.`);
    }
  }
  return manifest;
}

async function readManifest(root: string): Promise<Manifest> {
  let manifest: Partial<Manifest>;
  try {
    manifest = JSON.parse(await readFile(join(root, MANIFEST), 'utf8')) as Partial<Manifest>;
  } catch {
    throw new BackupError(`${root} is no backup, or one that was not completed: it has no ${MANIFEST}.`);
  }
  const { format, files, database } = manifest;
  if (format !== 1 || !Array.isArray(files) || (database !== 'sqlite' && database !== 'postgres')) {
    throw new BackupError(`${root} was made by another version of this program. Restore it with that one.`);
  }
  if (files.some(({ path }) => path.startsWith('/') || path.split('/').includes('..'))) {
    throw new BackupError(`${root} names files outside of itself; it is not what this program writes.`);
  }
  return manifest as Manifest;
}
