import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { CallEvent, CallOwner, CallRecord } from '../call/call-record.ts';
import type { LegQuality } from '../call/leg-quality.ts';
import type {
  CallHistory,
  CallListQuery,
  CallPage,
  CallQueries,
  EventQuery,
  PushRecord,
} from '../call/queries.ts';
import { callOfRow, cdrOfRow, eventOfRow } from './call-rows.ts';
import { withDeliveries } from './push-rows.ts';
import { readQuality } from './quality-rows.ts';
import type { CallRow, Schema } from './schema.ts';

/** The read side of the calls. */
export class CallQueryRepository implements CallQueries {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async list(query: CallListQuery): Promise<CallPage> {
    const { number, limit } = query;
    const rows =
      number === undefined
        ? await this.#found(query).execute()
        : await this.#ofNumber(this.#found(query), number, limit + 1);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return { calls: page.map(callOfRow), nextCursor: last && formatCursor(last) };
  }

  /** Newest first, one more than a page has; whoever was called. */
  #found({ spId, appKey, sessionId, state, cause, using, since, until, cursor, limit }: CallListQuery) {
    let query = this.#database
      .selectFrom('calls')
      .selectAll()
      .orderBy('accepted_at', 'desc')
      .orderBy('session_id', 'desc')
      .limit(limit + 1);
    // Few calls run at a time, of whoever's they are: an index of all that an account or application had would be longer.
    const isRunning = state !== undefined && state !== 'ended';
    const owner = (column: 'sp_id' | 'app_key') =>
      isRunning ? sql<string>`${sql.ref(column)} || ''` : sql.ref<string>(column);
    if (spId !== undefined) query = query.where(owner('sp_id'), '=', spId);
    if (appKey !== undefined) query = query.where(owner('app_key'), '=', appKey);
    if (sessionId !== undefined) query = query.where('session_id', '=', sessionId);
    // As the partial indexes say it.
    if (state !== undefined) query = query.where('state', '=', sql.lit(state));
    if (isRunning) query = query.where('state', '<>', sql.lit('ended'));
    if (cause !== undefined) {
      query = query.where('release_cause', '=', cause).where('state', '=', sql.lit('ended'));
    }
    if (using !== undefined) {
      query = query.where('session_id', 'in', (uses) =>
        uses
          .selectFrom('call_uses')
          .select('call_uses.session_id')
          .where('kind', '=', using.kind)
          .where('object_id', '=', using.id),
      );
    }
    if (since !== undefined) query = query.where('accepted_at', '>=', since);
    if (until !== undefined) query = query.where('accepted_at', '<', until);
    const position = parseCursor(cursor);
    if (position === undefined) return query;
    return query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('accepted_at', 'session_id'), '<', tuple(position.acceptedAt, position.sessionId)),
    );
  }

  /** By either party, each from an index of its own. */
  async #ofNumber(
    found: SelectQueryBuilder<Schema, 'calls', CallRow>,
    number: string,
    limit: number,
  ): Promise<CallRow[]> {
    const [asCaller, asCallee] = await Promise.all(
      (['caller_nbr', 'callee_nbr'] as const).map((party) => found.where(party, '=', number).execute()),
    );
    const rows = new Map([...(asCaller ?? []), ...(asCallee ?? [])].map((row) => [row.session_id, row]));
    return [...rows.values()].sort(newestFirst).slice(0, limit);
  }

  async owner(sessionId: string): Promise<CallOwner | undefined> {
    const row = await this.#database
      .selectFrom('calls')
      .select(['app_key', 'sp_id'])
      .where('session_id', '=', sessionId)
      .executeTakeFirst();
    return row && { appKey: row.app_key, spId: row.sp_id };
  }

  async history(sessionId: string): Promise<CallHistory | undefined> {
    // One view throughout, whatever is committed between these questions.
    const view = this.#database.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
    return view.execute(async (connection) => {
      const call = await connection
        .selectFrom('calls')
        .selectAll()
        .where('session_id', '=', sessionId)
        .executeTakeFirst();
      if (call === undefined) return undefined;
      const events = await connection
        .selectFrom('events')
        .selectAll()
        .where('session_id', '=', sessionId)
        .orderBy('sequence')
        .execute();
      const cdr = await connection
        .selectFrom('cdrs')
        .selectAll()
        .where('session_id', '=', sessionId)
        .executeTakeFirst();
      return {
        call: callOfRow(call),
        events: events.map(eventOfRow),
        pushes: await pushesOf(connection, sessionId),
        cdr: cdr && cdrOfRow(cdr),
      };
    });
  }

  async quality(sessionId: string): Promise<readonly LegQuality[] | undefined> {
    const row = await this.#database
      .selectFrom('call_quality')
      .select('legs_json')
      .where('session_id', '=', sessionId)
      .executeTakeFirst();
    return row && readQuality(row.legs_json);
  }

  /** A recording is named after its session, up to the host; so the primary key finds it. */
  async recorded(objectName: string): Promise<CallRecord | undefined> {
    const session = objectName.replace(/\.wav$/, '');
    const rows = await this.#database
      .selectFrom('calls')
      .selectAll()
      .where('session_id', '>=', `${session}@`)
      .where('session_id', '<', `${session}A`)
      .execute();
    return rows.map(callOfRow).find(({ recording }) => recording?.objectName === objectName);
  }

  async events({ sessionId, after, limit }: EventQuery): Promise<readonly CallEvent[]> {
    let query = this.#database
      .selectFrom('events')
      .selectAll()
      .where('id', '>', (subquery) =>
        subquery
          .selectFrom('events as position')
          .select('position.id')
          .where('position.session_id', '=', after.sessionId)
          .where('position.sequence', '=', after.sequence),
      )
      .orderBy('id')
      .limit(limit);
    if (sessionId !== undefined) query = query.where('session_id', '=', sessionId);
    return (await query.execute()).map(eventOfRow);
  }
}

async function pushesOf(connection: Kysely<Schema>, sessionId: string): Promise<PushRecord[]> {
  const pushes = await connection
    .selectFrom('pushes')
    .selectAll()
    .where('session_id', '=', sessionId)
    .orderBy('id')
    .execute();
  return withDeliveries(connection, pushes);
}

const newestFirst = (one: CallRow, other: CallRow): number =>
  other.accepted_at - one.accepted_at || (other.session_id < one.session_id ? -1 : 1);

const CURSOR = /^(\d{1,15}):(.+)$/;

function formatCursor(row: CallRow): string {
  return Buffer.from(`${row.accepted_at}:${row.session_id}`).toString('base64url');
}

function parseCursor(cursor: string | undefined): { acceptedAt: number; sessionId: string } | undefined {
  if (cursor === undefined) return undefined;
  const [, acceptedAt, sessionId] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  return acceptedAt && sessionId ? { acceptedAt: Number(acceptedAt), sessionId } : undefined;
}
