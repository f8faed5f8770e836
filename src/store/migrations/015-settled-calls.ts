import type { Kysely } from 'kysely';
import type { CallRecord } from '../../call/call-record.ts';
import { settledCall } from '../../call/settled-call.ts';
import { rowOfSettled } from '../call-rows.ts';
import type { Migration } from '../migration.ts';
import type { Schema } from '../schema.ts';

/** Calls written at a time. */
const PAGE = 500;

/**
 * Ended calls in the order of their commits, narrow enough to be counted; how far retention has removed what a cursor may
 * still point before; and an account's calls, newest first.
 */
export const settledCalls: Migration = async (database, traits) => {
  const { schema } = database;
  await traits
    .identityColumn(schema.createTable('settled_calls'), 'id')
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('sp_id', 'text', (column) => column.notNull())
    .addColumn('app_key', 'text', (column) => column.notNull())
    .addColumn('number', 'text', (column) => column.notNull())
    .addColumn('ended_at', 'bigint', (column) => column.notNull())
    .addColumn('connected', 'integer', (column) => column.notNull())
    .addColumn('talk', 'bigint', (column) => column.notNull())
    .addColumn('release_cause', 'integer', (column) => column.notNull())
    .execute();
  await schema
    .createTable('removal_marks')
    .addColumn('kind', 'text', (column) => column.primaryKey())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .execute();
  await settleEarlierCalls(database);
  await schema.createIndex('settled_calls_of_account').on('settled_calls').columns(['sp_id', 'id']).execute();
  // Everything that statistics ask for, so that they read nothing else.
  await schema
    .createIndex('settled_calls_counted')
    .on('settled_calls')
    .columns(['sp_id', 'ended_at', 'app_key', 'number', 'release_cause', 'connected', 'talk'])
    .execute();
  await schema
    .createIndex('calls_by_account')
    .on('calls')
    .columns(['sp_id', 'accepted_at', 'session_id'])
    .execute();
};

/** Those that ended before this version, in the order of their last events: their commits. */
async function settleEarlierCalls(database: Kysely<Schema>): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await database
      .selectFrom('events')
      .innerJoin('calls', 'calls.session_id', 'events.session_id')
      .select(['events.id', 'calls.session_id', 'sp_id', 'app_key', 'order_json', 'legs_json'])
      .select(['release_cause', 'ended_at', 'accepted_at'])
      .where('events.type', '=', 'disconnect')
      .where('calls.state', '=', 'ended')
      .where('events.id', '>', after)
      .orderBy('events.id')
      .limit(PAGE)
      .execute();
    if (rows.length === 0) return;
    const settled = rows.map((row) =>
      settledCall({
        sessionId: row.session_id,
        owner: { spId: row.sp_id, appKey: row.app_key },
        order: JSON.parse(row.order_json) as CallRecord['order'],
        legs: JSON.parse(row.legs_json) as CallRecord['legs'],
        verdict: { releaseCause: row.release_cause, teardownPoint: 0, releasedBy: 'platform' },
        endedAt: row.ended_at ?? undefined,
        acceptedAt: row.accepted_at,
      }),
    );
    await database.insertInto('settled_calls').values(settled.map(rowOfSettled)).execute();
    after = rows.at(-1)?.id ?? after;
  }
}
