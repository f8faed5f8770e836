import type { Migration } from '../migration.ts';

/** Any push is sent again, and the ledger says by whom; what was delivered stays so. */
export const replaysByWhom: Migration = async ({ schema }) => {
  for (const table of ['pushes', 'deliveries'] as const)
    await schema.alterTable(table).addColumn('replayed_by', 'text').execute();
  for (const column of ['taken', 'erased'])
    await schema
      .alterTable('pushes')
      .addColumn(column, 'integer', (added) => added.notNull().defaultTo(0))
      .execute();
};
