import { sql } from 'kysely';
import { receiverOf } from '../../call/outbox.ts';
import type { Migration } from '../migration.ts';

/** Rows rewritten at a time. */
const PAGE = 1_000;

/**
 * A receiver is an application and a URL, no longer an origin; pushes can be replayed; those given up are found quickly.
 */
export const receiversAndReplays: Migration = async (database) => {
  const { schema } = database;
  await schema
    .alterTable('pushes')
    .addColumn('earlier_attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema.alterTable('pushes').addColumn('queued_at', 'bigint').execute();
  for (const state of ['failed', 'dead'] as const) {
    await schema
      .createIndex(`pushes_${state}`)
      .on('pushes')
      .column('id')
      .where(sql`state`, '=', sql.lit(state))
      .execute();
  }
  for (let after = 0; ; ) {
    // Delivered pushes are never sent again, so their receiver means nothing any more.
    const rows = await database
      .selectFrom('pushes')
      .select(['id', 'app_key', 'url'])
      .where('state', '<>', 'delivered')
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE)
      .execute();
    for (const { id, app_key: appKey, url } of rows) {
      const receiver = receiverOf(appKey, url);
      await database.updateTable('pushes').set({ receiver }).where('id', '=', id).execute();
      after = id;
    }
    if (rows.length < PAGE) return;
  }
};
