import type { Migration } from '../migration.ts';

/** Calls that wait for their turn, what limits are set, and the calls they refused. */
export const limits: Migration = async ({ schema }, traits) => {
  await schema.alterTable('calls').addColumn('wait_until', 'bigint').execute();
  await schema
    .createTable('limit_settings')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('value_json', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('limit_settings_by_name', ['kind', 'owner', 'name'])
    .execute();
  await traits
    .identityColumn(schema.createTable('refusals'), 'id')
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('sp_id', 'text', (column) => column.notNull())
    .addColumn('app_key', 'text', (column) => column.notNull())
    .addColumn('capability', 'text', (column) => column.notNull())
    .addColumn('sandbox', 'integer', (column) => column.notNull())
    .addColumn('display_nbr', 'text', (column) => column.notNull())
    .addColumn('caller_nbr', 'text')
    .addColumn('callee_nbr', 'text', (column) => column.notNull())
    .addColumn('code', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('explanation', 'text', (column) => column.notNull())
    .execute();
};
