import { sql, type Kysely } from 'kysely';
import type { Schema } from './schema.ts';
import { isSealed, type Secrets, WrongSecretKeyError } from './secret-box.ts';

/** Where secrets are; the owner of one is `TABLE/KEY`. */
export const secretColumns: readonly {
  readonly table: string;
  readonly key: string;
  readonly secret: string;
}[] = [
  { table: 'apps', key: 'app_key', secret: 'app_secret' },
  { table: 'apps', key: 'app_key', secret: 'previous_secret' },
  { table: 'users', key: 'user_id', secret: 'totp_secret' },
  { table: 'enterprises', key: 'enterprise_id', secret: 'legal_person_id' },
  { table: 'trunks', key: 'name', secret: 'password' },
];

/**
 * Seals what is not sealed yet, or was with the previous key, and makes sure that the rest opens: all of it in one
 * transaction. Rejects with WrongSecretKeyError when something opens with neither key; then nothing has changed.
 */
export async function sealSecrets(
  database: Kysely<Schema>,
  secrets: Secrets,
  previous: Secrets | undefined,
): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    for (const { table, key, secret } of secretColumns) {
      const column = sql.ref(secret);
      const { rows } = await sql<{ key: string; secret: string }>`
        select ${sql.ref(key)} as key, ${column} as secret from ${sql.table(table)} where ${column} is not null
      `.execute(transaction);
      for (const row of rows) {
        const sealed = resealed(row.secret, `${table}/${row.key}`, secrets, previous);
        if (sealed === undefined) continue;
        await sql`
          update ${sql.table(table)} set ${column} = ${sealed} where ${sql.ref(key)} = ${row.key}
        `.execute(transaction);
      }
    }
  });
}

/** @returns undefined where it may stay as it is */
function resealed(
  text: string,
  owner: string,
  secrets: Secrets,
  previous: Secrets | undefined,
): string | undefined {
  if (!isSealed(text)) {
    const sealed = secrets.seal(text, owner);
    return sealed === text ? undefined : sealed;
  }
  try {
    secrets.open(text, owner);
    return undefined;
  } catch (error) {
    if (!(error instanceof WrongSecretKeyError) || previous === undefined) throw error;
    return secrets.seal(previous.open(text, owner), owner);
  }
}
