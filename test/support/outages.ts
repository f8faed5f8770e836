/** Ways in which a database is away; disposing of what they give brings it back. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import type { PostgresServer } from './postgres.ts';
import type { ServedPlatform } from './served-platform.ts';

/** Another program that keeps the database for itself. */
export function lockSqlite(platform: ServedPlatform): AsyncDisposable {
  const other = new DatabaseSync(join(platform.data, 'openvoicecall.db'), { timeout: 5_000 });
  other.exec('begin immediate');
  return { [Symbol.asyncDispose]: async () => other.close() };
}

/** What grows fails as it is written to a file; for as long as the process lives. */
export function stopGrowth(platform: ServedPlatform): AsyncDisposable {
  const limit = (soft: string): unknown =>
    execFileSync('prlimit', ['--pid', String(platform.process.pid), `--fsize=${soft}:unlimited`]);
  limit('0');
  return { [Symbol.asyncDispose]: async () => void (platform.process.running && limit('unlimited')) };
}

/** The same as {@link lockSqlite}: it lets others read. */
export async function lockPostgres(server: PostgresServer, database?: string): Promise<AsyncDisposable> {
  const other = new Client({ connectionString: server.url(database) });
  await other.connect();
  await other.query('begin; lock table calls, events, schema_version in exclusive mode');
  return { [Symbol.asyncDispose]: () => other.end() };
}

export async function stopPostgres(
  server: PostgresServer,
  how: 'fast' | 'immediate',
): Promise<AsyncDisposable> {
  await server.stop(how);
  return { [Symbol.asyncDispose]: () => server.resume() };
}

/** The connection that writes for the platform is ended by the server, which goes on; there is nothing to bring back. */
export async function endWriter(server: PostgresServer): Promise<AsyncDisposable> {
  await server.run(`select pg_terminate_backend(${await server.writer()})`);
  return { [Symbol.asyncDispose]: async () => {} };
}

/** The backend that writes for the platform stands still, and goes on with what it was told when it may. */
export async function freezeWriter(server: PostgresServer): Promise<AsyncDisposable> {
  const pid = await server.writer();
  process.kill(pid, 'SIGSTOP');
  return { [Symbol.asyncDispose]: async () => void process.kill(pid, 'SIGCONT') };
}
