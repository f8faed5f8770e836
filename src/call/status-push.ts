import type { CallEvent, CallRecord } from './call-record.ts';
import { releaseCauseDescription } from './catalogue/release-causes.ts';
import { utcTimestamp } from './timestamp.ts';

/** A status notification (spec 07) ready to be stored with the event it tells. */
export interface StatusPush {
  readonly kind: 'status';
  readonly sessionId: string;
  readonly appKey: string;
  readonly url: string;
  /** The exact JSON text to be sent. */
  readonly body: string;
}

/** The push that tells `event`, or nothing when the customer did not subscribe. */
export function statusPush(call: CallRecord, event: CallEvent): StatusPush | undefined {
  if (call.statusUrl === undefined) return undefined;
  const ended = event.type === 'disconnect';
  const statusInfo = {
    timestamp: utcTimestamp(event.at),
    userData: call.userData,
    sessionId: call.sessionId,
    caller: event.caller,
    called: event.called,
    partyType: ended && wantsPartyType(call) ? call.verdict.releasedBy : undefined,
    stateCode: event.stateCode,
    stateDesc: event.stateCode === undefined ? undefined : releaseCauseDescription(event.stateCode),
    digitInfo: event.digits,
  };
  return {
    kind: 'status',
    sessionId: call.sessionId,
    appKey: call.owner.appKey,
    url: call.statusUrl,
    body: JSON.stringify({ eventType: event.type, statusInfo }),
  };
}

const wantsPartyType = ({ order }: CallRecord): boolean =>
  order.capability === 'callback' && order.partyTypeRequiredInDisconnect;
