import type { Migration } from '../migration.ts';

/** When the platform was last seen alive: a crash is dated by it. One row. */
export const liveness: Migration = async ({ schema }) => {
  await schema
    .createTable('liveness')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .execute();
};
