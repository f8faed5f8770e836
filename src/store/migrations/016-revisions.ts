import { sql, type Kysely } from 'kysely';
import type { Migration } from '../migration.ts';
import type { ReviewedKind, Schema } from '../schema.ts';

/** The columns that both of the old tables had, and that the new ones take over. */
interface OldRow {
  readonly sp_id: string;
  readonly name: string;
  readonly state: string;
  readonly reason: string | null;
  readonly created_at: number;
}

interface OldVoiceFile extends OldRow {
  readonly description: string;
  readonly revision: string;
  readonly source_container: string;
  readonly source_description: string;
  readonly source_size: number;
  readonly duration: number;
  readonly uploaded_at: number;
}

interface OldTemplate extends OldRow {
  readonly template_id: string;
  readonly content: string;
  readonly speed: number;
  readonly updated_at: number;
}

/** One shape for what is reviewed, with revisions; what there was becomes the first one. */
export const revisions: Migration = async (database, traits) => {
  const { schema } = database;
  await traits
    .identityColumn(schema.createTable('reviewed_objects'), 'id')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('sp_id', 'text', (column) => column.notNull())
    .addColumn('object_id', 'text', (column) => column.notNull())
    .addColumn('attributes_json', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('latest', 'integer', (column) => column.notNull())
    .addColumn('in_service', 'integer')
    .addUniqueConstraint('reviewed_objects_by_id', ['kind', 'sp_id', 'object_id'])
    .execute();
  await schema
    .createTable('revisions')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('sp_id', 'text', (column) => column.notNull())
    .addColumn('object_id', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('content_json', 'text', (column) => column.notNull())
    .addColumn('submitted_at', 'bigint', (column) => column.notNull())
    .addColumn('submitted_by', 'text')
    .addColumn('reviewed_at', 'bigint')
    .addColumn('reviewed_by', 'text')
    .addPrimaryKeyConstraint('revisions_by_number', ['kind', 'sp_id', 'object_id', 'number'])
    .execute();
  await moveVoiceFiles(database);
  await moveTemplates(database);
};

async function moveVoiceFiles(database: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<OldVoiceFile>`select * from voice_files order by id`.execute(database);
  for (const row of rows) {
    const source = {
      container: row.source_container,
      description: row.source_description,
      size: row.source_size,
    };
    const content = { description: row.description, sound: row.revision, source, duration: row.duration };
    await move(database, row, { kind: 'voice-file', id: row.name, content, submittedAt: row.uploaded_at });
  }
  await database.schema.dropTable('voice_files').execute();
}

async function moveTemplates(database: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<OldTemplate>`select * from templates order by id`.execute(database);
  for (const row of rows) {
    const attributes = { name: row.name, speed: row.speed, updatedAt: row.updated_at };
    const [id, content] = [row.template_id, { text: row.content }];
    await move(database, row, { kind: 'template', id, attributes, content, submittedAt: row.created_at });
  }
  await database.schema.dropTable('templates').execute();
}

interface Moved {
  readonly kind: ReviewedKind;
  readonly id: string;
  readonly attributes?: object;
  readonly content: object;
  readonly submittedAt: number;
}

/** In SQL of this version, whatever becomes of the tables later. */
async function move(database: Kysely<Schema>, row: OldRow, moved: Moved): Promise<void> {
  const { kind, id, attributes = {}, content, submittedAt } = moved;
  const inService = row.state === 'approved' ? 1 : null;
  await sql`insert into reviewed_objects (kind, sp_id, object_id, attributes_json, created_at, latest, in_service)
    values (${kind}, ${row.sp_id}, ${id}, ${JSON.stringify(attributes)}, ${row.created_at}, 1, ${inService})`.execute(
    database,
  );
  await sql`insert into revisions (kind, sp_id, object_id, number, state, reason, content_json, submitted_at)
    values (${kind}, ${row.sp_id}, ${id}, 1, ${row.state}, ${row.reason}, ${JSON.stringify(content)}, ${submittedAt})`.execute(
    database,
  );
}
