/** Backups that a running platform makes of itself, in `DATA/backups`. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type BackupOptions, namesIn } from './backup.ts';
import type { BackupResult } from './backup-thread.ts';
import { MANIFEST, type Manifest } from './manifest.ts';

const SCRIPT = new URL(`./backup-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

export interface KeptBackup {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

export type MadeBackup =
  | ({ readonly kind: 'made' } & KeptBackup)
  /** One is being made; there is never more than one at a time. */
  | { readonly kind: 'running' }
  | { readonly kind: 'failed'; readonly reason: string };

export class BackupFolder {
  readonly #options: Pick<BackupOptions, 'data' | 'database' | 'version' | 'path'>;
  readonly #now: () => number;
  #isRunning = false;

  constructor(options: Pick<BackupOptions, 'data' | 'database' | 'version' | 'path'>, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  get #root(): string {
    return join(this.#options.data, 'backups');
  }

  /** Never with the key of the secrets. What failed leaves nothing. */
  async make(withRecordings: boolean): Promise<MadeBackup> {
    if (this.#isRunning) return { kind: 'running' };
    this.#isRunning = true;
    try {
      const now = this.#now();
      const name = new Date(now).toISOString().replaceAll(/[:.]/g, '-');
      const folder = join(this.#root, name);
      if ((await namesIn(folder)).length > 0)
        return { kind: 'failed', reason: `There is a backup ${name} already.` };
      const wanted = { ...this.#options, target: folder, withKey: false, withRecordings, now };
      const result = await inThread(wanted).catch(async (error: unknown) => {
        await rm(folder, { recursive: true, force: true });
        throw error;
      });
      if (result.kind === 'made') return { ...result, name, folder };
      await rm(folder, { recursive: true, force: true });
      return result;
    } finally {
      this.#isRunning = false;
    }
  }

  /** Newest first; only those that were completed. */
  async list(): Promise<KeptBackup[]> {
    const kept: KeptBackup[] = [];
    for (const name of (await namesIn(this.#root)).sort().reverse()) {
      const folder = join(this.#root, name);
      if (!(await namesIn(folder)).includes(MANIFEST)) continue;
      const manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as Manifest;
      kept.push({ name, folder, manifest });
    }
    return kept;
  }
}

function inThread(options: BackupOptions): Promise<BackupResult> {
  const { promise, resolve, reject } = Promise.withResolvers<BackupResult>();
  const thread = new Worker(SCRIPT, { workerData: options, name: 'backup', execArgv: [] });
  thread.once('message', resolve);
  thread.once('error', reject);
  thread.once('exit', () => reject(new Error('a backup ended without a result')));
  return promise;
}
