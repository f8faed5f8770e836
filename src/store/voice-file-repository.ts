import type { Insertable, Kysely } from 'kysely';
import type { VoiceFileStore } from '../accounts/ports.ts';
import type { VoiceFile } from '../accounts/voice-file.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Schema, VoiceFileRow, VoiceFilesTable } from './schema.ts';

/** The list of voice files; their sound is kept as files. */
export class VoiceFileRepository implements VoiceFileStore {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
  }

  async voiceFiles(spId?: string): Promise<VoiceFile[]> {
    const all = this.#database.selectFrom('voice_files').selectAll().orderBy('id');
    const wanted = spId === undefined ? all : all.where('sp_id', '=', spId);
    return (await wanted.execute()).map(voiceFileOfRow);
  }

  async voiceFile(spId: string, name: string): Promise<VoiceFile | undefined> {
    const row = await this.#database
      .selectFrom('voice_files')
      .selectAll()
      .where('sp_id', '=', spId)
      .where('name', '=', name)
      .executeTakeFirst();
    return row && voiceFileOfRow(row);
  }

  async putVoiceFile(file: VoiceFile): Promise<void> {
    const row = rowOfVoiceFile(file);
    await this.#commits.run((transaction) =>
      transaction
        .insertInto('voice_files')
        .values(row)
        .onConflict((conflict) => conflict.columns(['sp_id', 'name']).doUpdateSet(row))
        .execute(),
    );
  }

  async removeVoiceFile(spId: string, name: string): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction.deleteFrom('voice_files').where('sp_id', '=', spId).where('name', '=', name).execute(),
    );
  }
}

function rowOfVoiceFile(file: VoiceFile): Insertable<VoiceFilesTable> {
  return {
    sp_id: file.spId,
    name: file.name,
    description: file.description,
    state: file.state,
    reason: file.reason ?? null,
    revision: file.revision,
    source_container: file.source.container,
    source_description: file.source.description,
    source_size: file.source.size,
    duration: file.duration,
    created_at: file.createdAt,
    uploaded_at: file.uploadedAt,
  };
}

function voiceFileOfRow(row: VoiceFileRow): VoiceFile {
  return {
    spId: row.sp_id,
    name: row.name,
    description: row.description,
    state: row.state,
    reason: row.reason ?? undefined,
    revision: row.revision,
    source: {
      container: row.source_container,
      description: row.source_description,
      size: row.source_size,
    },
    duration: row.duration,
    createdAt: row.created_at,
    uploadedAt: row.uploaded_at,
  };
}
