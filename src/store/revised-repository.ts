import type { CompiledQuery, Insertable, Kysely } from 'kysely';
import type { RevisedStore } from '../accounts/ports.ts';
import type { Revised, Revision } from '../accounts/revision.ts';
import type { Template, TemplateContent } from '../accounts/template.ts';
import type { VoiceFile, VoiceFileContent } from '../accounts/voice-file.ts';
import type { GroupCommit } from './group-commit.ts';
import type {
  ReviewedKind,
  ReviewedObjectRow,
  ReviewedObjectsTable,
  RevisionRow,
  RevisionsTable,
  Schema,
} from './schema.ts';

/** How files or templates are written as rows. */
export interface RevisedForm<Content, Subject> {
  readonly kind: ReviewedKind;
  /** Everything of a subject but its revisions. */
  split(subject: Subject): {
    readonly spId: string;
    readonly id: string;
    readonly createdAt: number;
    readonly attributes: object;
  };
  join(
    row: { readonly spId: string; readonly id: string; readonly createdAt: number },
    attributes: unknown,
    revisions: Revised<Content>,
  ): Subject;
}

/** Their sound is kept as files. */
export const voiceFileForm: RevisedForm<VoiceFileContent, VoiceFile> = {
  kind: 'voice-file',
  split: ({ spId, name, createdAt }) => ({ spId, id: name, createdAt, attributes: {} }),
  join: ({ id, ...row }, _attributes, revisions) => ({ ...row, name: id, ...revisions }),
};

export const templateForm: RevisedForm<TemplateContent, Template> = {
  kind: 'template',
  split: ({ spId, templateId, createdAt, name, speed, updatedAt }) => {
    const attributes = { name, speed, updatedAt } satisfies TemplateAttributes;
    return { spId, id: templateId, createdAt, attributes };
  },
  join: ({ id, ...row }, attributes, revisions) => ({
    ...row,
    ...(attributes as TemplateAttributes),
    templateId: id,
    ...revisions,
  }),
};

type TemplateAttributes = Pick<Template, 'name' | 'speed' | 'updatedAt'>;

/** Files or templates with their revisions. */
export class RevisedRepository<Content, Subject extends Revised<Content>>
  implements RevisedStore<Content, Subject>
{
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;
  readonly #form: RevisedForm<Content, Subject>;
  /** Asked for each prompt of each call: built once. Its parameters are the kind, the account and the id. */
  readonly #one: CompiledQuery<JoinedRow>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>, form: RevisedForm<Content, Subject>) {
    this.#database = database;
    this.#commits = commits;
    this.#form = form;
    this.#one = this.#objects().where('object.sp_id', '=', '').where('object.object_id', '=', '').compile();
  }

  async list(spId?: string): Promise<Subject[]> {
    const all = this.#objects().orderBy('object.id');
    return this.#subjectsOf(
      await (spId === undefined ? all : all.where('object.sp_id', '=', spId)).execute(),
    );
  }

  async find(spId: string, id: string): Promise<Subject | undefined> {
    const query = { ...this.#one, parameters: [this.#form.kind, spId, id] };
    return this.#subjectsOf((await this.#database.executeQuery<JoinedRow>(query)).rows)[0];
  }

  async revisions(spId: string, id: string): Promise<Revision<Content>[]> {
    const rows = await this.#database
      .selectFrom('revisions')
      .selectAll()
      .where('kind', '=', this.#form.kind)
      .where('sp_id', '=', spId)
      .where('object_id', '=', id)
      .orderBy('number')
      .execute();
    return rows.map((row) => revisionOfRow<Content>(row));
  }

  async put(subject: Subject, changed: Revision<Content> = subject.latest): Promise<void> {
    const { spId, id, createdAt, attributes } = this.#form.split(subject);
    const key = { kind: this.#form.kind, sp_id: spId, object_id: id };
    const object: Insertable<ReviewedObjectsTable> = {
      ...key,
      attributes_json: JSON.stringify(attributes),
      created_at: createdAt,
      latest: subject.latest.number,
      in_service: subject.inService?.number ?? null,
    };
    const revision: Insertable<RevisionsTable> = { ...key, ...rowOfRevision(changed) };
    await this.#commits.run(async (transaction) => {
      await transaction
        .insertInto('revisions')
        .values(revision)
        .onConflict((conflict) =>
          conflict.columns(['kind', 'sp_id', 'object_id', 'number']).doUpdateSet(revision),
        )
        .execute();
      await transaction
        .insertInto('reviewed_objects')
        .values(object)
        .onConflict((conflict) => conflict.columns(['kind', 'sp_id', 'object_id']).doUpdateSet(object))
        .execute();
    });
  }

  async remove(spId: string, id: string): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction
        .deleteFrom('reviewed_objects')
        .where('kind', '=', this.#form.kind)
        .where('sp_id', '=', spId)
        .where('object_id', '=', id)
        .execute(),
    );
  }

  /** Each object with its latest revision, and in a row of its own with the one in service where that is another. */
  #objects() {
    return this.#database
      .selectFrom('reviewed_objects as object')
      .innerJoin('revisions as revision', (join) =>
        join
          .onRef('revision.kind', '=', 'object.kind')
          .onRef('revision.sp_id', '=', 'object.sp_id')
          .onRef('revision.object_id', '=', 'object.object_id')
          .on(({ eb, or, ref }) =>
            or([
              eb('revision.number', '=', ref('object.latest')),
              eb('revision.number', '=', ref('object.in_service')),
            ]),
          ),
      )
      .selectAll('revision')
      .select([
        'object.id',
        'object.attributes_json',
        'object.created_at',
        'object.latest',
        'object.in_service',
      ])
      .where('object.kind', '=', this.#form.kind);
  }

  #subjectsOf(rows: readonly JoinedRow[]): Subject[] {
    const ofObject = Map.groupBy(rows, ({ id }) => id);
    return [...ofObject.values()].flatMap((group) => {
      const [first] = group;
      const numbered = (number: number | null): Revision<Content> | undefined => {
        const row = group.find((candidate) => candidate.number === number);
        return row && revisionOfRow<Content>(row);
      };
      const latest = first && numbered(first.latest);
      if (first === undefined || latest === undefined) return [];
      const { sp_id: spId, object_id: id, created_at: createdAt } = first;
      const attributes: unknown = JSON.parse(first.attributes_json);
      const revisions = { latest, inService: numbered(first.in_service) };
      return [this.#form.join({ spId, id, createdAt }, attributes, revisions)];
    });
  }
}

type JoinedRow = Omit<ReviewedObjectRow, 'kind' | 'sp_id' | 'object_id'> & RevisionRow;

function rowOfRevision<Content>(
  revision: Revision<Content>,
): Omit<Insertable<RevisionsTable>, 'kind' | 'sp_id' | 'object_id'> {
  return {
    number: revision.number,
    state: revision.state,
    reason: revision.reason ?? null,
    content_json: JSON.stringify(revision.content),
    submitted_at: revision.submittedAt,
    submitted_by: revision.submittedBy ?? null,
    reviewed_at: revision.reviewedAt ?? null,
    reviewed_by: revision.reviewedBy ?? null,
  };
}

function revisionOfRow<Content>(row: RevisionRow): Revision<Content> {
  return {
    number: row.number,
    state: row.state,
    reason: row.reason ?? undefined,
    content: JSON.parse(row.content_json) as Content,
    submittedAt: row.submitted_at,
    submittedBy: row.submitted_by ?? undefined,
    reviewedAt: row.reviewed_at ?? undefined,
    reviewedBy: row.reviewed_by ?? undefined,
  };
}
