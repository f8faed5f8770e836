/** Between the records of the domain and the rows of the database; each function names every member once. */
import type { Insertable, Updateable } from 'kysely';
import type { CallEvent, CallRecord } from '../call/call-record.ts';
import type { CallDetailRecord } from '../call/cdr.ts';
import type { SettledCall } from '../call/settled-call.ts';
import type {
  CallRow,
  CallsTable,
  CdrRow,
  CdrsTable,
  EventRow,
  EventsTable,
  SettledCallsTable,
} from './schema.ts';

/** Does not compile while a record has a member that no column keeps. */
type Nothing = Record<string, never>;

const jsonOrNull = (value: object | undefined): string | null =>
  value === undefined ? null : JSON.stringify(value);

const valueOf = <T>(json: string | null): T | undefined =>
  json === null ? undefined : (JSON.parse(json) as T);

/** Who is called, to be searched by. */
export function partiesOf(order: CallRecord['order']) {
  const caller = order.capability === 'callback' ? order.callerNbr : null;
  return { caller_nbr: caller, callee_nbr: order.calleeNbr } satisfies Updateable<CallsTable>;
}

export function rowOfCall(call: CallRecord) {
  const {
    sessionId,
    icid,
    owner,
    order,
    statusUrl,
    feeUrl,
    userData,
    sandbox,
    acceptedAt,
    waitUntil,
    ...mutable
  } = call;
  const { appKey, spId, ...restOfOwner } = owner;
  restOfOwner satisfies Nothing;
  return {
    session_id: sessionId,
    icid,
    app_key: appKey,
    sp_id: spId,
    order_json: JSON.stringify(order),
    ...partiesOf(order),
    status_url: statusUrl ?? null,
    fee_url: feeUrl ?? null,
    user_data: userData ?? null,
    sandbox: Number(sandbox),
    accepted_at: acceptedAt,
    wait_until: waitUntil ?? null,
    ...rowOfProgress(mutable),
  } satisfies Insertable<CallsTable>;
}

type CallProgress = Pick<
  CallRecord,
  'state' | 'lastSequence' | 'legs' | 'played' | 'recording' | 'verdict' | 'endedAt'
>;

/** The columns that change while a call runs. */
export function rowOfProgress(progress: CallProgress) {
  const { state, lastSequence, legs, played, recording, verdict, endedAt } = progress;
  const { releaseCause, teardownPoint, releasedBy, ...restOfVerdict } = verdict;
  restOfVerdict satisfies Nothing;
  return {
    state,
    last_sequence: lastSequence,
    legs_json: JSON.stringify(legs),
    played_json: jsonOrNull(played),
    recording_json: jsonOrNull(recording),
    release_cause: releaseCause,
    teardown_point: teardownPoint,
    released_by: releasedBy,
    ended_at: endedAt ?? null,
  } satisfies Updateable<CallsTable>;
}

export function callOfRow(row: CallRow): CallRecord {
  return {
    sessionId: row.session_id,
    icid: row.icid,
    owner: { appKey: row.app_key, spId: row.sp_id },
    order: JSON.parse(row.order_json) as CallRecord['order'],
    statusUrl: row.status_url ?? undefined,
    feeUrl: row.fee_url ?? undefined,
    userData: row.user_data ?? undefined,
    sandbox: row.sandbox === 1,
    acceptedAt: row.accepted_at,
    waitUntil: row.wait_until ?? undefined,
    state: row.state,
    lastSequence: row.last_sequence,
    legs: JSON.parse(row.legs_json) as CallRecord['legs'],
    played: valueOf(row.played_json),
    recording: valueOf(row.recording_json),
    verdict: {
      releaseCause: row.release_cause,
      teardownPoint: row.teardown_point,
      releasedBy: row.released_by,
    },
    endedAt: row.ended_at ?? undefined,
  };
}

export function rowOfEvent(event: CallEvent) {
  const { sessionId, sequence, type, at, party, caller, called, stateCode, digits, ...rest } = event;
  rest satisfies Nothing;
  return {
    session_id: sessionId,
    sequence,
    type,
    at,
    party: party ?? null,
    caller: caller ?? null,
    called: called ?? null,
    state_code: stateCode ?? null,
    digits: digits ?? null,
  } satisfies Insertable<EventsTable>;
}

export function eventOfRow(row: EventRow): CallEvent {
  return {
    sessionId: row.session_id,
    sequence: row.sequence,
    type: row.type,
    at: row.at,
    party: row.party ?? undefined,
    caller: row.caller ?? undefined,
    called: row.called ?? undefined,
    stateCode: row.state_code ?? undefined,
    digits: row.digits ?? undefined,
  };
}

export function rowOfCdr(cdr: CallDetailRecord) {
  const { sessionId, appKey, icid, endedAt, url, fee, ...rest } = cdr;
  rest satisfies Nothing;
  return {
    session_id: sessionId,
    app_key: appKey,
    icid,
    ended_at: endedAt,
    url: url ?? null,
    fee: JSON.stringify(fee),
  } satisfies Insertable<CdrsTable>;
}

export function cdrOfRow(row: CdrRow): CallDetailRecord {
  return {
    sessionId: row.session_id,
    appKey: row.app_key,
    icid: row.icid,
    endedAt: row.ended_at,
    url: row.url ?? undefined,
    fee: JSON.parse(row.fee) as CallDetailRecord['fee'],
  };
}

export function rowOfSettled(settled: SettledCall) {
  const { sessionId, spId, appKey, number, endedAt, connected, talk, releaseCause, ...rest } = settled;
  rest satisfies Nothing;
  return {
    session_id: sessionId,
    sp_id: spId,
    app_key: appKey,
    number,
    ended_at: endedAt,
    connected: Number(connected),
    talk,
    release_cause: releaseCause,
  } satisfies Insertable<SettledCallsTable>;
}
