import { sql, type Kysely, type Transaction } from 'kysely';
import type { CallRetention } from '../call/call-retention.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RemovalMarksTable, Schema } from './schema.ts';

/** Calls looked at by one question. */
const PAGE = 500;

/** Calls removed by one transaction, so that calls that run wait for none for long. */
const BATCH = 50;

interface Candidate {
  readonly id: number;
  readonly session_id: string;
}

export class CallRetentionRepository implements CallRetention {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
  }

  async removeEndedBefore(at: number): Promise<number> {
    let removed = 0;
    // In the order of commits, which but for a database that was away is that of their ends: the first page without an
    // old call is the end, and what it hides is found by a later look.
    for (let after = 0; ; ) {
      const page = await this.#database
        .selectFrom('settled_calls')
        .select(['id', 'session_id', 'ended_at'])
        .where('id', '>', after)
        .orderBy('id')
        .limit(PAGE)
        .execute();
      const old = page.filter((row) => row.ended_at < at);
      for (let from = 0; from < old.length; from += BATCH) {
        const some = old.slice(from, from + BATCH);
        removed += await this.#commits.run((transaction) => removeCalls(transaction, some));
      }
      after = page.at(-1)?.id ?? after;
      if (old.length === 0 || page.length < PAGE) return removed;
    }
  }
}

async function removeCalls(
  transaction: Transaction<Schema>,
  candidates: readonly Candidate[],
): Promise<number> {
  const kept = await keptSessions(
    transaction,
    candidates.map((row) => row.session_id),
  );
  const removed = candidates.filter((row) => !kept.has(row.session_id));
  if (removed.length === 0) return 0;
  const sessions = removed.map((row) => row.session_id);
  const lastEvent = await transaction
    .selectFrom('events')
    .select(({ fn }) => fn.max('id').as('id'))
    .where('session_id', 'in', sessions)
    .executeTakeFirst();
  await mark(transaction, 'records', Math.max(...removed.map(({ id }) => id)));
  await mark(transaction, 'events', lastEvent?.id ?? 0);
  const pushes = transaction.selectFrom('pushes').select('id').where('session_id', 'in', sessions);
  await transaction.deleteFrom('deliveries').where('push_id', 'in', pushes).execute();
  for (const table of ['pushes', 'events', 'cdrs'] as const) {
    await transaction.deleteFrom(table).where('session_id', 'in', sessions).execute();
  }
  const ids = removed.map(({ id }) => id);
  await transaction.deleteFrom('settled_calls').where('id', 'in', ids).execute();
  await transaction.deleteFrom('calls').where('session_id', 'in', sessions).execute();
  return removed.length;
}

/** Of these, those that stay: something is to be pushed of them, or they have the greatest id of a table. */
async function keptSessions(
  transaction: Transaction<Schema>,
  sessions: readonly string[],
): Promise<Set<string>> {
  const waiting = await transaction
    .selectFrom('pushes')
    .select('session_id')
    .where('session_id', 'in', sessions)
    .where('state', '=', sql.lit('pending' as const))
    .execute();
  const kept = new Set(waiting.map((row) => row.session_id));
  // SQLite gives the id of a last row that was removed to the next one.
  for (const table of ['pushes', 'events', 'settled_calls'] as const) {
    const last = await transaction
      .selectFrom(table)
      .select('session_id')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (last !== undefined) kept.add(last.session_id);
  }
  return kept;
}

async function mark(
  transaction: Transaction<Schema>,
  kind: RemovalMarksTable['kind'],
  position: number,
): Promise<void> {
  await transaction
    .insertInto('removal_marks')
    .values({ kind, position })
    .onConflict((conflict) =>
      conflict.column('kind').doUpdateSet({ position }).where('removal_marks.position', '<', position),
    )
    .execute();
}
