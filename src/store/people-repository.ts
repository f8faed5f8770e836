import type { Insertable, Kysely, Selectable } from 'kysely';
import type { AccessToken, PeopleStore, SignIn, SignInFailures, User } from '../accounts/user.ts';
import type { GroupCommit } from './group-commit.ts';
import type { AccessTokensTable, Schema, SignInsTable, UserRow, UsersTable } from './schema.ts';
import type { Secrets } from './secret-box.ts';

/** The people of accounts, who of them is signed in, and their tokens. */
export class PeopleRepository implements PeopleStore {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;
  readonly #secrets: Secrets;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>, secrets: Secrets) {
    this.#database = database;
    this.#commits = commits;
    this.#secrets = secrets;
  }

  async users(spId?: string): Promise<User[]> {
    const all = this.#database.selectFrom('users').selectAll().orderBy('id');
    const wanted = spId === undefined ? all : all.where('sp_id', '=', spId);
    return (await wanted.execute()).map((row) => this.#userOfRow(row));
  }

  async user(userId: string): Promise<User | undefined> {
    const row = await this.#database
      .selectFrom('users')
      .selectAll()
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row && this.#userOfRow(row);
  }

  async userOfName(spId: string, name: string): Promise<User | undefined> {
    const row = await this.#database
      .selectFrom('users')
      .selectAll()
      .where('sp_id', '=', spId)
      .where('name', '=', name)
      .executeTakeFirst();
    return row && this.#userOfRow(row);
  }

  async putUser(user: User, { endSignIns = false } = {}): Promise<void> {
    const row = this.#rowOfUser(user);
    await this.#commits.run(async (transaction) => {
      await transaction
        .insertInto('users')
        .values(row)
        .onConflict((conflict) => conflict.column('user_id').doUpdateSet(row))
        .execute();
      if (endSignIns) await transaction.deleteFrom('sign_ins').where('user_id', '=', user.userId).execute();
    });
  }

  async signIn(tokenHash: string): Promise<SignIn | undefined> {
    const row = await this.#database
      .selectFrom('sign_ins')
      .selectAll()
      .where('token_hash', '=', tokenHash)
      .executeTakeFirst();
    return row && signInOfRow(row);
  }

  async signInsOf(userId: string): Promise<SignIn[]> {
    const rows = await this.#database
      .selectFrom('sign_ins')
      .selectAll()
      .where('user_id', '=', userId)
      .orderBy('created_at')
      .execute();
    return rows.map(signInOfRow);
  }

  async putSignIn(signIn: SignIn): Promise<void> {
    const row: Insertable<SignInsTable> = {
      token_hash: signIn.tokenHash,
      user_id: signIn.userId,
      created_at: signIn.createdAt,
      expires_at: signIn.expiresAt,
      last_used_at: signIn.lastUsedAt,
      address: signIn.address ?? null,
    };
    await this.#commits.run((transaction) =>
      transaction
        .insertInto('sign_ins')
        .values(row)
        .onConflict((conflict) => conflict.column('token_hash').doUpdateSet(row))
        .execute(),
    );
  }

  async noteSignInUsed(tokenHash: string, at: number): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction
        .updateTable('sign_ins')
        .set({ last_used_at: at })
        .where('token_hash', '=', tokenHash)
        .execute(),
    );
  }

  async removeSignIn(tokenHash: string): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction.deleteFrom('sign_ins').where('token_hash', '=', tokenHash).execute(),
    );
  }

  async removeExpired(now: number, failuresBefore: number): Promise<void> {
    await this.#commits.run(async (transaction) => {
      await transaction.deleteFrom('sign_ins').where('expires_at', '<=', now).execute();
      await transaction
        .deleteFrom('sign_in_failures')
        .where('since', '<', failuresBefore)
        .where('locked_until', '<=', now)
        .execute();
    });
  }

  async accessTokens(userId: string): Promise<AccessToken[]> {
    const rows = await this.#database
      .selectFrom('access_tokens')
      .selectAll()
      .where('user_id', '=', userId)
      .orderBy('id')
      .execute();
    return rows.map(tokenOfRow);
  }

  async accessToken(tokenHash: string): Promise<AccessToken | undefined> {
    const row = await this.#database
      .selectFrom('access_tokens')
      .selectAll()
      .where('token_hash', '=', tokenHash)
      .executeTakeFirst();
    return row && tokenOfRow(row);
  }

  async addAccessToken(token: AccessToken): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction.insertInto('access_tokens').values(rowOfToken(token)).execute(),
    );
  }

  async noteAccessTokenUsed(tokenId: string, at: number): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction
        .updateTable('access_tokens')
        .set({ last_used_at: at })
        .where('token_id', '=', tokenId)
        .execute(),
    );
  }

  async removeAccessToken(tokenId: string): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction.deleteFrom('access_tokens').where('token_id', '=', tokenId).execute(),
    );
  }

  async failures(subject: string): Promise<SignInFailures | undefined> {
    const row = await this.#database
      .selectFrom('sign_in_failures')
      .selectAll()
      .where('subject', '=', subject)
      .executeTakeFirst();
    return row && { failures: row.failures, since: row.since, lockedUntil: row.locked_until };
  }

  async putFailures(subject: string, { failures, since, lockedUntil }: SignInFailures): Promise<void> {
    const row = { subject, failures, since, locked_until: lockedUntil };
    await this.#commits.run((transaction) =>
      transaction
        .insertInto('sign_in_failures')
        .values(row)
        .onConflict((conflict) => conflict.column('subject').doUpdateSet(row))
        .execute(),
    );
  }

  #rowOfUser(user: User): Insertable<UsersTable> {
    const { totp } = user;
    return {
      user_id: user.userId,
      sp_id: user.spId,
      name: user.name,
      role: user.role,
      state: user.state,
      password_hash: user.passwordHash,
      totp_secret: totp === undefined ? null : this.#secrets.seal(totp.secret, `users/${user.userId}`),
      totp_confirmed: Number(totp?.confirmed ?? false),
      totp_last_step: totp?.lastStep ?? null,
      created_at: user.createdAt,
      last_sign_in_at: user.lastSignInAt ?? null,
    };
  }

  #userOfRow(row: UserRow): User {
    return {
      userId: row.user_id,
      spId: row.sp_id,
      name: row.name,
      role: row.role,
      state: row.state,
      passwordHash: row.password_hash,
      totp:
        row.totp_secret === null
          ? undefined
          : {
              secret: this.#secrets.open(row.totp_secret, `users/${row.user_id}`),
              confirmed: row.totp_confirmed === 1,
              lastStep: row.totp_last_step ?? undefined,
            },
      createdAt: row.created_at,
      lastSignInAt: row.last_sign_in_at ?? undefined,
    };
  }
}

function rowOfToken(token: AccessToken): Insertable<AccessTokensTable> {
  return {
    token_id: token.tokenId,
    token_hash: token.tokenHash,
    user_id: token.userId,
    name: token.name,
    prefix: token.prefix,
    created_at: token.createdAt,
    expires_at: token.expiresAt ?? null,
    last_used_at: token.lastUsedAt ?? null,
  };
}

const signInOfRow = (row: Selectable<SignInsTable>): SignIn => ({
  tokenHash: row.token_hash,
  userId: row.user_id,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  address: row.address ?? undefined,
});

function tokenOfRow(row: {
  token_id: string;
  token_hash: string;
  user_id: string;
  name: string;
  prefix: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
}): AccessToken {
  return {
    tokenId: row.token_id,
    tokenHash: row.token_hash,
    userId: row.user_id,
    name: row.name,
    prefix: row.prefix,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
  };
}
