import type { Migration } from '../migration.ts';

/** Enterprises, their orders of numbers, and which numbers are granted by which order. */
export const enterprises: Migration = async ({ schema }, traits) => {
  await traits
    .identityColumn(schema.createTable('enterprises'), 'id')
    .addColumn('enterprise_id', 'text', (column) => column.notNull().unique())
    .addColumn('sp_id', 'text', (column) => column.notNull().references('accounts.sp_id'))
    .addColumn('legal_person_id', 'text', (column) => column.notNull())
    .addColumn('record_json', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await traits
    .identityColumn(schema.createTable('number_orders'), 'id')
    .addColumn('order_id', 'text', (column) => column.notNull().unique())
    .addColumn('sp_id', 'text', (column) => column.notNull().references('accounts.sp_id'))
    .addColumn('order_json', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('granted_numbers')
    .addColumn('number', 'text', (column) => column.primaryKey())
    .addColumn('order_id', 'text', (column) => column.notNull().references('number_orders.order_id'))
    .execute();
  await schema.createIndex('granted_numbers_by_order').on('granted_numbers').column('order_id').execute();
};
