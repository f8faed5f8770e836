import { constants } from 'node:fs';
import { copyFile, mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BackedUpFile,
  BackupError,
  databaseFile,
  describeFile,
  folders,
  MANIFEST,
  type Manifest,
} from './manifest.ts';
import { dumpPostgres } from './postgres-dump.ts';
import { copySqlite } from './sqlite-copy.ts';

export type DatabasePlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string };

export interface BackupOptions {
  /** The data directory. */
  readonly data: string;
  readonly database: DatabasePlace;
  /** A folder that is not there, or empty. */
  readonly target: string;
  /** Of the program. */
  readonly version: string;
  /** The key of the secrets too: who has the backup has everything then. */
  readonly withKey: boolean;
  readonly withRecordings: boolean;
  readonly now: number;
  /** Where programs are looked for: PATH. */
  readonly path: string;
}

/**
 * Copies everything that a platform keeps, while it runs or not: the database as it stands at one moment, the sound of its
 * voice files, recordings, and the key of their addresses. @throws {BackupError}
 */
export async function backUp(options: BackupOptions): Promise<Manifest> {
  const { data, database, target, version, withKey, withRecordings, now, path } = options;
  await emptyFolder(target);
  const wanted = Object.keys(folders).filter((name) => withRecordings || name !== 'recordings');
  // Files before and after the database: what its entries name is in one of the two, whatever is added or removed meanwhile.
  for (const folder of wanted) await copyFolder(data, target, folder);
  const file = databaseFile[database.kind];
  const schemaVersion =
    database.kind === 'sqlite'
      ? await copySqlite(database.path, join(target, file))
      : await dumpPostgres(database.url, join(target, file), path);
  for (const folder of wanted) await copyFolder(data, target, folder);
  const single = ['recording-key', ...(withKey ? ['secret.key'] : [])];
  for (const name of single) await copyWhereThere(join(data, name), join(target, name));
  const files: BackedUpFile[] = [];
  for (const name of await filesBelow(target)) {
    await flush(join(target, name));
    files.push(await describeFile(target, name));
  }
  const manifest: Manifest = {
    format: 1,
    version,
    createdAt: new Date(now).toISOString(),
    database: database.kind,
    schemaVersion,
    withKey: files.some((entry) => entry.path === 'secret.key'),
    files,
  };
  await writeFile(join(target, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  await flush(join(target, MANIFEST));
  return manifest;
}

async function emptyFolder(target: string): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  if ((await readdir(target)).length > 0) {
    throw new BackupError(`${target} is not empty. Name a folder that is not there yet.`);
  }
}

/** Those that are not there yet; a recording that is being written is copied as far as it is. */
async function copyFolder(data: string, target: string, folder: string): Promise<void> {
  const pattern = folders[folder];
  const names = await namesIn(join(data, folder));
  if (names.length === 0) return;
  await mkdir(join(target, folder), { recursive: true, mode: 0o700 });
  const copied = new Set(await readdir(join(target, folder)));
  for (const name of names) {
    if (copied.has(name) || !pattern?.test(name)) continue;
    await copyWhereThere(join(data, folder, name), join(target, folder, name));
  }
}

/** Where the file system can, without taking room for it. */
async function copyWhereThere(source: string, target: string): Promise<void> {
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await rm(target, { force: true });
  }
}

export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).sort();
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.sync();
  await file.close();
}
