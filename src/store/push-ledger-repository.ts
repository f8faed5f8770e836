import {
  sql,
  type Expression,
  type ExpressionBuilder,
  type Kysely,
  type SqlBool,
  type Transaction,
} from 'kysely';
import type {
  GivenUp,
  LedgerPage,
  LedgerPush,
  LedgerQuery,
  PushLedger,
  ReplaySelection,
} from '../call/push-ledger.ts';
import type { GroupCommit } from './group-commit.ts';
import { makeHeadsDue } from './outbox-repository.ts';
import { inPieces } from './pieces.ts';
import { withDeliveries } from './push-rows.ts';
import type { PushRow, Schema } from './schema.ts';

/** Pushes that become pending again in one transaction. */
const REPLAY_PAGE = 512;

/** What became of pushes. */
export class PushLedgerRepository implements PushLedger {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
  }

  async list({ state, cursor, limit, ...wanted }: LedgerQuery): Promise<LedgerPage> {
    let query = this.#database
      .selectFrom('pushes')
      .selectAll()
      .where('state', '=', sql.lit(state))
      .where((builder) => matching(builder, wanted))
      .orderBy('id', 'desc')
      .limit(limit + 1);
    if (cursor !== undefined && /^\d{1,15}$/.test(cursor)) query = query.where('id', '<', Number(cursor));
    const rows = await query.execute();
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return { pushes: await this.#shown(page), nextCursor: last && String(last.id) };
  }

  async push(id: number): Promise<LedgerPush | undefined> {
    const rows = await this.#database.selectFrom('pushes').selectAll().where('id', '=', id).execute();
    return (await this.#shown(rows))[0];
  }

  async replay({ states, ...wanted }: ReplaySelection, now: number): Promise<number> {
    let count = 0;
    for (const state of states) {
      for (let after = 0; ; ) {
        const page = { state, after, now };
        const ids = await this.#commits.run((transaction) => replayPage(transaction, wanted, page));
        count += ids.length;
        if (ids.length < REPLAY_PAGE) break;
        after = ids.at(-1) ?? after;
      }
    }
    return count;
  }

  async #shown(rows: readonly PushRow[]): Promise<LedgerPush[]> {
    const records = await withDeliveries(this.#database, rows);
    return records.map((record, index) => ({
      ...record,
      sessionId: rows[index]?.session_id ?? '',
      appKey: rows[index]?.app_key ?? '',
    }));
  }
}

type Wanted = Pick<ReplaySelection, 'id' | 'spId' | 'appKey' | 'sessionId' | 'url'>;

function matching(
  builder: ExpressionBuilder<Schema, 'pushes'>,
  { id, spId, appKey, sessionId, url }: Wanted,
): Expression<SqlBool> {
  const conditions: Expression<SqlBool>[] = [];
  if (id !== undefined) conditions.push(builder('id', '=', id));
  if (spId !== undefined) {
    const ofAccount = builder.selectFrom('apps').select('apps.app_key').where('sp_id', '=', spId);
    conditions.push(builder('app_key', 'in', ofAccount));
  }
  if (appKey !== undefined) conditions.push(builder('app_key', '=', appKey));
  if (sessionId !== undefined) conditions.push(builder('session_id', '=', sessionId));
  if (url !== undefined) {
    const withQuery = `${url.replaceAll(/[\\%_]/g, '\\$&')}?%`;
    conditions.push(builder.or([builder('url', '=', url), sql<SqlBool>`url like ${withQuery} escape '\\'`]));
  }
  return builder.and(conditions);
}

/** @returns the ids, in ascending order */
async function replayPage(
  transaction: Transaction<Schema>,
  wanted: Wanted,
  { state, after, now }: { readonly state: GivenUp; readonly after: number; readonly now: number },
): Promise<number[]> {
  const rows = await transaction
    .selectFrom('pushes')
    .select(['id', 'session_id'])
    .where('state', '=', sql.lit(state))
    .where('id', '>', after)
    .where((builder) => matching(builder, wanted))
    .orderBy('id')
    .limit(REPLAY_PAGE)
    .execute();
  for (const some of inPieces(rows)) {
    await transaction
      .updateTable('pushes')
      .set(({ ref }) => ({
        state: 'pending',
        next_attempt_at: null,
        earlier_attempts: ref('attempts'),
        queued_at: now,
      }))
      .where(
        'id',
        'in',
        some.map(({ id }) => id),
      )
      .execute();
    await makeHeadsDue(
      transaction,
      some.map((row) => row.session_id),
      now,
    );
  }
  return rows.map(({ id }) => id);
}
