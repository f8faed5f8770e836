import { type CompiledQuery, sql, type Kysely, type Transaction } from 'kysely';
import type {
  AgendaQuery,
  Arrival,
  ArrivalQuery,
  AttemptOutcome,
  Outbox,
  OutboxAgenda,
  OutboxPush,
  ReadyQuery,
} from '../call/outbox.ts';
import { BulkStatement } from './bulk-statement.ts';
import type { GroupCommit } from './group-commit.ts';
import type { PushRow, Schema } from './schema.ts';

/** As a literal, not a parameter: only then may the partial index on pending pushes answer. */
const PENDING = sql.lit('pending' as const);

/** Steps from receiver to receiver through the index, however many pushes each of them has. */
const everyReceiver = sql`
  select min(receiver) from pushes where state = 'pending'
  union all
  select (select min(receiver) from pushes where state = 'pending' and receiver > waiting.receiver)
  from waiting where waiting.receiver is not null`;

const oneReceiver = (receiver: string) => sql`select cast(${receiver} as text)`;

type ArrivalRow = PushRow & { readonly behind: number | null };

/** Its parameters: the greatest id known, and how many at most. */
const arrivalsOf = (database: Kysely<Schema>): CompiledQuery<ArrivalRow> =>
  database
    .selectFrom('pushes as push')
    .selectAll()
    .select(({ selectFrom }) =>
      selectFrom('pushes as earlier')
        .select('earlier.id')
        .where('earlier.state', '=', PENDING)
        .whereRef('earlier.session_id', '=', 'push.session_id')
        .whereRef('earlier.id', '<', 'push.id')
        .limit(sql.lit(1))
        .as('behind'),
    )
    .where('id', '>', 0)
    .where('state', '=', PENDING)
    .where('next_attempt_at', 'is not', null)
    .orderBy('id')
    .limit(1)
    .compile();

/** The pushes that wait to be sent. */
export class OutboxRepository implements Outbox {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;
  /** Asked after each commit: built once. */
  readonly #lastId: CompiledQuery<{ last: number | null }>;
  readonly #arrivals: CompiledQuery<ArrivalRow>;
  readonly #statements = {
    deliveries: insertDeliveries(),
    states: moveOn(),
    pending: selectPending(),
    due: makeDue(),
  };

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
    this.#lastId = database
      .selectFrom('pushes')
      .select(({ fn }) => fn.max('id').as('last'))
      .compile();
    this.#arrivals = arrivalsOf(database);
  }

  async lastId(): Promise<number> {
    const { rows } = await this.#database.executeQuery(this.#lastId);
    return rows[0]?.last ?? 0;
  }

  async arrivals({ after, limit }: ArrivalQuery): Promise<Arrival[]> {
    const query = { ...this.#arrivals, parameters: [after, limit] };
    const { rows } = await this.#database.executeQuery<ArrivalRow>(query);
    return rows.map((row) => ({ push: pushOfRow(row), waits: row.behind !== null }));
  }

  async agenda({ now, patienceEndedAt, receiver }: AgendaQuery): Promise<OutboxAgenda[]> {
    const earliestAfter = (time: number) => sql<number | null>`(
      select min(next_attempt_at) from pushes
      where state = 'pending' and receiver = waiting.receiver and next_attempt_at > ${time})`;
    const { rows } = await sql<{
      receiver: string;
      earliest: number | null;
      next: number | null;
      waiting_since: number | null;
    }>`
      with recursive waiting (receiver) as (${receiver === undefined ? everyReceiver : oneReceiver(receiver)})
      select
        receiver,
        (select min(next_attempt_at) from pushes
          where state = 'pending' and receiver = waiting.receiver) as earliest,
        ${earliestAfter(now)} as next,
        ${earliestAfter(patienceEndedAt)} as waiting_since
      from waiting where receiver is not null`.execute(this.#database);
    return rows.flatMap(({ receiver, earliest, next, waiting_since: since }) =>
      earliest === null
        ? []
        : {
            receiver,
            earliest,
            next: next ?? undefined,
            waitingSince: since !== null && since <= now ? since : undefined,
          },
    );
  }

  async ready({ receiver, now, patienceEndedAt, except, limit }: ReadyQuery): Promise<OutboxPush[]> {
    let query = this.#database
      .selectFrom('pushes as push')
      .selectAll()
      .where('state', '=', PENDING)
      .where('receiver', '=', receiver)
      .where('next_attempt_at', '<=', now)
      .where(({ not, exists, selectFrom }) => {
        const earlier = selectFrom('pushes as earlier')
          .select('earlier.id')
          .where('earlier.state', '=', PENDING)
          .whereRef('earlier.session_id', '=', 'push.session_id')
          .whereRef('earlier.id', '<', 'push.id')
          .where(({ eb }) => eb('push.next_attempt_at', '>', patienceEndedAt));
        return not(exists(earlier));
      })
      .orderBy('next_attempt_at')
      .orderBy('id')
      .limit(limit);
    if (except.length > 0) query = query.where('id', 'not in', except);
    return (await query.execute()).map(pushOfRow);
  }

  record(outcomes: readonly AttemptOutcome[]): Promise<OutboxPush[]> {
    return this.#commits.run(async (transaction) => {
      const settled = await this.#writeOutcomes(transaction, outcomes);
      const at = Math.max(...outcomes.map((outcome) => outcome.at + outcome.duration));
      return this.#nextOfCalls(transaction, settled, at);
    });
  }

  /** @returns the calls of the pushes that are settled now */
  async #writeOutcomes(
    transaction: Transaction<Schema>,
    outcomes: readonly AttemptOutcome[],
  ): Promise<Set<string>> {
    const { deliveries, states } = this.#statements;
    const written = await deliveries.execute(transaction, outcomes.map(rowOfDelivery));
    const isNew = new Set((written.returned as { push_id: number }[]).map(({ push_id: id }) => id));
    const fresh = outcomes.filter(({ pushId }) => isNew.has(pushId));
    const { returned } = await states.execute(transaction, fresh.map(rowOfState));
    const moved = returned as Pick<PushRow, 'session_id' | 'state'>[];
    return new Set(moved.flatMap(({ session_id: id, state }) => (state === 'pending' ? [] : id)));
  }

  /** Makes due what waited behind a settled push, and finds what may be sent of these calls. */
  async #nextOfCalls(
    transaction: Transaction<Schema>,
    sessions: ReadonlySet<string>,
    at: number,
  ): Promise<OutboxPush[]> {
    const ids = [...sessions].map((id) => ({ session_id: id }));
    const { returned } = await this.#statements.pending.execute(transaction, ids);
    const heads = new Map<string, PushRow>();
    const firsts = new Map<string, PushRow>();
    for (const row of (returned as PushRow[]).sort((one, other) => one.id - other.id)) {
      if (!firsts.has(row.session_id)) firsts.set(row.session_id, row);
      const queue = `${row.session_id} ${row.receiver}`;
      if (!heads.has(queue)) heads.set(queue, row);
    }
    const waited = [...heads.values()].filter((row) => row.next_attempt_at === null);
    await this.#statements.due.execute(
      transaction,
      waited.map(({ id }) => ({ id, next_attempt_at: at })),
    );
    return [...firsts.values()].flatMap((row) => {
      const dueAt = row.next_attempt_at ?? at;
      return dueAt <= at ? pushOfRow({ ...row, next_attempt_at: dueAt }) : [];
    });
  }
}

const rowOfDelivery = (outcome: AttemptOutcome) => ({
  push_id: outcome.pushId,
  attempt: outcome.attempt,
  at: outcome.at,
  duration: outcome.duration,
  http_status: outcome.httpStatus ?? null,
  error: outcome.error ?? null,
  replayed_by: outcome.replayedBy ?? null,
});

const rowOfState = ({ pushId, next }: AttemptOutcome) => ({
  id: pushId,
  state: next.state,
  next_attempt_at: next.state === 'pending' ? next.nextAttemptAt : null,
});

const insertDeliveries = () =>
  new BulkStatement<ReturnType<typeof rowOfDelivery>>((transaction, rows) =>
    transaction
      .insertInto('deliveries')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['push_id', 'attempt']).doNothing())
      .returning('push_id')
      .compile(),
  );

/** Gives pushes their new states; another attempt was made. */
const moveOn = () =>
  new BulkStatement<ReturnType<typeof rowOfState>>((transaction, rows) => {
    const values = rows.map(
      ({ id, state, next_attempt_at: next }) =>
        sql`(cast(${id} as bigint), cast(${state} as text), cast(${next} as bigint))`,
    );
    return sql`with moved (id, state, next_attempt_at) as (values ${sql.join(values)})
      update pushes set state = moved.state, attempts = attempts + 1, next_attempt_at = moved.next_attempt_at
      from moved where pushes.id = moved.id
      returning pushes.session_id, pushes.state`.compile(transaction);
  });

const selectPending = () =>
  new BulkStatement<{ readonly session_id: string }>((transaction, rows) =>
    transaction
      .selectFrom('pushes')
      .selectAll()
      .where(
        'session_id',
        'in',
        rows.map((row) => row.session_id),
      )
      .where('state', '=', PENDING)
      .compile(),
  );

const makeDue = () =>
  new BulkStatement<{ readonly id: number; readonly next_attempt_at: number }>((transaction, rows) => {
    const values = rows.map(
      ({ id, next_attempt_at: at }) => sql`(cast(${id} as bigint), cast(${at} as bigint))`,
    );
    return sql`with heads (id, next_attempt_at) as (values ${sql.join(values)})
      update pushes set next_attempt_at = heads.next_attempt_at from heads
      where pushes.id = heads.id`.compile(transaction);
  });

/** Of the pushes of one call to one receiver the first pending one is due; the others wait behind it. */
export async function makeHeadsDue(
  transaction: Transaction<Schema>,
  sessions: readonly string[],
  at: number,
): Promise<void> {
  await transaction
    .updateTable('pushes')
    .set({ next_attempt_at: at })
    .where('id', 'in', ({ selectFrom }) =>
      selectFrom('pushes')
        .select(({ fn }) => fn.min('id').as('first'))
        .where('state', '=', PENDING)
        .where('session_id', 'in', sessions)
        .groupBy(['session_id', 'receiver']),
    )
    .where('next_attempt_at', 'is', null)
    .execute();
}

function pushOfRow(row: PushRow): OutboxPush {
  return {
    id: row.id,
    kind: row.kind,
    sessionId: row.session_id,
    appKey: row.app_key,
    url: row.url,
    receiver: row.receiver,
    body: row.body,
    attempts: row.attempts,
    earlierAttempts: row.earlier_attempts,
    taken: row.taken === 1,
    replayedBy: row.replayed_by ?? undefined,
    queuedAt: row.queued_at ?? row.created_at,
    dueAt: row.next_attempt_at ?? row.created_at,
  };
}
