import { resolve } from 'node:path';
import { Command } from 'commander';
import { programPath } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import type { BackupView } from './api.ts';
import { clientOf } from './client-command.ts';
import { CliFailure } from './failure.ts';
import { facts, note, result } from './output.ts';
import { version } from './version.ts';

export interface PlaceOptions {
  readonly data?: string;
  readonly database?: string;
  readonly config?: string;
  readonly json?: boolean;
}

/** Not of a running server: they work on its files, also while none runs. */
export const placeCommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option('--data <DIR>', 'the data directory [OVC_DATA; ./data]')
    .option('--database <URL>', 'as for serve [OVC_DATABASE; sqlite:DATA/openvoicecall.db]')
    .option('--config <FILE>', 'as for serve [OVC_CONFIG]')
    .option('--json', 'print one JSON document');

export function placeOf({ data, database, config }: PlaceOptions) {
  const settings = loadConfig({ flags: { data, database, config } });
  return {
    data: settings.data,
    database: settings.database,
    keyIsConfigured: settings.secretKey !== undefined,
    now: Date.now(),
    path: programPath(),
  };
}

export async function telling<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { name, message, code } = error as NodeJS.ErrnoException;
    const known =
      [
        'BackupError',
        'SchemaTooNewError',
        'DirectoryInUseError',
        'KeyRotationError',
        'WrongSecretKeyError',
        'StoreUnavailableError',
        'DatabaseInUseError',
      ].includes(name) || code !== undefined;
    throw known ? new CliFailure(message) : error;
  }
}

type BackupCommandOptions = PlaceOptions & { readonly withKey?: boolean; readonly recordings: boolean };

async function backUpRunning({ json, data, withKey, recordings }: BackupCommandOptions): Promise<void> {
  if (withKey) throw new CliFailure('--with-key needs a folder: name one, such as backup DIR --with-key.');
  const made = await clientOf({ data }).post<BackupView>('/backups', { recordings });
  result(json, made, () =>
    facts([
      ['backup', made.folder],
      ['database', made.database],
      ['files', made.files],
      ['octets', made.octets],
    ]),
  );
}

export function backupCommand(): Command {
  return placeCommand('backup', 'copy everything that the platform keeps, while it runs')
    .argument(
      '[DIR]',
      'a folder that is not there yet; without it the running platform makes one in DATA/backups',
    )
    .option('--with-key', 'the key of the secrets too: who has the backup has everything then')
    .option('--no-recordings', 'without recordings')
    .action(async (target: string | undefined, options: BackupCommandOptions) => {
      if (target === undefined) return backUpRunning(options);
      const { backUp } = await import('../main.ts');
      const { keyIsConfigured, ...place } = placeOf(options);
      const { withKey = false, recordings: withRecordings } = options;
      const folder = resolve(target);
      const manifest = await telling(() =>
        backUp({ ...place, target: folder, version, withKey, withRecordings }),
      );
      const { files, ...shown } = manifest;
      const octets = files.reduce((sum, { size }) => sum + size, 0);
      result(options.json, { ...shown, folder, files: files.length, octets }, () =>
        facts([
          ['backup', folder],
          ['database', manifest.database],
          ['files', files.length],
          ['octets', octets],
        ]),
      );
      if (!manifest.withKey && !keyIsConfigured) {
        note(`The key of its secrets is not in it: keep ${place.data}/secret.key too, in another place.`);
      }
    });
}

export function restoreCommand(): Command {
  return placeCommand('restore', 'put a backup where a platform can start with it; none may run there')
    .argument('<DIR>', 'the backup')
    .option('--replace', 'also where there is a platform already; what it has is moved aside')
    .action(async (source: string, options: PlaceOptions & { replace?: boolean }) => {
      const { restoreBackup } = await import('../main.ts');
      const { keyIsConfigured, ...place } = placeOf(options);
      const { replace = false } = options;
      const restored = await telling(() => restoreBackup({ ...place, source: resolve(source), replace }));
      const { createdAt, version: of } = restored.manifest;
      const keyMissing = restored.keyMissing && !keyIsConfigured;
      const document = { data: place.data, createdAt, version: of, aside: restored.aside, keyMissing };
      result(options.json, document, () =>
        facts([
          ['restored', place.data],
          ['as of', createdAt],
          ['before', restored.aside],
        ]),
      );
      if (keyMissing) {
        note(`The key of its secrets is not there: put it into ${place.data}/secret.key before you start.`);
      }
    });
}
