import { type CallEvent, type CallRecord, firstLegOf, type LegRecord, snapshotOf } from './call-record.ts';
import { callDetailRecord } from './cdr.ts';
import type { CallChange } from './ports.ts';
import { statusPush } from './status-push.ts';

/**
 * The next event of a call and everything that is written with it: the call as it now stands, the status push, and with
 * `disconnect` the call record. `digits` are those of `collectInfo`. `leg` is the leg the event is about; the first leg's numbers stand in when there is none.
 */
export function nextChange(
  record: CallRecord,
  type: CallEvent['type'],
  at: number,
  leg: LegRecord | undefined,
  hostName: string,
  digits?: string,
): CallChange {
  const ended = type === 'disconnect';
  record.lastSequence += 1;
  if (ended) {
    record.state = 'ended';
    record.endedAt = at;
  }
  const event: CallEvent = {
    sessionId: record.sessionId,
    sequence: record.lastSequence,
    type,
    at,
    party: leg?.party,
    caller: leg?.display ?? firstLegOf(record.order).display,
    called: leg?.to ?? firstLegOf(record.order).to,
    stateCode: ended ? record.verdict.releaseCause : undefined,
    digits,
  };
  const call = snapshotOf(record);
  const cdr = ended ? callDetailRecord(call, hostName) : undefined;
  return { call, event, statusPush: statusPush(call, event), cdr };
}
