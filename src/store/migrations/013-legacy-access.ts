import type { Migration } from '../migration.ts';

/** The API user of each account, and the tokens that its login gave. */
export const legacyAccess: Migration = async ({ schema }) => {
  await schema
    .createTable('api_users')
    .addColumn('sp_id', 'text', (column) => column.primaryKey().references('accounts.sp_id'))
    .addColumn('username', 'text', (column) => column.notNull().unique())
    .addColumn('password_hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('access_grants')
    .addColumn('access_hash', 'text', (column) => column.primaryKey())
    .addColumn('refresh_hash', 'text', (column) => column.notNull().unique())
    .addColumn('app_key', 'text', (column) => column.notNull())
    .addColumn('sp_id', 'text', (column) => column.notNull().references('accounts.sp_id'))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('refresh_until', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createIndex('access_grants_of_app')
    .on('access_grants')
    .columns(['app_key', 'created_at'])
    .execute();
};
