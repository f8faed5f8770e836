import { sql, type Kysely, type Transaction } from 'kysely';
import type {
  AttemptOutcome,
  Outbox,
  OutboxAgenda,
  OutboxMoment,
  OutboxPush,
  ReadyQuery,
} from '../call/outbox.ts';
import type { GroupCommit } from './group-commit.ts';
import type { PushRow, Schema } from './schema.ts';

/** As a literal, not a parameter: only then may the partial index on pending pushes answer. */
const PENDING = sql.lit('pending' as const);

/** The pushes that wait to be sent. */
export class OutboxRepository implements Outbox {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
  }

  /** Steps from receiver to receiver through the index, however many pushes each of them has. */
  async agenda({ now, patienceEndedAt }: OutboxMoment): Promise<OutboxAgenda[]> {
    const earliestAfter = (time: number) => sql<number | null>`(
      select min(next_attempt_at) from pushes
      where state = 'pending' and receiver = waiting.receiver and next_attempt_at > ${time})`;
    const { rows } = await sql<{
      receiver: string;
      earliest: number;
      next: number | null;
      waiting_since: number | null;
    }>`
      with recursive waiting (receiver) as (
        select min(receiver) from pushes where state = 'pending'
        union all
        select (select min(receiver) from pushes where state = 'pending' and receiver > waiting.receiver)
        from waiting where waiting.receiver is not null
      )
      select
        receiver,
        (select min(next_attempt_at) from pushes
          where state = 'pending' and receiver = waiting.receiver) as earliest,
        ${earliestAfter(now)} as next,
        ${earliestAfter(patienceEndedAt)} as waiting_since
      from waiting where receiver is not null`.execute(this.#database);
    return rows.map(({ receiver, earliest, next, waiting_since: since }) => ({
      receiver,
      earliest,
      next: next ?? undefined,
      waitingSince: since !== null && since <= now ? since : undefined,
    }));
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

  async record(outcomes: readonly AttemptOutcome[]): Promise<void> {
    await this.#commits.run(async (transaction) => {
      for (const outcome of outcomes) await writeOutcome(transaction, outcome);
    });
  }
}

async function writeOutcome(transaction: Transaction<Schema>, outcome: AttemptOutcome): Promise<void> {
  const { pushId, next } = outcome;
  const written = await transaction
    .insertInto('deliveries')
    .values({
      push_id: pushId,
      attempt: outcome.attempt,
      at: outcome.at,
      duration: outcome.duration,
      http_status: outcome.httpStatus ?? null,
      error: outcome.error ?? null,
    })
    .onConflict((conflict) => conflict.columns(['push_id', 'attempt']).doNothing())
    .executeTakeFirstOrThrow();
  if (written.numInsertedOrUpdatedRows === 0n) return;
  const push = await transaction
    .updateTable('pushes')
    .set({
      state: next.state,
      attempts: outcome.attempt,
      next_attempt_at: next.state === 'pending' ? next.nextAttemptAt : null,
    })
    .where('id', '=', pushId)
    .returning(['session_id', 'receiver'])
    .executeTakeFirstOrThrow();
  if (next.state !== 'pending') await releaseNext(transaction, push, outcome.at + outcome.duration);
}

/** The push that waited behind a settled one: the next of the same call to the same receiver. */
async function releaseNext(
  transaction: Transaction<Schema>,
  settled: Pick<PushRow, 'session_id' | 'receiver'>,
  at: number,
): Promise<void> {
  await transaction
    .updateTable('pushes')
    .set({ next_attempt_at: at })
    .where('id', '=', ({ selectFrom }) =>
      selectFrom('pushes')
        .select(({ fn }) => fn.min('id').as('next'))
        .where('state', '=', PENDING)
        .where('session_id', '=', settled.session_id)
        .where('receiver', '=', settled.receiver),
    )
    .execute();
}

function pushOfRow(row: PushRow): OutboxPush {
  return {
    id: row.id,
    kind: row.kind,
    sessionId: row.session_id,
    appKey: row.app_key,
    url: row.url,
    body: row.body,
    attempts: row.attempts,
    dueAt: row.next_attempt_at ?? row.created_at,
  };
}
