import type { Migration } from '../migration.ts';

/** Requests that carry a key of the customer place one call, however often they are sent. */
export const requestKeys: Migration = async ({ schema }) => {
  await schema
    .createTable('request_keys')
    .addColumn('app_key', 'text', (column) => column.notNull())
    .addColumn('request_key', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('idle_port', 'integer')
    .addColumn('placed_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('request_keys_by_app', ['app_key', 'request_key'])
    .execute();
  await schema.createIndex('request_keys_by_time').on('request_keys').column('placed_at').execute();
};
