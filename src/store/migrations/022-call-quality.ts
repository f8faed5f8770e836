import type { Migration } from '../migration.ts';

/** The media of a call's legs second by second; gone with the call. */
export const callQuality: Migration = async ({ schema }) => {
  await schema
    .createTable('call_quality')
    .addColumn('session_id', 'text', (column) =>
      column.primaryKey().references('calls.session_id').onDelete('cascade'),
    )
    .addColumn('legs_json', 'text', (column) => column.notNull())
    .execute();
};
