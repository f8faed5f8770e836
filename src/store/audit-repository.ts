import type { Insertable, Kysely } from 'kysely';
import type {
  AuditEntry,
  AuditMembers,
  AuditQuery,
  AuditTrail,
  StoredAuditEntry,
} from '../accounts/audit.ts';
import type { GroupCommit } from './group-commit.ts';
import type { AuditEntriesTable, AuditEntryRow, Schema } from './schema.ts';

/** Entries removed by one transaction, so that calls wait for none for long. */
const BATCH = 500;

export class AuditRepository implements AuditTrail {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
  }

  async append(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#commits.run((transaction) =>
      transaction.insertInto('audit_entries').values(entries.map(rowOfEntry)).execute(),
    );
  }

  async list(query: AuditQuery): Promise<StoredAuditEntry[]> {
    const { spId, actor, objectKind, objectId, since, until, before, limit } = query;
    let wanted = this.#database.selectFrom('audit_entries').selectAll().orderBy('id', 'desc').limit(limit);
    if (spId !== undefined) wanted = wanted.where('sp_id', '=', spId);
    if (actor !== undefined) {
      wanted = wanted.where(({ eb, or }) => or([eb('actor_id', '=', actor), eb('actor_name', '=', actor)]));
    }
    if (objectKind !== undefined) wanted = wanted.where('object_kind', '=', objectKind);
    if (objectId !== undefined) wanted = wanted.where('object_id', '=', objectId);
    if (since !== undefined) wanted = wanted.where('at', '>=', since);
    if (until !== undefined) wanted = wanted.where('at', '<', until);
    if (before !== undefined) wanted = wanted.where('id', '<', before);
    return (await wanted.execute()).map(entryOfRow);
  }

  async removeBefore(at: number): Promise<number> {
    for (let removed = 0; ; ) {
      const { numDeletedRows } = await this.#commits.run((transaction) => {
        const oldest = transaction
          .selectFrom('audit_entries')
          .select('id')
          .where('at', '<', at)
          .orderBy('at')
          .limit(BATCH);
        return transaction.deleteFrom('audit_entries').where('id', 'in', oldest).executeTakeFirstOrThrow();
      });
      removed += Number(numDeletedRows);
      if (numDeletedRows < BATCH) return removed;
    }
  }
}

const jsonOrNull = (members: AuditMembers | undefined): string | null =>
  members === undefined ? null : JSON.stringify(members);

const membersOf = (json: string | null): AuditMembers | undefined =>
  json === null ? undefined : (JSON.parse(json) as AuditMembers);

function rowOfEntry(entry: AuditEntry): Insertable<AuditEntriesTable> {
  return {
    at: entry.at,
    actor_id: entry.actorId,
    actor_name: entry.actorName,
    sp_id: entry.spId ?? null,
    address: entry.address,
    action: entry.action,
    object_kind: entry.object.kind,
    object_id: entry.object.id,
    before_json: jsonOrNull(entry.before),
    after_json: jsonOrNull(entry.after),
    outcome: entry.outcome,
  };
}

function entryOfRow(row: AuditEntryRow): StoredAuditEntry {
  return {
    id: row.id,
    at: row.at,
    actorId: row.actor_id,
    actorName: row.actor_name,
    spId: row.sp_id ?? undefined,
    address: row.address,
    action: row.action,
    object: { kind: row.object_kind, id: row.object_id },
    before: membersOf(row.before_json),
    after: membersOf(row.after_json),
    outcome: row.outcome,
  };
}
