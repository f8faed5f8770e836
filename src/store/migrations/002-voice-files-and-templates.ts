import type { Migration } from '../migration.ts';

export const voiceFilesAndTemplates: Migration = async ({ schema }, traits) => {
  await traits
    .identityColumn(schema.createTable('voice_files'), 'id')
    .addColumn('sp_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('revision', 'text', (column) => column.notNull().unique())
    .addColumn('source_container', 'text', (column) => column.notNull())
    .addColumn('source_description', 'text', (column) => column.notNull())
    .addColumn('source_size', 'integer', (column) => column.notNull())
    .addColumn('duration', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('uploaded_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('voice_files_by_name', ['sp_id', 'name'])
    .execute();

  await traits
    .identityColumn(schema.createTable('templates'), 'id')
    .addColumn('template_id', 'text', (column) => column.notNull().unique())
    .addColumn('sp_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('speed', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('templates_of_account').on('templates').columns(['sp_id', 'id']).execute();
};
