import type { Migration } from '../migration.ts';

/** Where somebody signed in from. */
export const signInAddress: Migration = async ({ schema }) => {
  await schema.alterTable('sign_ins').addColumn('address', 'text').execute();
};
