import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

const newestFirst = ['accepted_at', 'session_id'] as const;

/** Finds calls by who was called and by how they ended, newest first, without reading others. */
export const callSearch: Migration = async (database, traits) => {
  const { schema } = database;
  await schema.alterTable('calls').addColumn('caller_nbr', 'text').execute();
  await schema.alterTable('calls').addColumn('callee_nbr', 'text').execute();
  await database
    .updateTable('calls')
    .set({
      caller_nbr: traits.memberOf('order_json', 'callerNbr'),
      callee_nbr: traits.memberOf('order_json', 'calleeNbr'),
    })
    .execute();
  for (const party of ['caller', 'callee']) {
    await schema
      .createIndex(`calls_by_${party}`)
      .on('calls')
      .columns([`${party}_nbr`, ...newestFirst])
      .execute();
  }
  // While a call runs it has a cause by default, which is nobody's answer.
  await schema
    .createIndex('calls_by_cause')
    .on('calls')
    .columns(['release_cause', ...newestFirst])
    .where(sql`state`, '=', sql.lit('ended'))
    .execute();
};
