import type { Insertable, Kysely } from 'kysely';
import type { Account, App, DisplayNumber } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { type Secrets, unsealed } from './secret-box.ts';
import type { AccountRow, AppRow, AppsTable, NumberRow, NumbersTable, Schema } from './schema.ts';

/** Accounts, apps and numbers. */
export class AccountRepository implements AccountStore {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;
  readonly #secrets: Secrets;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>, secrets: Secrets = unsealed) {
    this.#database = database;
    this.#commits = commits;
    this.#secrets = secrets;
  }

  async account(spId: string): Promise<Account | undefined> {
    const row = await this.#database
      .selectFrom('accounts')
      .selectAll()
      .where('sp_id', '=', spId)
      .executeTakeFirst();
    return row && accountOfRow(row);
  }

  async accounts(): Promise<Account[]> {
    const rows = await this.#database
      .selectFrom('accounts')
      .selectAll()
      .orderBy('created_at')
      .orderBy('sp_id')
      .execute();
    return rows.map(accountOfRow);
  }

  async putAccount({ spId, name, state, maxApps, createdAt }: Account): Promise<void> {
    const row = { sp_id: spId, name, state, max_apps: maxApps ?? null, created_at: createdAt };
    await this.#commits.run((transaction) =>
      transaction
        .insertInto('accounts')
        .values(row)
        .onConflict((conflict) => conflict.column('sp_id').doUpdateSet(row))
        .execute(),
    );
  }

  async apps(spId?: string): Promise<App[]> {
    const all = this.#database.selectFrom('apps').selectAll().orderBy('id');
    const wanted = spId === undefined ? all : all.where('sp_id', '=', spId);
    return (await wanted.execute()).map((row) => this.#appOfRow(row));
  }

  async app(appKey: string): Promise<App | undefined> {
    const row = await this.#database
      .selectFrom('apps')
      .selectAll()
      .where('app_key', '=', appKey)
      .executeTakeFirst();
    return row && this.#appOfRow(row);
  }

  async putApp(app: App): Promise<void> {
    const row = rowOfApp(app, (secret) => this.#secrets.seal(secret, ownerOf(app.appKey)));
    await this.#commits.run((transaction) =>
      transaction
        .insertInto('apps')
        .values(row)
        .onConflict((conflict) => conflict.column('app_key').doUpdateSet(row))
        .execute(),
    );
  }

  async numbers(appKey?: string, spId?: string): Promise<DisplayNumber[]> {
    let wanted = this.#database.selectFrom('numbers').selectAll().orderBy('id');
    if (appKey !== undefined) wanted = wanted.where('app_key', '=', appKey);
    if (spId !== undefined) {
      wanted = wanted.where('app_key', 'in', (apps) =>
        apps.selectFrom('apps').select('app_key').where('sp_id', '=', spId),
      );
    }
    return (await wanted.execute()).map(numberOfRow);
  }

  async number(number: string): Promise<DisplayNumber | undefined> {
    const row = await this.#database
      .selectFrom('numbers')
      .selectAll()
      .where('number', '=', number)
      .executeTakeFirst();
    return row && numberOfRow(row);
  }

  async putNumber(number: DisplayNumber): Promise<void> {
    const row = rowOfNumber(number);
    await this.#commits.run((transaction) =>
      transaction
        .insertInto('numbers')
        .values(row)
        .onConflict((conflict) => conflict.column('number').doUpdateSet(row))
        .execute(),
    );
  }

  async removeNumber(number: string): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction.deleteFrom('numbers').where('number', '=', number).execute(),
    );
  }

  #appOfRow(row: AppRow): App {
    return appOfRow(row, (sealed) => this.#secrets.open(sealed, ownerOf(row.app_key)));
  }
}

function accountOfRow(row: AccountRow): Account {
  return {
    spId: row.sp_id,
    name: row.name,
    state: row.state,
    ...(row.max_apps !== null && { maxApps: row.max_apps }),
    createdAt: row.created_at,
  };
}

/** Whom an application's secret is sealed for. */
const ownerOf = (appKey: string): string => `apps/${appKey}`;

function rowOfApp(app: App, sealed: (secret: string) => string): Insertable<AppsTable> {
  const { previousSecret } = app;
  return {
    app_key: app.appKey,
    sp_id: app.spId,
    name: app.name,
    capability: app.capability,
    app_secret: sealed(app.appSecret),
    previous_secret: previousSecret ? sealed(previousSecret.secret) : null,
    previous_secret_until: previousSecret?.validUntil ?? null,
    state: app.state,
    held_by_operator: Number(app.heldByOperator ?? false),
    recording: Number(app.recording),
    recording_prompt: app.recordingPrompt ?? null,
    status_url: app.statusUrl ?? null,
    fee_url: app.feeUrl ?? null,
    push_signature: app.pushSignature,
    ports: app.ports,
    allowed_addresses: JSON.stringify(app.allowedAddresses),
    sandbox: Number(app.sandbox),
    created_at: app.createdAt,
  };
}

function appOfRow(row: AppRow, opened: (sealed: string) => string): App {
  const { previous_secret: previous, previous_secret_until: validUntil } = row;
  return {
    appKey: row.app_key,
    spId: row.sp_id,
    name: row.name,
    capability: row.capability,
    appSecret: opened(row.app_secret),
    ...(previous !== null &&
      validUntil !== null && { previousSecret: { secret: opened(previous), validUntil } }),
    state: row.state,
    ...(row.held_by_operator === 1 && { heldByOperator: true }),
    recording: row.recording === 1,
    recordingPrompt: row.recording_prompt ?? undefined,
    statusUrl: row.status_url ?? undefined,
    feeUrl: row.fee_url ?? undefined,
    pushSignature: row.push_signature,
    ports: row.ports,
    allowedAddresses: JSON.parse(row.allowed_addresses) as string[],
    sandbox: row.sandbox === 1,
    createdAt: row.created_at,
  };
}

function rowOfNumber(number: DisplayNumber): Insertable<NumbersTable> {
  return {
    number: number.number,
    app_key: number.appKey,
    kind: number.kind,
    state: number.state,
    held_by_operator: Number(number.heldByOperator ?? false),
    created_at: number.createdAt,
  };
}

function numberOfRow(row: NumberRow): DisplayNumber {
  return {
    number: row.number,
    appKey: row.app_key,
    kind: row.kind,
    state: row.state,
    ...(row.held_by_operator === 1 && { heldByOperator: true }),
    createdAt: row.created_at,
  };
}
