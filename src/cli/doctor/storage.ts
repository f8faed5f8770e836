import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Config } from '../../config.ts';
import { bad, type Finding, good, reasonOf } from './check.ts';

/** Bytes below which the disk counts as nearly full. */
const LITTLE_SPACE = 500 * 1024 * 1024;

/** The folder itself, or the nearest one above it that is there. */
const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)));

export function checkDataDirectory({ data }: Config): Finding {
  try {
    const folder = existing(data);
    accessSync(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(folder);
    const free = `${Math.round((bavail * bsize) / 1024 / 1024)} MB free`;
    const detail = `${data} ${folder === data ? 'is writable' : 'will be created'}, ${free}`;
    return bavail * bsize < LITTLE_SPACE
      ? bad('data', detail, 'make room: a full disk refuses every call')
      : good('data', detail);
  } catch (error) {
    return bad(
      'data',
      `${data} cannot be written: ${reasonOf(error)}`,
      'give --data a directory of this user',
    );
  }
}

export function checkDatabase({ database }: Config): Finding {
  if (database.kind === 'postgres') {
    return bad('database', 'PostgreSQL is not supported yet', 'use sqlite:PATH, or leave the setting out');
  }
  const { path } = database;
  if (!existsSync(path)) return good('database', `${path} will be created`);
  try {
    const file = new DatabaseSync(path, { readOnly: true });
    try {
      const { quick_check: verdict } = file.prepare('pragma quick_check(1)').get() ?? {};
      if (verdict === 'ok') return good('database', `${path} is sound`);
      return bad('database', `${path} is damaged: ${String(verdict)}`, 'restore it from a backup');
    } finally {
      file.close();
    }
  } catch (error) {
    return bad(
      'database',
      `${path} cannot be read: ${(error as Error).message}`,
      'restore it, or choose another with --database',
    );
  }
}
