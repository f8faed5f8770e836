import type { Insertable, Kysely, Transaction } from 'kysely';
import type {
  AuditDraft,
  AuditEntry,
  AuditMembers,
  AuditQuery,
  AuditTrail,
  StoredAuditEntry,
} from '../accounts/audit.ts';
import { accompanied, type Companion } from './companion.ts';
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

  accompany(entry: () => AuditEntry, change: (draft: AuditDraft) => void): void {
    const draft = new Draft(entry, this.#commits);
    accompanied(draft, () => change(draft));
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

class Draft implements AuditDraft, Companion<Schema> {
  readonly #entry: () => AuditEntry;
  readonly #commits: GroupCommit<Schema>;
  #id: number | undefined;
  taken = false;

  constructor(entry: () => AuditEntry, commits: GroupCommit<Schema>) {
    this.#entry = entry;
    this.#commits = commits;
  }

  async write(transaction: Transaction<Schema>): Promise<void> {
    const row = transaction.insertInto('audit_entries').values(rowOfEntry(this.#entry())).returning('id');
    this.#id = (await row.executeTakeFirstOrThrow()).id;
  }

  async complete(entries: readonly AuditEntry[]): Promise<void> {
    const id = this.taken ? this.#id : undefined;
    // What the change left running in the background is nobody's change.
    this.taken = true;
    const [first, ...more] = entries;
    if (first === undefined) return;
    await this.#commits.run(async (transaction) => {
      const added = id === undefined ? entries : more;
      if (id !== undefined) {
        const kept = transaction.updateTable('audit_entries').set(rowOfEntry(first));
        await kept.where('id', '=', id).execute();
      }
      if (added.length > 0)
        await transaction.insertInto('audit_entries').values(added.map(rowOfEntry)).execute();
    });
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
