import type { Kysely, Selectable } from 'kysely';
import type { AccessGrant, ApiUser, LegacyAccessStore } from '../accounts/legacy-access.ts';
import type { GroupCommit } from './group-commit.ts';
import type { AccessGrantsTable, ApiUsersTable, Schema } from './schema.ts';

/** Grants of one app that are kept, and as many voided ones: a client that logs in for every call ends its own oldest ones. */
const MOST_GRANTS = 100;

export class LegacyAccessRepository implements LegacyAccessStore {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
  }

  async apiUser(username: string): Promise<ApiUser | undefined> {
    const row = await this.#users().where('username', '=', username).executeTakeFirst();
    return row && userOfRow(row);
  }

  async apiUserOf(spId: string): Promise<ApiUser | undefined> {
    const row = await this.#users().where('sp_id', '=', spId).executeTakeFirst();
    return row && userOfRow(row);
  }

  async putApiUser({ spId, username, passwordHash, createdAt }: ApiUser): Promise<void> {
    const row = { sp_id: spId, username, password_hash: passwordHash, created_at: createdAt };
    await this.#commits.run(async (transaction) => {
      await transaction.deleteFrom('access_grants').where('sp_id', '=', spId).execute();
      await transaction
        .insertInto('api_users')
        .values(row)
        .onConflict((conflict) => conflict.column('sp_id').doUpdateSet(row))
        .execute();
    });
  }

  async removeApiUser(spId: string): Promise<void> {
    await this.#commits.run(async (transaction) => {
      await transaction.deleteFrom('access_grants').where('sp_id', '=', spId).execute();
      await transaction.deleteFrom('api_users').where('sp_id', '=', spId).execute();
    });
  }

  async grant(accessHash: string): Promise<AccessGrant | undefined> {
    const row = await this.#grants().where('access_hash', '=', accessHash).executeTakeFirst();
    return row && grantOfRow(row);
  }

  async grantToRefresh(refreshHash: string): Promise<AccessGrant | undefined> {
    const row = await this.#grants()
      .where('refresh_hash', '=', refreshHash)
      .where('expires_at', '>', 0)
      .executeTakeFirst();
    return row && grantOfRow(row);
  }

  async putGrant(grant: AccessGrant, instead?: string): Promise<void> {
    await this.#commits.run(async (transaction) => {
      if (instead !== undefined) await voidGrant(transaction, instead);
      await transaction
        .insertInto('access_grants')
        .values({
          access_hash: grant.accessHash,
          refresh_hash: grant.refreshHash,
          app_key: grant.appKey,
          sp_id: grant.spId,
          created_at: grant.createdAt,
          expires_at: grant.expiresAt,
          refresh_until: grant.refreshUntil,
        })
        .execute();
      await removeOldest(transaction, grant.appKey, '>');
      await removeOldest(transaction, grant.appKey, '=');
    });
  }

  async voidGrant(accessHash: string): Promise<void> {
    await this.#commits.run((transaction) => voidGrant(transaction, accessHash));
  }

  async removeGrantsUntil(refreshUntil: number): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction.deleteFrom('access_grants').where('refresh_until', '<=', refreshUntil).execute(),
    );
  }

  #users() {
    return this.#database.selectFrom('api_users').selectAll();
  }

  #grants() {
    return this.#database.selectFrom('access_grants').selectAll();
  }
}

async function voidGrant(database: Kysely<Schema>, accessHash: string): Promise<void> {
  await database
    .updateTable('access_grants')
    .set({ expires_at: 0 })
    .where('access_hash', '=', accessHash)
    .execute();
}

/** Of those in force (`>`), or of the voided ones (`=`). */
async function removeOldest(database: Kysely<Schema>, appKey: string, expiry: '>' | '='): Promise<void> {
  const old = await database
    .selectFrom('access_grants')
    .select('access_hash')
    .where('app_key', '=', appKey)
    .where('expires_at', expiry, 0)
    .orderBy('created_at', 'desc')
    .offset(MOST_GRANTS)
    .limit(MOST_GRANTS)
    .execute();
  const hashes = old.map(({ access_hash: accessHash }) => accessHash);
  if (hashes.length > 0)
    await database.deleteFrom('access_grants').where('access_hash', 'in', hashes).execute();
}

function userOfRow(row: Selectable<ApiUsersTable>): ApiUser {
  const { sp_id: spId, username, password_hash: passwordHash, created_at: createdAt } = row;
  return { spId, username, passwordHash, createdAt };
}

function grantOfRow(row: Selectable<AccessGrantsTable>): AccessGrant {
  return {
    accessHash: row.access_hash,
    refreshHash: row.refresh_hash,
    appKey: row.app_key,
    spId: row.sp_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    refreshUntil: row.refresh_until,
  };
}
