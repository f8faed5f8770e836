import { sql, type Kysely, type Transaction } from 'kysely';
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
import type { GroupCommit } from './group-commit.ts';
import { inPieces } from './pieces.ts';
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

/** The pushes that wait to be sent. */
export class OutboxRepository implements Outbox {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
  }

  async lastId(): Promise<number> {
    const row = await this.#database
      .selectFrom('pushes')
      .select(({ fn }) => fn.max('id').as('last'))
      .executeTakeFirst();
    return row?.last ?? 0;
  }

  async arrivals({ after, limit }: ArrivalQuery): Promise<Arrival[]> {
    const rows = await this.#database
      .selectFrom('pushes as push')
      .selectAll()
      .select(({ selectFrom }) =>
        selectFrom('pushes as earlier')
          .select('earlier.id')
          .where('earlier.state', '=', PENDING)
          .whereRef('earlier.session_id', '=', 'push.session_id')
          .whereRef('earlier.id', '<', 'push.id')
          .limit(1)
          .as('behind'),
      )
      .where('id', '>', after)
      .where('state', '=', PENDING)
      .where('next_attempt_at', 'is not', null)
      .orderBy('id')
      .limit(limit)
      .execute();
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
      const sessions = new Set<string>();
      for (const some of inPieces(outcomes)) {
        for (const session of await writeOutcomes(transaction, some)) sessions.add(session);
      }
      const at = Math.max(...outcomes.map((outcome) => outcome.at + outcome.duration));
      const next: OutboxPush[] = [];
      for (const some of inPieces([...sessions])) next.push(...(await nextOfCalls(transaction, some, at)));
      return next;
    });
  }
}

/** @returns the calls of the pushes that are settled now */
async function writeOutcomes(
  transaction: Transaction<Schema>,
  outcomes: readonly AttemptOutcome[],
): Promise<string[]> {
  const written = await transaction
    .insertInto('deliveries')
    .values(
      outcomes.map(({ pushId, attempt, at, duration, httpStatus, error }) => ({
        push_id: pushId,
        attempt,
        at,
        duration,
        http_status: httpStatus ?? null,
        error: error ?? null,
      })),
    )
    .onConflict((conflict) => conflict.columns(['push_id', 'attempt']).doNothing())
    .returning('push_id')
    .execute();
  const isNew = new Set(written.map(({ push_id: id }) => id));
  const fresh = outcomes.filter(({ pushId }) => isNew.has(pushId));
  const settled: string[] = [];
  const alike = Map.groupBy(fresh, ({ next }) =>
    next.state === 'pending' ? `pending ${next.nextAttemptAt}` : next.state,
  );
  for (const group of alike.values()) {
    const sessions = await moveOn(transaction, group);
    if (group[0]?.next.state !== 'pending') settled.push(...sessions);
  }
  return settled;
}

/** Gives pushes their new state, which is the same for all. @returns their calls */
async function moveOn(
  transaction: Transaction<Schema>,
  outcomes: readonly AttemptOutcome[],
): Promise<string[]> {
  const sessions: string[] = [];
  for (const some of inPieces(outcomes)) {
    const next = some[0]?.next;
    if (next === undefined) continue;
    const rows = await transaction
      .updateTable('pushes')
      .set(({ eb }) => ({
        state: next.state,
        attempts: eb('attempts', '+', 1),
        next_attempt_at: next.state === 'pending' ? next.nextAttemptAt : null,
      }))
      .where(
        'id',
        'in',
        some.map(({ pushId }) => pushId),
      )
      .returning('session_id')
      .execute();
    sessions.push(...rows.map((row) => row.session_id));
  }
  return sessions;
}

/** Makes due what waited behind a settled push, and finds what may be sent of these calls. */
async function nextOfCalls(
  transaction: Transaction<Schema>,
  sessions: readonly string[],
  at: number,
): Promise<OutboxPush[]> {
  await makeHeadsDue(transaction, sessions, at);
  const rows = await transaction
    .selectFrom('pushes')
    .selectAll()
    .where('id', 'in', ({ selectFrom }) =>
      selectFrom('pushes')
        .select(({ fn }) => fn.min('id').as('first'))
        .where('state', '=', PENDING)
        .where('session_id', 'in', sessions)
        .groupBy('session_id'),
    )
    .where('next_attempt_at', '<=', at)
    .execute();
  return rows.map(pushOfRow);
}

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
    queuedAt: row.queued_at ?? row.created_at,
    dueAt: row.next_attempt_at ?? row.created_at,
  };
}
