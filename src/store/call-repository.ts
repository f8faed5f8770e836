import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { CallRecord } from '../call/call-record.ts';
import type { CallChange, CallStore, DoubtfulCreation } from '../call/ports.ts';
import { promptUsesOf } from '../call/prompt-use.ts';
import type { KeyedPlacement } from '../call/request-key.ts';
import { BulkStatement } from './bulk-statement.ts';
import { callOfRow, rowOfCall } from './call-rows.ts';
import { changeWriter } from './change-writer.ts';
import type { BulkWriter, GroupCommit } from './group-commit.ts';
import { rowOfPlacement } from './request-key-repository.ts';
import type { CallUsesTable, Schema } from './schema.ts';

type UseRow = { readonly [Column in keyof CallUsesTable]: CallUsesTable[Column] };

/** A new call, what it plays, and the key of the request that placed it where it has one. */
interface NewCall {
  readonly uses: readonly UseRow[];
  readonly row: ReturnType<typeof rowOfCall>;
  readonly keyed: KeyedPlacement | undefined;
}

/** Calls, and in the same transaction what is said about them. */
export class CallRepository implements CallStore {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;
  readonly #writeCalls: BulkWriter<Schema, NewCall>;
  readonly #writeChanges: BulkWriter<Schema, readonly CallChange[]>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
    const calls = new BulkStatement<ReturnType<typeof rowOfCall>>((transaction, rows) =>
      transaction.insertInto('calls').values(rows).compile(),
    );
    const keys = new BulkStatement<ReturnType<typeof rowOfPlacement>>((transaction, rows) =>
      transaction.insertInto('request_keys').values(rows).compile(),
    );
    const uses = new BulkStatement<UseRow>((transaction, rows) =>
      transaction.insertInto('call_uses').values(rows).compile(),
    );
    this.#writeCalls = async (transaction, added) => {
      await calls.execute(
        transaction,
        added.map(({ row }) => row),
      );
      const used = added.flatMap((call) => call.uses);
      if (used.length > 0) await uses.execute(transaction, used);
      const keyed = added.flatMap((call) => call.keyed ?? []);
      if (keyed.length > 0) await keys.execute(transaction, keyed.map(rowOfPlacement));
    };
    this.#writeChanges = changeWriter();
  }

  async create(call: CallRecord, keyed?: KeyedPlacement): Promise<void> {
    const uses = promptUsesOf(call.order).map(({ kind, id }) => ({
      session_id: call.sessionId,
      kind,
      object_id: id,
    }));
    await this.#commits.write(this.#writeCalls, { row: rowOfCall(call), uses, keyed });
  }

  async withdraw(creations: readonly DoubtfulCreation[]): Promise<number> {
    const sessionIds = creations.map(({ sessionId }) => sessionId);
    return this.#commits.run(async (transaction) => {
      const removed = await transaction
        .deleteFrom('calls')
        .where('session_id', 'in', sessionIds)
        .where('last_sequence', '=', 0)
        .where('state', '=', 'accepted')
        .returning('session_id')
        .execute();
      const gone = new Set(removed.map(({ session_id: id }) => id));
      for (const { sessionId, keyed } of creations) {
        if (keyed === undefined || !gone.has(sessionId)) continue;
        await transaction
          .deleteFrom('request_keys')
          .where('app_key', '=', keyed.appKey)
          .where('request_key', '=', keyed.key)
          .execute();
      }
      return removed.length;
    });
  }

  async commit(...changes: readonly CallChange[]): Promise<void> {
    await this.#commits.write(this.#writeChanges, changes);
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
