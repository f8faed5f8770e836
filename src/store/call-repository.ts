import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { CallRecord } from '../call/call-record.ts';
import type { CallChange, CallStore } from '../call/ports.ts';
import { BulkStatement } from './bulk-statement.ts';
import { callOfRow, rowOfCall } from './call-rows.ts';
import { changeWriter } from './change-writer.ts';
import type { BulkWriter, GroupCommit } from './group-commit.ts';
import type { Schema } from './schema.ts';

/** Calls, and in the same transaction what is said about them. */
export class CallRepository implements CallStore {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;
  readonly #writeCalls: BulkWriter<Schema, ReturnType<typeof rowOfCall>>;
  readonly #writeChanges: BulkWriter<Schema, CallChange>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
    const calls = new BulkStatement<ReturnType<typeof rowOfCall>>((transaction, rows) =>
      transaction.insertInto('calls').values(rows).compile(),
    );
    this.#writeCalls = async (transaction, rows) => void (await calls.execute(transaction, rows));
    this.#writeChanges = changeWriter();
  }

  async create(call: CallRecord): Promise<void> {
    await this.#commits.write(this.#writeCalls, rowOfCall(call));
  }

  async commit(change: CallChange): Promise<void> {
    await this.#commits.write(this.#writeChanges, change);
  }

  async seenAlive(at: number): Promise<void> {
    await this.#commits.run(async (transaction) => {
      await transaction
        .insertInto('liveness')
        .values({ id: 1, seen_at: at })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at: at }))
        .execute();
    });
  }

  async lastSeenAlive(): Promise<number | undefined> {
    const row = await this.#database.selectFrom('liveness').select('seen_at').executeTakeFirst();
    return row?.seen_at;
  }

  async unfinished(): Promise<CallRecord[]> {
    const rows = await this.#database
      .selectFrom('calls')
      .selectAll()
      .where('state', '<>', sql.lit('ended' as const))
      .orderBy('accepted_at')
      .orderBy('session_id')
      .execute();
    return rows.map(callOfRow);
  }
}
