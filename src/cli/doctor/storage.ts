import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import type { Config } from '../../config/config.ts';
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

/** ms for a database server to answer. */
const PATIENCE = 3_000;

async function checkServer(url: string): Promise<Finding> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: PATIENCE,
    query_timeout: PATIENCE,
  });
  // The address may hold a password: it is not shown.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ name: string; version: string; writable: boolean }>(
      `select current_database() as name, current_setting('server_version') as version,
        has_schema_privilege(current_schema(), 'CREATE') and not pg_is_in_recovery() as writable`,
    );
    const { name, version, writable } = rows[0]!;
    const detail = `${name}, PostgreSQL ${version}`;
    return writable
      ? good('database', detail)
      : bad(
          'database',
          `${detail}: this user may not write there`,
          'let it create tables, or choose another',
        );
  } catch (error) {
    return bad(
      'database',
      `PostgreSQL cannot be used: ${reasonOf(error)}`,
      'start it, or correct --database (user, host, name) and what pg_hba.conf lets in',
    );
  } finally {
    await client.end();
  }
}

export function checkDatabase({ database }: Config): Finding | Promise<Finding> {
  return database.kind === 'postgres' ? checkServer(database.url) : checkFile(database.path);
}

function checkFile(path: string): Finding {
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
