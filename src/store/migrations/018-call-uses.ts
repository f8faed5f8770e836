import type { Migration } from '../migration.ts';

/** Which voice files and templates a call was accepted to play; gone with the call. */
export const callUses: Migration = async ({ schema }) => {
  await schema
    .createTable('call_uses')
    .addColumn('session_id', 'text', (column) =>
      column.notNull().references('calls.session_id').onDelete('cascade'),
    )
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('object_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('call_uses_by_call', ['session_id', 'kind', 'object_id'])
    .execute();
  await schema
    .createIndex('call_uses_by_object')
    .on('call_uses')
    .columns(['kind', 'object_id', 'session_id'])
    .execute();
};
