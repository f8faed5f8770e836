import type { Insertable, Kysely } from 'kysely';
import type { Refusal, RefusalLog, RefusalQuery, StoredRefusal } from '../limits/refusal.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RefusalRow, RefusalsTable, Schema } from './schema.ts';

export class RefusalRepository implements RefusalLog {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
  }

  async append(refusals: readonly Refusal[]): Promise<void> {
    if (refusals.length === 0) return;
    await this.#commits.run((transaction) =>
      transaction.insertInto('refusals').values(refusals.map(rowOfRefusal)).execute(),
    );
  }

  async list({ spId, appKey, before, limit }: RefusalQuery): Promise<StoredRefusal[]> {
    let wanted = this.#database.selectFrom('refusals').selectAll().orderBy('id', 'desc').limit(limit);
    if (spId !== undefined) wanted = wanted.where('sp_id', '=', spId);
    if (appKey !== undefined) wanted = wanted.where('app_key', '=', appKey);
    if (before !== undefined) wanted = wanted.where('id', '<', before);
    return (await wanted.execute()).map(refusalOfRow);
  }

  async trim(count: number, before: number): Promise<void> {
    await this.#commits.run(async (transaction) => {
      await transaction.deleteFrom('refusals').where('at', '<', before).execute();
      await transaction
        .deleteFrom('refusals')
        .where('id', '<=', (subquery) =>
          subquery.selectFrom('refusals').select('id').orderBy('id', 'desc').offset(count).limit(1),
        )
        .execute();
    });
  }
}

function rowOfRefusal(refusal: Refusal): Insertable<RefusalsTable> {
  return {
    at: refusal.at,
    sp_id: refusal.spId,
    app_key: refusal.appKey,
    capability: refusal.capability,
    sandbox: Number(refusal.sandbox),
    display_nbr: refusal.displayNbr,
    caller_nbr: refusal.callerNbr ?? null,
    callee_nbr: refusal.calleeNbr,
    code: refusal.code,
    reason: refusal.reason,
    explanation: refusal.explanation,
  };
}

function refusalOfRow(row: RefusalRow): StoredRefusal {
  return {
    id: row.id,
    at: row.at,
    spId: row.sp_id,
    appKey: row.app_key,
    capability: row.capability,
    sandbox: row.sandbox === 1,
    displayNbr: row.display_nbr,
    callerNbr: row.caller_nbr ?? undefined,
    calleeNbr: row.callee_nbr,
    code: row.code,
    reason: row.reason,
    explanation: row.explanation,
  };
}
