import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { sql, type Kysely } from 'kysely';
import type { AccountStore, TemplateStore, VoiceFileStore } from '../accounts/ports.ts';
import type { Outbox } from '../call/outbox.ts';
import type { CallStore } from '../call/ports.ts';
import type { CallQueries } from '../call/queries.ts';
import { AccountRepository } from './account-repository.ts';
import { CallQueryRepository } from './call-query-repository.ts';
import { CallRepository } from './call-repository.ts';
import { GroupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { OutboxRepository } from './outbox-repository.ts';
import type { Schema } from './schema.ts';
import { openSqlite, type SqliteOptions } from './sqlite.ts';
import { TemplateRepository } from './template-repository.ts';
import { VoiceFileRepository } from './voice-file-repository.ts';

/** Everything that is kept. While the database cannot be used, methods reject with StoreUnavailableError. */
export class Store {
  readonly calls: CallStore;
  readonly queries: CallQueries;
  readonly accounts: AccountStore;
  readonly outbox: Outbox;
  readonly voiceFiles: VoiceFileStore;
  readonly templates: TemplateStore;
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
    this.#commits = new GroupCommit(database);
    this.calls = new CallRepository(database, this.#commits);
    this.queries = new CallQueryRepository(database);
    this.accounts = new AccountRepository(database, this.#commits);
    this.outbox = new OutboxRepository(database, this.#commits);
    this.voiceFiles = new VoiceFileRepository(database, this.#commits);
    this.templates = new TemplateRepository(database, this.#commits);
  }

  /** Resolves when the database can be written at this moment; for `/readyz` and `doctor`. */
  async check(): Promise<void> {
    await this.#commits.run(async (transaction) => {
      // There and back: SQLite writes nothing for a row that stays as it is, and would not notice a full disk.
      await sql`update schema_version set version = version + 1`.execute(transaction);
      await sql`update schema_version set version = version - 1`.execute(transaction);
    });
  }

  /** Waits for what was handed over, then closes the database. */
  async close(): Promise<void> {
    await this.#commits.settled();
    await this.#database.destroy();
  }
}

/**
 * Opens the database file, creating it and its folder when they are missing, and brings its schema up to date. Rejects
 * with SchemaTooNewError when a newer version wrote it, with StoreUnavailableError when it cannot be used.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  mkdirSync(dirname(options.path), { recursive: true });
  const { database, traits } = openSqlite(options);
  try {
    await migrate(database, traits);
  } catch (error) {
    await database.destroy();
    throw error;
  }
  return new Store(database);
}
