import {
  sql,
  type Expression,
  type ExpressionBuilder,
  type Kysely,
  type SqlBool,
  type Transaction,
} from 'kysely';
import { receiverOf } from '../call/outbox.ts';
import type {
  LedgerPage,
  LedgerPush,
  LedgerQuery,
  PushLedger,
  ReplayOrder,
  ReplaySelection,
} from '../call/push-ledger.ts';
import type { PushState } from '../call/queries.ts';
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
      .where((builder) => shownAs(builder, state))
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

  async lastId(): Promise<number> {
    const query = this.#database.selectFrom('pushes').select(({ fn }) => fn.max('id').as('last'));
    return (await query.executeTakeFirst())?.last ?? 0;
  }

  async replay({ states, ...wanted }: ReplaySelection, order: ReplayOrder): Promise<number> {
    // Of a call all at once, so that they go in its order; else state by state, as their indexes have it.
    const isOfOneCall = wanted.sessionId !== undefined || wanted.id !== undefined;
    let count = 0;
    for (const some of isOfOneCall ? [states] : states.map((state) => [state])) {
      for (let after = 0; ; ) {
        const page = { states: some, after, order };
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
      erased: rows[index]?.erased === 1,
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

type Builder = ExpressionBuilder<Schema, 'pushes'>;

const PENDING = sql.lit('pending' as const);

/** What was delivered stays so while it is sent once more. */
function shownAs(builder: Builder, state: PushState): Expression<SqlBool> {
  const isInState = builder('state', '=', sql.lit(state));
  if (state === 'pending') return isInState.and('taken', '=', 0);
  if (state !== 'delivered') return isInState;
  return isInState.or(builder('state', '=', PENDING).and('taken', '=', 1));
}

/** Of what is pending only what waits for its time; what waits for an earlier push of its call, or is due, is on its way. */
const replayable = (builder: Builder, state: PushState, now: number): Expression<SqlBool> =>
  state === 'pending'
    ? builder('state', '=', PENDING).and('next_attempt_at', '>', now)
    : builder('state', '=', sql.lit(state));

interface ReplayPage {
  readonly states: readonly PushState[];
  readonly after: number;
  readonly order: ReplayOrder;
}

/** @returns the ids, in ascending order */
async function replayPage(
  transaction: Transaction<Schema>,
  wanted: Wanted,
  { states, after, order: { by, at } }: ReplayPage,
): Promise<number[]> {
  const rows = await transaction
    .selectFrom('pushes')
    .select(['id', 'session_id', 'app_key', 'url', 'receiver'])
    .where((builder) => builder.or(states.map((state) => replayable(builder, state, at))))
    .where('erased', '=', 0)
    .where('id', '>', after)
    .where((builder) => matching(builder, wanted))
    .orderBy('id')
    .limit(REPLAY_PAGE)
    .execute();
  for (const some of inPieces(rows)) {
    await transaction
      .updateTable('pushes')
      .set(({ ref }) => ({
        taken: sql<number>`case when state = 'delivered' then 1 else taken end`,
        state: 'pending',
        next_attempt_at: null,
        earlier_attempts: ref('attempts'),
        queued_at: at,
        replayed_by: by,
      }))
      .where(
        'id',
        'in',
        some.map(({ id }) => id),
      )
      .execute();
  }
  await renewReceivers(transaction, rows);
  for (const some of inPieces(rows)) {
    await makeHeadsDue(
      transaction,
      some.map((row) => row.session_id),
      at,
    );
  }
  return rows.map(({ id }) => id);
}

/** Of what was delivered before a receiver was an application and a URL, another one is stored. */
async function renewReceivers(
  transaction: Transaction<Schema>,
  rows: readonly Pick<PushRow, 'id' | 'app_key' | 'url' | 'receiver'>[],
): Promise<void> {
  for (const { id, app_key: appKey, url, receiver: stored } of rows) {
    const receiver = receiverOf(appKey, url);
    if (receiver !== stored)
      await transaction.updateTable('pushes').set({ receiver }).where('id', '=', id).execute();
  }
}
