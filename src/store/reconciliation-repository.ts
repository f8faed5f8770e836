import { setImmediate as otherTurns } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import type { CallEvent } from '../call/call-record.ts';
import { receiverOf } from '../call/outbox.ts';
import type {
  EndedCall,
  FeedPage,
  FeedQuery,
  Reconciliation,
  ResendOutcome,
  ResendSelection,
} from '../call/reconciliation.ts';
import { callOfRow, cdrOfRow, eventOfRow } from './call-rows.ts';
import { rowsOfPushes } from './change-writer.ts';
import type { GroupCommit } from './group-commit.ts';
import { inPieces } from './pieces.ts';
import type { CallRow, CdrRow, EventRow, RemovalMarksTable, Schema } from './schema.ts';

/** Rows that one page looks at, whatever it is asked for: calls run on the same thread. */
const LOOKED_AT = 2_000;

/** Records that one transaction pushes again. */
const RESEND_PAGE = 200;

/** What a page looked at. */
interface Looked {
  readonly id: number;
}

export class ReconciliationRepository implements Reconciliation {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;
  readonly #lookedAt: number;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>, lookedAt = LOOKED_AT) {
    this.#database = database;
    this.#commits = commits;
    this.#lookedAt = lookedAt;
  }

  async records(query: FeedQuery): Promise<FeedPage<EndedCall>> {
    const page = await this.#page('records', query, () => this.#settled(query));
    const sessions = page.entries.map(({ session_id: id }) => id);
    const [calls, cdrs] = [new Map<string, CallRow>(), new Map<string, CdrRow>()];
    for (const some of inPieces(sessions)) {
      const chosen = this.#database.selectFrom('calls').selectAll().where('session_id', 'in', some);
      for (const row of await chosen.execute()) calls.set(row.session_id, row);
      const theirs = this.#database.selectFrom('cdrs').selectAll().where('session_id', 'in', some);
      for (const row of await theirs.execute()) cdrs.set(row.session_id, row);
    }
    const entries = sessions.flatMap((id) => {
      const [call, cdr] = [calls.get(id), cdrs.get(id)];
      // Removed in this moment, because its time was over.
      return call === undefined || cdr === undefined ? [] : { call: callOfRow(call), cdr: cdrOfRow(cdr) };
    });
    return { ...page, entries };
  }

  async events(query: FeedQuery): Promise<FeedPage<CallEvent>> {
    const page = await this.#page('events', query, () => this.#events(query));
    return { ...page, entries: page.entries.map(eventOfRow) };
  }

  async resend(
    selection: ResendSelection,
    { url, now }: { readonly url?: string; readonly now: number },
  ): Promise<ResendOutcome> {
    const { sessionId, ...range } = selection;
    const sum = { sent: 0, waiting: 0, nowhere: 0 };
    const send = async (ids: readonly string[]): Promise<void> => {
      const outcome = await this.#commits.run((transaction) => resendSome(transaction, ids, { url, now }));
      sum.sent += outcome.sent;
      sum.waiting += outcome.waiting;
      sum.nowhere += outcome.nowhere;
    };
    if (sessionId !== undefined) {
      await send([sessionId]);
      return sum;
    }
    for (let [after, more] = [0, true]; more; ) {
      const query = { ...range, after, limit: RESEND_PAGE };
      const page = await this.#page('records', query, () => this.#settled(query));
      if (page.entries.length > 0) await send(page.entries.map(({ session_id: id }) => id));
      else await otherTurns();
      ({ position: after, more } = page);
    }
    return sum;
  }

  /** What of the next rows is wanted, and how far it looked. */
  async #page<Row extends Looked>(
    kind: RemovalMarksTable['kind'],
    { after, limit }: FeedQuery,
    next: () => Promise<{ wanted: Row[]; last: number | undefined; full: boolean }>,
  ): Promise<FeedPage<Row>> {
    const { wanted, last, full } = await next();
    const entries = wanted.slice(0, limit);
    const cut = wanted.length > limit;
    const mark = await this.#database
      .selectFrom('removal_marks')
      .select('position')
      .where('kind', '=', kind)
      .executeTakeFirst();
    const removedUpTo = mark?.position ?? 0;
    // Where there is nothing to be read, whoever begins now begins after what was removed.
    const start = after ?? removedUpTo;
    return {
      entries,
      position: (cut ? entries.at(-1)?.id : last) ?? start,
      more: cut || full,
      gap: after !== undefined && after < removedUpTo,
    };
  }

  async #settled({ spId, appKey, since, until, after = 0, limit }: FeedQuery) {
    const most = this.#most(limit, appKey ?? since ?? until);
    const looked = await this.#database
      .selectFrom('settled_calls')
      .select(['id', 'session_id', 'app_key', 'ended_at'])
      .where('id', '>', after)
      .$if(spId !== undefined, (query) => query.where('sp_id', '=', spId ?? ''))
      .orderBy('id')
      .limit(most)
      .execute();
    const wanted = looked.filter(
      (row) => (appKey === undefined || row.app_key === appKey) && isWithin(row.ended_at, since, until),
    );
    return { wanted, last: looked.at(-1)?.id, full: looked.length >= most };
  }

  async #events({ spId, appKey, since, until, after = 0, limit }: FeedQuery) {
    const most = this.#most(limit, spId ?? appKey ?? since ?? until);
    const looked = await this.#database
      .selectFrom('events')
      .innerJoin('calls', 'calls.session_id', 'events.session_id')
      .selectAll('events')
      .select(['calls.sp_id', 'calls.app_key'])
      .where('events.id', '>', after)
      .orderBy('events.id')
      .limit(most)
      .execute();
    const wanted: EventRow[] = looked.filter(
      (row) =>
        (spId === undefined || row.sp_id === spId) &&
        (appKey === undefined || row.app_key === appKey) &&
        isWithin(row.at, since, until),
    );
    return { wanted, last: looked.at(-1)?.id, full: looked.length >= most };
  }

  /** How many rows a page looks at; more than it gives only where it leaves some out. */
  #most(limit: number, filter: string | number | undefined): number {
    return filter === undefined ? limit + 1 : Math.max(this.#lookedAt, limit + 1);
  }
}

const isWithin = (at: number, since = -Infinity, until = Infinity): boolean => at >= since && at < until;

async function resendSome(
  transaction: Transaction<Schema>,
  sessions: readonly string[],
  { url, now }: { readonly url?: string; readonly now: number },
): Promise<ResendOutcome> {
  const records = await transaction
    .selectFrom('cdrs')
    .leftJoin('apps', 'apps.app_key', 'cdrs.app_key')
    .select(['cdrs.session_id', 'cdrs.app_key', 'cdrs.url', 'cdrs.fee', 'apps.fee_url'])
    .where('cdrs.session_id', 'in', sessions)
    .execute();
  const pending = await transaction
    .selectFrom('pushes')
    .select(['session_id', 'receiver'])
    .where('session_id', 'in', sessions)
    .where('kind', '=', 'fee')
    .where('state', '=', 'pending')
    .execute();
  const underWay = new Set(pending.map((push) => `${push.session_id} ${push.receiver}`));
  const addressed = records.flatMap(({ fee_url: ofApp, ...record }) => {
    const to = url ?? record.url ?? ofApp;
    return to === null ? [] : { ...record, url: to };
  });
  const due = addressed.filter(
    (record) => !underWay.has(`${record.session_id} ${receiverOf(record.app_key, record.url)}`),
  );
  const pushes = due.map((record) => ({
    kind: 'fee' as const,
    sessionId: record.session_id,
    appKey: record.app_key,
    url: record.url,
    body: record.fee,
    createdAt: now,
    dueAt: now,
  }));
  for (const some of inPieces(await rowsOfPushes(transaction, pushes))) {
    await transaction.insertInto('pushes').values(some).execute();
  }
  return {
    sent: due.length,
    waiting: addressed.length - due.length,
    nowhere: records.length - addressed.length,
  };
}
