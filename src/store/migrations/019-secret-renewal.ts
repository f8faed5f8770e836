import type { Migration } from '../migration.ts';

/** The secret that an application had before its latest renewal, and how many applications an account may hold. */
export const secretRenewal: Migration = async ({ schema }) => {
  await schema.alterTable('apps').addColumn('previous_secret', 'text').execute();
  await schema.alterTable('apps').addColumn('previous_secret_until', 'bigint').execute();
  await schema.alterTable('accounts').addColumn('max_apps', 'integer').execute();
};
