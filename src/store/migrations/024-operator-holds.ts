import type { Migration } from '../migration.ts';

/** What the platform's operator suspended, its account does not resume. */
export const operatorHolds: Migration = async ({ schema }) => {
  for (const table of ['apps', 'numbers'] as const)
    await schema
      .alterTable(table)
      .addColumn('held_by_operator', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
};
