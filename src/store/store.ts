import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { sql, type Kysely } from 'kysely';
import type { LegacyAccessStore } from '../accounts/legacy-access.ts';
import type { AuditTrail } from '../accounts/audit.ts';
import type { PeopleStore } from '../accounts/user.ts';
import type { TrunkStore } from '../accounts/trunk.ts';
import type { AccountStore, EnterpriseStore, TemplateStore, VoiceFileStore } from '../accounts/ports.ts';
import type { PersonalData } from '../call/personal-data.ts';
import type { Outbox } from '../call/outbox.ts';
import type { PushLedger } from '../call/push-ledger.ts';
import type { CallStore } from '../call/ports.ts';
import type { CallRetention } from '../call/call-retention.ts';
import type { CallQueries } from '../call/queries.ts';
import type { Reconciliation } from '../call/reconciliation.ts';
import type { LimitStore } from '../limits/ports.ts';
import type { RefusalLog } from '../limits/refusal.ts';
import type { RequestKeys } from '../call/request-key.ts';
import type { CallCounts } from '../call/statistics.ts';
import { AccountCache } from './account-cache.ts';
import { AccountRepository } from './account-repository.ts';
import { AuditRepository } from './audit-repository.ts';
import { CallQueryRepository } from './call-query-repository.ts';
import { CallRetentionRepository } from './call-retention-repository.ts';
import { CallRepository } from './call-repository.ts';
import { EnterpriseRepository } from './enterprise-repository.ts';
import { GroupCommit } from './group-commit.ts';
import { LegacyAccessRepository } from './legacy-access-repository.ts';
import { LimitRepository } from './limit-repository.ts';
import { RefusalRepository } from './refusal-repository.ts';
import { migrate } from './migrate.ts';
import type { DialectTraits } from './migration.ts';
import { PersonalDataRepository } from './personal-data-repository.ts';
import { OutboxRepository } from './outbox-repository.ts';
import { PushLedgerRepository } from './push-ledger-repository.ts';
import { openPostgres, type PostgresOptions } from './postgres.ts';
import type { Schema } from './schema.ts';
import { openSqlite, type SqliteOptions } from './sqlite.ts';
import { sealSecrets } from './seal-secrets.ts';
import { SecretBox, type Secrets, unsealed } from './secret-box.ts';
import type { SecretKeys } from './secret-key.ts';
import { PeopleRepository } from './people-repository.ts';
import type { StoreObserver } from './store-observer.ts';
import { ReconciliationRepository } from './reconciliation-repository.ts';
import { RequestKeyRepository } from './request-key-repository.ts';
import { StatisticsRepository } from './statistics-repository.ts';
import { TrunkRepository } from './trunk-repository.ts';
import { RevisedRepository, templateForm, voiceFileForm } from './revised-repository.ts';

/** An open database: where everything is written, and where it is read. */
export interface Databases {
  readonly writer: Kysely<Schema>;
  /** May be the same; it sees what is committed. */
  readonly reader: Kysely<Schema>;
}

export interface SecretOptions {
  /** Absent: secrets are kept as they are. */
  readonly secretKeys?: SecretKeys;
}

/** Everything that is kept. While the database cannot be used, methods reject with StoreUnavailableError. */
export class Store {
  readonly calls: CallStore;
  readonly queries: CallQueries;
  readonly accounts: AccountStore;
  readonly outbox: Outbox;
  readonly pushLedger: PushLedger;
  readonly voiceFiles: VoiceFileStore;
  readonly templates: TemplateStore;
  readonly auditTrail: AuditTrail;
  readonly requestKeys: RequestKeys;
  readonly legacyAccess: LegacyAccessStore;
  readonly people: PeopleStore;
  readonly trunks: TrunkStore;
  readonly enterprises: EnterpriseStore;
  readonly reconciliation: Reconciliation;
  readonly callCounts: CallCounts;
  readonly callRetention: CallRetention;
  readonly personalData: PersonalData;
  readonly limits: LimitStore;
  readonly refusals: RefusalLog;
  readonly #databases: Databases;
  readonly #commits: GroupCommit<Schema>;

  constructor(databases: Databases, observer?: StoreObserver, secrets: Secrets = unsealed) {
    this.#databases = databases;
    this.#commits = new GroupCommit(databases.writer, observer);
    const { reader } = databases;
    this.calls = new CallRepository(reader, this.#commits);
    this.queries = new CallQueryRepository(reader);
    this.accounts = new AccountCache(new AccountRepository(reader, this.#commits, secrets));
    this.outbox = new OutboxRepository(reader, this.#commits);
    this.pushLedger = new PushLedgerRepository(reader, this.#commits);
    this.voiceFiles = new RevisedRepository(reader, this.#commits, voiceFileForm);
    this.templates = new RevisedRepository(reader, this.#commits, templateForm);
    this.legacyAccess = new LegacyAccessRepository(reader, this.#commits);
    this.requestKeys = new RequestKeyRepository(reader, this.#commits);
    this.auditTrail = new AuditRepository(reader, this.#commits);
    this.limits = new LimitRepository(reader, this.#commits);
    this.refusals = new RefusalRepository(reader, this.#commits);
    this.people = new PeopleRepository(reader, this.#commits, secrets);
    this.enterprises = new EnterpriseRepository(reader, this.#commits, secrets);
    this.trunks = new TrunkRepository(reader, this.#commits, secrets);
    this.reconciliation = new ReconciliationRepository(reader, this.#commits);
    this.callCounts = new StatisticsRepository(reader);
    this.callRetention = new CallRetentionRepository(reader, this.#commits);
    this.personalData = new PersonalDataRepository(reader, this.#commits, this.queries);
  }

  /** Resolves when the database can be written at this moment, and took what it was last given; for `/readyz`. */
  async check(): Promise<void> {
    await this.#commits.run(async (transaction) => {
      // There and back: SQLite writes nothing for a row that stays as it is, and would not notice a full disk.
      await sql`update schema_version set version = version + 1`.execute(transaction);
      await sql`update schema_version set version = version - 1`.execute(transaction);
    });
    const { recentFailure } = this.#commits;
    if (recentFailure !== undefined) throw recentFailure;
  }

  /** Waits for what was handed over, then closes the database. */
  async close(): Promise<void> {
    await this.#commits.settled();
    await destroy(this.#databases);
  }
}

async function destroy({ reader, writer }: Databases): Promise<void> {
  await reader.destroy();
  if (writer !== reader) await writer.destroy();
}

/**
 * Opens the database file, creating it and its folder when they are missing, and brings its schema up to date. Rejects
 * with SchemaTooNewError when a newer version wrote it, with StoreUnavailableError when it cannot be used, with
 * WrongSecretKeyError when its secrets were sealed with other keys.
 */
export async function openSqliteStore(options: SqliteOptions & SecretOptions): Promise<Store> {
  mkdirSync(dirname(options.path), { recursive: true });
  const { database, traits } = openSqlite(options);
  return open({ writer: database, reader: database }, traits, options);
}

/**
 * Opens a database of a PostgreSQL server and brings its schema up to date. Rejects like `openSqliteStore`, and with
 * DatabaseInUseError while another platform works with it.
 */
export async function openPostgresStore(options: PostgresOptions & SecretOptions): Promise<Store> {
  const { traits, ...databases } = openPostgres(options);
  return open(databases, traits, options);
}

async function open(
  databases: Databases,
  traits: DialectTraits,
  { observer, secretKeys }: SecretOptions & { readonly observer?: StoreObserver },
): Promise<Store> {
  const secrets = secretKeys ? new SecretBox(secretKeys.current) : unsealed;
  const previous = secretKeys?.previous === undefined ? undefined : new SecretBox(secretKeys.previous);
  try {
    await migrate(databases.writer, traits);
    await sealSecrets(databases.writer, secrets, previous);
  } catch (error) {
    await destroy(databases);
    throw error;
  }
  return new Store(databases, observer, secrets);
}
