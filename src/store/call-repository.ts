import { sql, type Insertable, type Kysely, type Transaction } from 'kysely';
import type { CallRecord } from '../call/call-record.ts';
import { receiverOf } from '../call/outbox.ts';
import type { CallChange, CallStore } from '../call/ports.ts';
import { callOfRow, rowOfCall, rowOfCdr, rowOfEvent, rowOfProgress } from './call-rows.ts';
import type { GroupCommit } from './group-commit.ts';
import type { PushesTable, Schema } from './schema.ts';

/** Calls, and in the same transaction what is said about them. */
export class CallRepository implements CallStore {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
  }

  async create(call: CallRecord): Promise<void> {
    const row = rowOfCall(call);
    await this.#commits.run((transaction) => transaction.insertInto('calls').values(row).execute());
  }

  async commit(change: CallChange): Promise<void> {
    await this.#commits.run((transaction) => writeChange(transaction, change));
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

async function writeChange(transaction: Transaction<Schema>, change: CallChange): Promise<void> {
  const { call, event, cdr } = change;
  if (event !== undefined) {
    const written = await transaction
      .insertInto('events')
      .values(rowOfEvent(event))
      .onConflict((conflict) => conflict.columns(['session_id', 'sequence']).doNothing())
      .executeTakeFirstOrThrow();
    // Written before, though its commit was not seen to succeed: all that belongs to the event is there too.
    if (written.numInsertedOrUpdatedRows === 0n) return;
  }
  const updated = await transaction
    .updateTable('calls')
    .set(rowOfProgress(call))
    .where('session_id', '=', call.sessionId)
    .executeTakeFirstOrThrow();
  if (updated.numUpdatedRows === 0n) throw new Error(`The call ${call.sessionId} was never created.`);
  const pushes = pushesOf(change);
  if (pushes.length > 0) await transaction.insertInto('pushes').values(pushes).execute();
  if (cdr !== undefined) await transaction.insertInto('cdrs').values(rowOfCdr(cdr)).execute();
}

/** In the order of sending: the CDR follows the status pushes of its call (spec 08). */
function pushesOf({ call, event, statusPush, cdr }: CallChange): Insertable<PushesTable>[] {
  const at = event?.at ?? call.endedAt ?? call.acceptedAt;
  const pushes: Insertable<PushesTable>[] = [];
  if (statusPush !== undefined) pushes.push(pendingPush(statusPush, at));
  if (cdr?.url !== undefined) {
    const { sessionId, appKey, url, fee } = cdr;
    pushes.push(pendingPush({ kind: 'fee', sessionId, appKey, url, body: JSON.stringify(fee) }, at));
  }
  return pushes;
}

function pendingPush(
  push: { kind: 'status' | 'fee'; sessionId: string; appKey: string; url: string; body: string },
  at: number,
): Insertable<PushesTable> {
  return {
    session_id: push.sessionId,
    kind: push.kind,
    app_key: push.appKey,
    url: push.url,
    receiver: receiverOf(push.url),
    body: push.body,
    state: 'pending',
    attempts: 0,
    next_attempt_at: at,
    created_at: at,
  };
}
