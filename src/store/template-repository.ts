import type { Insertable, Kysely } from 'kysely';
import type { TemplateStore } from '../accounts/ports.ts';
import type { Template } from '../accounts/template.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Schema, TemplateRow, TemplatesTable } from './schema.ts';

export class TemplateRepository implements TemplateStore {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
  }

  async templates(spId: string): Promise<Template[]> {
    const rows = await this.#database
      .selectFrom('templates')
      .selectAll()
      .where('sp_id', '=', spId)
      .orderBy('id')
      .execute();
    return rows.map(templateOfRow);
  }

  async template(spId: string, templateId: string): Promise<Template | undefined> {
    const row = await this.#database
      .selectFrom('templates')
      .selectAll()
      .where('sp_id', '=', spId)
      .where('template_id', '=', templateId)
      .executeTakeFirst();
    return row && templateOfRow(row);
  }

  async putTemplate(template: Template): Promise<void> {
    const row = rowOfTemplate(template);
    await this.#commits.run((transaction) =>
      transaction
        .insertInto('templates')
        .values(row)
        .onConflict((conflict) => conflict.column('template_id').doUpdateSet(row))
        .execute(),
    );
  }

  async removeTemplate(spId: string, templateId: string): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction
        .deleteFrom('templates')
        .where('sp_id', '=', spId)
        .where('template_id', '=', templateId)
        .execute(),
    );
  }
}

function rowOfTemplate(template: Template): Insertable<TemplatesTable> {
  return {
    template_id: template.templateId,
    sp_id: template.spId,
    name: template.name,
    content: template.content,
    speed: template.speed,
    state: template.state,
    reason: template.reason ?? null,
    created_at: template.createdAt,
    updated_at: template.updatedAt,
  };
}

function templateOfRow(row: TemplateRow): Template {
  return {
    templateId: row.template_id,
    spId: row.sp_id,
    name: row.name,
    content: row.content,
    speed: row.speed,
    state: row.state,
    reason: row.reason ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
