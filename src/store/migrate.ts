import { sql, type Kysely } from 'kysely';
import type { DialectTraits, Migration } from './migration.ts';
import { firstSchema } from './migrations/001-first-schema.ts';
import { voiceFilesAndTemplates } from './migrations/002-voice-files-and-templates.ts';
import { playedAndRecorded } from './migrations/003-played-and-recorded.ts';
import { liveness } from './migrations/004-liveness.ts';
import { receiversAndReplays } from './migrations/005-receivers-and-replays.ts';
import { peopleAndAudit } from './migrations/010-people-and-audit.ts';
import { limits } from './migrations/012-limits.ts';
import { legacyAccess } from './migrations/013-legacy-access.ts';
import { requestKeys } from './migrations/013-request-keys.ts';
import { trunks } from './migrations/014-trunks.ts';
import { settledCalls } from './migrations/015-settled-calls.ts';
import { revisions } from './migrations/016-revisions.ts';
import { recordingPrompt } from './migrations/017-recording-prompt.ts';
import { callUses } from './migrations/018-call-uses.ts';
import { secretRenewal } from './migrations/019-secret-renewal.ts';
import { enterprises } from './migrations/020-enterprises.ts';
import { signInAddress } from './migrations/021-sign-in-address.ts';
import { callQuality } from './migrations/022-call-quality.ts';
import { callSearch } from './migrations/023-call-search.ts';
import { operatorHolds } from './migrations/024-operator-holds.ts';
import { replaysByWhom } from './migrations/025-replays-by-whom.ts';
import type { Schema } from './schema.ts';

/** In order; the version of a schema is the number of migrations it has seen. */
export const migrations: readonly Migration[] = [
  firstSchema,
  voiceFilesAndTemplates,
  playedAndRecorded,
  liveness,
  receiversAndReplays,
  peopleAndAudit,
  requestKeys,
  legacyAccess,
  trunks,
  settledCalls,
  revisions,
  recordingPrompt,
  callUses,
  limits,
  secretRenewal,
  enterprises,
  signInAddress,
  callQuality,
  callSearch,
  operatorHolds,
  replaysByWhom,
];

/** The database was written by a newer version of this program, which knows what this one does not. */
export class SchemaTooNewError extends Error {
  override readonly name = 'SchemaTooNewError';

  constructor(found: number, known: number) {
    super(
      `The database has schema version ${found}, but this version of OpenVoiceCall knows only ${known}. ` +
        'Start the newer version again, or give a backup or another database.',
    );
  }
}

/** Brings the schema up to date, each step in one transaction. Rejects with SchemaTooNewError on a newer schema. */
export async function migrate(
  database: Kysely<Schema>,
  traits: DialectTraits,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  await sql`create table if not exists schema_version (version integer not null)`.execute(database);
  const version = await versionOf(database);
  if (version > steps.length) throw new SchemaTooNewError(version, steps.length);
  for (const [index, step] of steps.entries()) {
    if (index < version) continue;
    await database.transaction().execute(async (transaction) => {
      await step(transaction, traits);
      await sql`delete from schema_version`.execute(transaction);
      await sql`insert into schema_version (version) values (${index + 1})`.execute(transaction);
    });
  }
}

async function versionOf(database: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ version: number }>`select version from schema_version`.execute(database);
  return rows[0]?.version ?? 0;
}
