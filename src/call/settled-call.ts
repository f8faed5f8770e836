import { type CallRecord, firstLegOf } from './call-record.ts';

/** What the statistics and the reconciliation of an ended call are made of, in a few values. */
export interface SettledCall {
  readonly sessionId: string;
  readonly spId: string;
  readonly appKey: string;
  /** The display number: what the phone that was dialled first was shown. */
  readonly number: string;
  readonly endedAt: number;
  /** Both phones of a callback answered; of other calls, the one. */
  readonly connected: boolean;
  /** From that answer to the end of the call, ms; 0 where there was none. */
  readonly talk: number;
  readonly releaseCause: number;
}

type EndedCall = Pick<
  CallRecord,
  'sessionId' | 'owner' | 'order' | 'legs' | 'verdict' | 'endedAt' | 'acceptedAt'
>;

/** Of a call that has ended. */
export function settledCall(call: EndedCall): SettledCall {
  const { sessionId, owner, order, legs, verdict } = call;
  const endedAt = call.endedAt ?? call.acceptedAt;
  const last = order.capability === 'callback' ? 'B' : 'A';
  const answeredAt = legs.find(({ party }) => party === last)?.answeredAt;
  return {
    sessionId,
    spId: owner.spId,
    appKey: owner.appKey,
    number: firstLegOf(order).display,
    endedAt,
    connected: answeredAt !== undefined,
    talk: answeredAt === undefined ? 0 : Math.max(0, endedAt - answeredAt),
    releaseCause: verdict.releaseCause,
  };
}
