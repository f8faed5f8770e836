import type { Kysely } from 'kysely';
import type { Trunk, TrunkStore } from '../accounts/trunk.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Schema, TrunkRow } from './schema.ts';
import { type Secrets, unsealed } from './secret-box.ts';

/** What the document of a row keeps; the other members have columns. */
type Settings = Omit<Trunk, 'name' | 'password' | 'createdAt'>;

export class TrunkRepository implements TrunkStore {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;
  readonly #secrets: Secrets;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>, secrets: Secrets = unsealed) {
    this.#database = database;
    this.#commits = commits;
    this.#secrets = secrets;
  }

  async trunks(): Promise<Trunk[]> {
    const rows = await this.#database.selectFrom('trunks').selectAll().orderBy('id').execute();
    return rows.map((row) => this.#trunkOfRow(row));
  }

  async trunk(name: string): Promise<Trunk | undefined> {
    const row = await this.#database
      .selectFrom('trunks')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst();
    return row && this.#trunkOfRow(row);
  }

  async putTrunk({ name, password, createdAt, ...settings }: Trunk): Promise<void> {
    const row = {
      name,
      settings_json: JSON.stringify(settings satisfies Settings),
      password: password === undefined ? null : this.#secrets.seal(password, ownerOf(name)),
      created_at: createdAt,
    };
    await this.#commits.run((transaction) =>
      transaction
        .insertInto('trunks')
        .values(row)
        .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
        .execute(),
    );
  }

  async removeTrunk(name: string): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction.deleteFrom('trunks').where('name', '=', name).execute(),
    );
  }

  #trunkOfRow({ name, settings_json: json, password, created_at: createdAt }: TrunkRow): Trunk {
    return {
      ...(JSON.parse(json) as Settings),
      name,
      ...(password !== null && { password: this.#secrets.open(password, ownerOf(name)) }),
      createdAt,
    };
  }
}

/** Whom a password is sealed for. */
const ownerOf = (name: string): string => `trunks/${name}`;
