import { sql, type Kysely, type Transaction } from 'kysely';
import type { CallRecord } from '../call/call-record.ts';
import { receiverOf } from '../call/outbox.ts';
import type { CallChange, CallStore } from '../call/ports.ts';
import type { StatusPush } from '../call/status-push.ts';
import { callOfRow, rowOfCall, rowOfCdr, rowOfEvent, rowOfProgress } from './call-rows.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Schema } from './schema.ts';

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
  await insertPushes(transaction, pushesOf(change));
  if (cdr !== undefined) await transaction.insertInto('cdrs').values(rowOfCdr(cdr)).execute();
}

type NewPush = Omit<StatusPush, 'kind'> & { readonly kind: 'status' | 'fee'; readonly createdAt: number };

/** In the order of sending: the CDR follows the status pushes of its call (spec 08). */
function pushesOf({ call, event, statusPush, cdr }: CallChange): NewPush[] {
  const createdAt = event?.at ?? call.endedAt ?? call.acceptedAt;
  const pushes: NewPush[] = [];
  if (statusPush !== undefined) pushes.push({ ...statusPush, createdAt });
  if (cdr?.url !== undefined) {
    const { sessionId, appKey, url, fee } = cdr;
    pushes.push({ kind: 'fee', sessionId, appKey, url, body: JSON.stringify(fee), createdAt });
  }
  return pushes;
}

/**
 * Of the pushes of one call to one receiver only the first is due; settling it makes the next one due
 * (outbox-repository.ts). So the index of what is due holds nothing that may not be sent.
 */
async function insertPushes(transaction: Transaction<Schema>, pushes: readonly NewPush[]): Promise<void> {
  for (const { kind, sessionId, appKey, url, body, createdAt } of pushes) {
    const receiver = receiverOf(appKey, url);
    const before = await transaction
      .selectFrom('pushes')
      .select('id')
      .where('session_id', '=', sessionId)
      .where('receiver', '=', receiver)
      .where('state', '=', sql.lit('pending' as const))
      .limit(1)
      .executeTakeFirst();
    await transaction
      .insertInto('pushes')
      .values({
        session_id: sessionId,
        kind,
        app_key: appKey,
        url,
        receiver,
        body,
        state: 'pending',
        attempts: 0,
        next_attempt_at: before === undefined ? createdAt : null,
        created_at: createdAt,
      })
      .execute();
  }
}
