import type { Migration } from '../migration.ts';

/** Trunks: what an operator set, as JSON, and the password apart from it, sealed. */
export const trunks: Migration = async ({ schema }, traits) => {
  await traits
    .identityColumn(schema.createTable('trunks'), 'id')
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('settings_json', 'text', (column) => column.notNull())
    .addColumn('password', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
};
