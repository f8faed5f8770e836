import type { Kysely } from 'kysely';
import type { DeliveryRecord, PushRecord, PushState } from '../call/queries.ts';
import type { DeliveryRow, PushRow, Schema } from './schema.ts';

/** Pushes as their rows hold them, each with its deliveries. */
export async function withDeliveries(
  connection: Kysely<Schema>,
  rows: readonly PushRow[],
): Promise<PushRecord[]> {
  if (rows.length === 0) return [];
  const deliveries = await connection
    .selectFrom('deliveries')
    .selectAll()
    .where(
      'push_id',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('push_id')
    .orderBy('attempt')
    .execute();
  const ofPush = Map.groupBy(deliveries, (delivery) => delivery.push_id);
  return rows.map((row) => pushOfRow(row, ofPush.get(row.id) ?? []));
}

function pushOfRow(row: PushRow, deliveries: readonly DeliveryRow[]): PushRecord {
  return {
    id: String(row.id),
    kind: row.kind,
    url: row.url,
    state: shownState(row),
    createdAt: row.created_at,
    nextAttemptAt: row.next_attempt_at ?? undefined,
    deliveries: deliveries.map(deliveryOfRow),
  };
}

/** What was delivered stays so while it is sent once more. */
const shownState = ({ state, taken }: PushRow): PushState =>
  state === 'pending' && taken === 1 ? 'delivered' : state;

function deliveryOfRow(row: DeliveryRow): DeliveryRecord {
  return {
    attempt: row.attempt,
    at: row.at,
    duration: row.duration,
    httpStatus: row.http_status ?? undefined,
    error: row.error ?? undefined,
    replayedBy: row.replayed_by ?? undefined,
  };
}
