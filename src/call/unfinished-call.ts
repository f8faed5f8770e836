/** What a start finds of calls that have no record yet. */
import type { CallRecord } from './call-record.ts';

/** The latest time that is recorded of a call. */
export function lastKnownOf({ acceptedAt, legs, played }: CallRecord): number {
  const times = legs.flatMap((leg) => [leg.startedAt, leg.alertingAt, leg.answeredAt, leg.endedAt]);
  return Math.max(acceptedAt, played?.collectedAt ?? 0, ...times.filter((time) => time !== undefined));
}

/** Accepted, and told to wait: nothing was dialled. */
export const isWaiting = ({ waitUntil, state, lastSequence, legs }: CallRecord): boolean =>
  waitUntil !== undefined && state === 'accepted' && lastSequence === 0 && legs.length === 0;

/** Whether anybody was reached. */
export const hasRung = ({ legs }: CallRecord): boolean =>
  legs.some(({ alertingAt, answeredAt }) => alertingAt !== undefined || answeredAt !== undefined);
