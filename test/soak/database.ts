import { postgresMissing, PostgresServer } from '../support/postgres.ts';
import type { SoakOptions } from './part.ts';

/** A database for one platform: its flags, and what keeps it running. */
export async function databaseFor(
  kind: SoakOptions['database'],
): Promise<AsyncDisposable & { readonly flags: readonly string[] }> {
  if (kind === 'sqlite') return { flags: [], [Symbol.asyncDispose]: async () => {} };
  if (postgresMissing !== undefined) throw new Error(postgresMissing);
  const server = await PostgresServer.start();
  const flags = ['--database', await server.createDatabase()];
  return { flags, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
