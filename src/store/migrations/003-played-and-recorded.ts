import type { Migration } from '../migration.ts';

/** What a call played and collected, and its recording: JSON, null where there was none. */
export const playedAndRecorded: Migration = async ({ schema }) => {
  await schema.alterTable('calls').addColumn('played_json', 'text').execute();
  await schema.alterTable('calls').addColumn('recording_json', 'text').execute();
};
