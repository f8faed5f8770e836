import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DirectoryInUseError, DirectoryLock } from '../directory-lock.ts';
import { migrations, SchemaTooNewError } from '../migrate.ts';
import { type DatabasePlace, namesIn } from './backup.ts';
import { BackupError, databaseFile, folders, type Manifest, verifiedManifest } from './manifest.ts';
import { preparePostgres, replaceAdvice, restorePostgres } from './postgres-dump.ts';
import { sqliteSchemaVersion } from './sqlite-copy.ts';

export interface RestoreOptions {
  readonly source: string;
  readonly data: string;
  readonly database: DatabasePlace;
  /** What is there is moved aside, into `DATA/before-restore-TIME`. */
  readonly replace: boolean;
  readonly now: number;
  /** Where programs are looked for: PATH. */
  readonly path: string;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Where what was there is now. */
  readonly aside?: string;
  /** Neither the backup nor the data directory has the key of the secrets. */
  readonly keyMissing: boolean;
}

/**
 * Puts a backup where a platform can start with it. Nothing is changed before everything was looked at; a platform that
 * runs, and a schema that is newer than this program, are refused. @throws {BackupError, SchemaTooNewError}
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { source, data, database, replace, now, path } = options;
  const manifest = await verifiedManifest(source);
  const file = join(source, databaseFile[manifest.database]);
  const version = manifest.database === 'sqlite' ? sqliteSchemaVersion(file) : manifest.schemaVersion;
  if (version > migrations.length) throw new SchemaTooNewError(version, migrations.length);
  if (database.kind !== manifest.database) {
    const flag = manifest.database === 'sqlite' ? 'sqlite:PATH, or leave it out' : 'postgres://...';
    throw new BackupError(
      `The backup is of ${manifest.database}, the platform's database is ${database.kind}. Give --database ${flag}.`,
    );
  }
  using _lock = takeLock(data);
  const there = await whatIsThere(data, database);
  if (there.length > 0 && !replace) throw new BackupError(replaceAdvice(data));
  const stamp = new Date(now).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  if (database.kind === 'postgres') {
    await preparePostgres(database.url, replace ? `before_restore_${stamp}` : undefined);
  }
  const keys = manifest.files.flatMap(({ path: name }) =>
    KEYS.includes(name) && existsSync(join(data, name)) ? join(data, name) : [],
  );
  const aside = there.length + keys.length > 0 ? join(data, `before-restore-${stamp}`) : undefined;
  if (aside !== undefined) await moveAside([...there, ...keys], aside);
  if (database.kind === 'postgres') await restorePostgres(database.url, file, path);
  for (const { path: name } of manifest.files) {
    const target = name === databaseFile[manifest.database] ? databaseTarget(database) : join(data, name);
    if (target !== undefined) await put(join(source, name), target);
  }
  return { manifest, aside, keyMissing: !existsSync(join(data, 'secret.key')) };
}

/** Moved aside only for those of the backup: what the backup lacks stays. */
const KEYS: readonly string[] = ['secret.key', 'recording-key'];

const databaseTarget = (database: DatabasePlace): string | undefined =>
  database.kind === 'sqlite' ? database.path : undefined;

function takeLock(data: string): Disposable {
  try {
    const lock = DirectoryLock.take(data);
    return { [Symbol.dispose]: () => lock.release() };
  } catch (error) {
    if (!(error instanceof DirectoryInUseError)) throw error;
    throw new BackupError(`A platform runs with ${data}. Stop it first, or give another --data.`);
  }
}

/** Files and folders that a backup would write over. */
async function whatIsThere(data: string, database: DatabasePlace): Promise<string[]> {
  const files = database.kind === 'sqlite' ? ['', '-wal', '-shm'].map((end) => database.path + end) : [];
  const kept: string[] = [];
  for (const folder of Object.keys(folders)) {
    if ((await namesIn(join(data, folder))).length > 0) kept.push(join(data, folder));
  }
  return [...files.filter((path) => existsSync(path)), ...kept];
}

async function moveAside(paths: readonly string[], aside: string): Promise<void> {
  await mkdir(aside, { recursive: true, mode: 0o700 });
  for (const path of paths) await rename(path, join(aside, path.slice(dirname(path).length + 1)));
}

/** As a whole, or not at all. */
async function put(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const draft = `${target}.restored`;
  await rm(draft, { force: true });
  await copyFile(source, draft);
  await chmod(draft, 0o600);
  await rename(draft, target);
}
