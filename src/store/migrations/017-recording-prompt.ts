import type { Migration } from '../migration.ts';

/** The recording prompt of an application. */
export const recordingPrompt: Migration = async ({ schema }) => {
  await schema.alterTable('apps').addColumn('recording_prompt', 'text').execute();
};
