/** Writes changes of calls, many with few statements: their events, the calls themselves, their pushes and records. */
import { sql, type Transaction } from 'kysely';
import { receiverOf } from '../call/outbox.ts';
import type { CallChange } from '../call/ports.ts';
import { settledCall } from '../call/settled-call.ts';
import type { StatusPush } from '../call/status-push.ts';
import { BulkStatement } from './bulk-statement.ts';
import { rowOfCdr, rowOfEvent, rowOfProgress, rowOfSettled } from './call-rows.ts';
import type { BulkWriter } from './group-commit.ts';
import { writeQuality } from './quality-rows.ts';
import type { CallQualityTable, Schema } from './schema.ts';

type EventRow = ReturnType<typeof rowOfEvent>;
type QualityRow = Pick<CallQualityTable, 'session_id' | 'legs_json'>;
type ProgressRow = ReturnType<typeof progressOf>;

const progressOf = ({ call }: CallChange) => ({ session_id: call.sessionId, ...rowOfProgress(call) });

/** The types that a server cannot see by itself in a list of values; in the order of `progressOf`. */
const progressTypes: Readonly<Record<keyof ProgressRow, 'text' | 'integer' | 'bigint'>> = {
  session_id: 'text',
  state: 'text',
  last_sequence: 'integer',
  legs_json: 'text',
  played_json: 'text',
  recording_json: 'text',
  release_cause: 'integer',
  teardown_point: 'integer',
  released_by: 'text',
  ended_at: 'bigint',
};

const insertEvents = () =>
  new BulkStatement<EventRow>((transaction, rows) =>
    transaction
      .insertInto('events')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['session_id', 'sequence']).doNothing())
      .returning(['session_id', 'sequence'])
      .compile(),
  );

const updateCalls = () =>
  new BulkStatement<ProgressRow>((transaction, rows) => {
    const names = Object.keys(progressTypes);
    const columns = sql.join(names.map((name) => sql.ref(name)));
    const values = rows.map(
      (row) =>
        sql`(${sql.join(
          Object.entries(row).map(
            ([name, value]) => sql`cast(${value} as ${sql.raw(progressTypes[name as keyof ProgressRow])})`,
          ),
        )})`,
    );
    const assignments = names.slice(1).map((name) => sql`${sql.ref(name)} = ${sql.ref(`changed.${name}`)}`);
    return sql`with changed (${columns}) as (values ${sql.join(values)})
      update calls set ${sql.join(assignments)} from changed
      where calls.session_id = changed.session_id`.compile(transaction);
  });

const insertPushes = () =>
  new BulkStatement<PushRow>((transaction, rows) => transaction.insertInto('pushes').values(rows).compile());

const selectQueues = () =>
  new BulkStatement<{ readonly session_id: string }>((transaction, rows) =>
    transaction
      .selectFrom('pushes')
      .select(['session_id', 'receiver'])
      .where(
        'session_id',
        'in',
        rows.map((row) => row.session_id),
      )
      .where('state', '=', sql.lit('pending' as const))
      .compile(),
  );

const insertCdrs = () =>
  new BulkStatement<ReturnType<typeof rowOfCdr>>((transaction, rows) =>
    transaction.insertInto('cdrs').values(rows).compile(),
  );

const insertSettled = () =>
  new BulkStatement<ReturnType<typeof rowOfSettled>>((transaction, rows) =>
    transaction.insertInto('settled_calls').values(rows).compile(),
  );

const insertQuality = () =>
  new BulkStatement<QualityRow>((transaction, rows) =>
    transaction.insertInto('call_quality').values(rows).compile(),
  );

const changeStatements = () => ({
  events: insertEvents(),
  calls: updateCalls(),
  queues: selectQueues(),
  pushes: insertPushes(),
  cdrs: insertCdrs(),
  settled: insertSettled(),
  quality: insertQuality(),
});

/** For one database: what is compiled is in its dialect. */
export function changeWriter(): BulkWriter<Schema, readonly CallChange[]> {
  const statements = changeStatements();
  return (transaction, changes) => writeChanges(transaction, changes.flat(), statements);
}

async function writeChanges(
  transaction: Transaction<Schema>,
  changes: readonly CallChange[],
  statements: ReturnType<typeof changeStatements>,
): Promise<void> {
  const events = changes.flatMap(({ event }) => (event === undefined ? [] : [rowOfEvent(event)]));
  const { returned } = await statements.events.execute(transaction, events);
  const written = new Set((returned as EventRow[]).map((row) => keyOf(row.session_id, row.sequence)));
  // Written before, though its commit was not seen to succeed: all that belongs to the event is there too. A change that
  // comes twice counts once.
  const fresh = changes.filter(
    ({ event }) => event === undefined || written.delete(keyOf(event.sessionId, event.sequence)),
  );
  // Of the changes of one call the last says how it stands now, also where it was written before: an earlier one without an
  // event cannot be told from a new one, and must not stand.
  const latest = new Map(changes.map((change) => [change.call.sessionId, change]));
  const updated = await statements.calls.execute(transaction, [...latest.values()].map(progressOf));
  if (updated.written !== latest.size) {
    throw new Error(`One of these calls was never created: ${[...latest.keys()].join(', ')}.`);
  }
  const pushes = await rowsOfPushes(transaction, fresh.flatMap(pushesOf), statements.queues);
  await statements.pushes.execute(transaction, pushes);
  const cdrs = fresh.flatMap(({ cdr }) => (cdr === undefined ? [] : [rowOfCdr(cdr)]));
  await statements.cdrs.execute(transaction, cdrs);
  const settled = fresh.flatMap(({ call, cdr }) =>
    cdr === undefined ? [] : [rowOfSettled(settledCall(call))],
  );
  await statements.settled.execute(transaction, settled);
  await statements.quality.execute(transaction, fresh.flatMap(qualityOf));
}

const qualityOf = ({ call, quality = [] }: CallChange): QualityRow[] =>
  quality.length === 0 ? [] : [{ session_id: call.sessionId, legs_json: writeQuality(quality) }];

const keyOf = (sessionId: string, sequence: number): string => `${sessionId} ${sequence}`;

export type NewPush = Omit<StatusPush, 'kind'> & {
  readonly kind: 'status' | 'fee';
  readonly createdAt: number;
  readonly dueAt: number;
};

/** In the order of sending: the CDR follows the status pushes of its call (spec 08). */
function pushesOf({ call, event, statusPush, cdr, writtenAt = 0 }: CallChange): NewPush[] {
  const createdAt = event?.at ?? call.endedAt ?? call.acceptedAt;
  const times = { createdAt, dueAt: Math.max(createdAt, writtenAt) };
  const pushes: NewPush[] = [];
  if (statusPush !== undefined) pushes.push({ ...statusPush, ...times });
  if (cdr?.url !== undefined) {
    const { sessionId, appKey, url, fee } = cdr;
    pushes.push({ kind: 'fee', sessionId, appKey, url, body: JSON.stringify(fee), ...times });
  }
  return pushes;
}

interface PushRow extends Readonly<Record<string, string | number | null>> {
  readonly session_id: string;
  readonly kind: 'status' | 'fee';
  readonly app_key: string;
  readonly url: string;
  readonly receiver: string;
  readonly body: string;
  readonly state: 'pending';
  readonly attempts: number;
  readonly next_attempt_at: number | null;
  readonly created_at: number;
  /** Absent: it was queued when it happened. */
  readonly queued_at: number | null;
}

/**
 * Of the pushes of one call to one receiver only the first is due; settling it makes the next one due
 * (outbox-repository.ts). So the index of what is due holds nothing that may not be sent.
 */
export async function rowsOfPushes(
  transaction: Transaction<Schema>,
  pushes: readonly NewPush[],
  queuesOfCalls = selectQueues(),
): Promise<PushRow[]> {
  const queueOf = (sessionId: string, receiver: string): string => `${sessionId} ${receiver}`;
  const sessions = [...new Set(pushes.map(({ sessionId }) => sessionId))];
  const { returned } = await queuesOfCalls.execute(
    transaction,
    sessions.map((id) => ({ session_id: id })),
  );
  const waiting = returned as Pick<PushRow, 'session_id' | 'receiver'>[];
  const queues = new Set(waiting.map(({ session_id: id, receiver }) => queueOf(id, receiver)));
  return pushes.map(({ kind, sessionId, appKey, url, body, createdAt, dueAt }) => {
    const receiver = receiverOf(appKey, url);
    const queue = queueOf(sessionId, receiver);
    const isFirst = !queues.has(queue);
    queues.add(queue);
    return {
      session_id: sessionId,
      kind,
      app_key: appKey,
      url,
      receiver,
      body,
      state: 'pending',
      attempts: 0,
      next_attempt_at: isFirst ? dueAt : null,
      created_at: createdAt,
      queued_at: dueAt > createdAt ? dueAt : null,
    };
  });
}
