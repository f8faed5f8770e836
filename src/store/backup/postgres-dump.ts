/** PostgreSQL's own programs copy the database; where they are not, so does whatever else the operator has. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import pg from 'pg';
import { PLATFORM_LOCK } from '../postgres.ts';
import { BackupError } from './manifest.ts';

/** Where Debian keeps the programs of each version. */
const PACKAGES = '/usr/lib/postgresql';

/** Those of the URL's query that the programs know by another name. */
const VARIABLES: Readonly<Record<string, string>> = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
};

/** The URL as libpq's variables: arguments could be read by every user of the machine. */
export function connectionVariables(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const variables: Record<string, string> = {};
  const set = (name: string, value: string): void => {
    if (value !== '') variables[name] = decodeURIComponent(value);
  };
  set('PGHOST', hostname.replace(/^\[|\]$/g, ''));
  set('PGPORT', port);
  set('PGUSER', username);
  set('PGPASSWORD', password);
  set('PGDATABASE', pathname.slice(1));
  for (const [name, value] of searchParams) {
    const variable = VARIABLES[name];
    if (variable !== undefined) variables[variable] = value;
  }
  return variables;
}

/** Of the machine, then Debian's, newest first. */
function placesOf(path: string): string[] {
  let versions: string[] = [];
  try {
    versions = readdirSync(PACKAGES).sort((a, b) => Number(b) - Number(a));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return [path, ...versions.map((version) => join(PACKAGES, version, 'bin'))];
}

async function run(program: string, args: readonly string[], url: string, path: string): Promise<void> {
  const env = { PATH: placesOf(path).join(delimiter), ...connectionVariables(url) };
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'ENOENT'
          ? `${program} is not installed. Install PostgreSQL's client programs (Debian: postgresql-client), or use the server's own backups.`
          : `${program} cannot be started: ${error.message}`;
      reject(new BackupError(why));
    });
    child.on('close', resolve);
  });
  if (code !== 0) throw new BackupError(`${program} failed: ${said.trim().split('\n').join(' ')}`);
}

async function withClient<T>(url: string, action: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
  } catch (error) {
    throw new BackupError('The database server cannot be reached, or refuses this user.', { cause: error });
  }
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}

async function schemaVersion(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('schema_version') is not null as there`,
  );
  if (rows[0]?.there !== true) return undefined;
  const found = await client.query<{ version: number }>('select version from schema_version');
  return found.rows[0]?.version ?? 0;
}

/** Copies a database as it stands at one moment. @returns its schema version */
export async function dumpPostgres(url: string, target: string, path: string): Promise<number> {
  const version = await withClient(url, schemaVersion);
  if (version === undefined) throw new BackupError('The database is empty: no platform has used it yet.');
  await run('pg_dump', ['--format=custom', '--no-owner', '--no-privileges', `--file=${target}`], url, path);
  // A platform of a newer version may have come in between; then the newer one counts.
  return (await withClient(url, schemaVersion)) ?? version;
}

/** No platform uses it, and unless `aside` is a name, nothing is in it; else what is in it is moved to that schema. */
export async function preparePostgres(url: string, aside: string | undefined): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ free: boolean }>(
      `select pg_try_advisory_lock(${PLATFORM_LOCK}) as free`,
    );
    if (rows[0]?.free !== true) throw new BackupError('A platform uses this database. Stop it first.');
    if ((await schemaVersion(client)) === undefined) return;
    if (aside === undefined) throw new BackupError(replaceAdvice('The database'));
    await client.query(`begin; alter schema public rename to ${aside}; create schema public; commit`);
  });
}

export const replaceAdvice = (what: string): string =>
  `${what} has calls of a platform already. Give --replace to put the backup in their place (they are moved aside), or another --data or --database.`;

export async function restorePostgres(url: string, source: string, path: string): Promise<void> {
  const { PGDATABASE = 'postgres' } = connectionVariables(url);
  const flags = ['--no-owner', '--no-privileges', '--single-transaction', '--exit-on-error'];
  await run('pg_restore', [...flags, `--dbname=${PGDATABASE}`, source], url, path);
}
