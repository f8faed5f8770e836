/** Calls that were asked for and refused, so that the call list can say why. */
import type { AskedCall } from '../call/admission.ts';
import type { CallRecord } from '../call/call-record.ts';
import type { ResultCode } from '../call/catalogue/result-codes.ts';

/** Which limit or guard it was; or the values of a template, which do not fit it. */
export const refusalReasons = [
  'calls-per-second',
  'calls-per-minute',
  'calls-per-day',
  'concurrent-calls',
  'voice-ports',
  'quiet-hours',
  'queue-full',
  'number-pool',
  'trunk-full',
  'cool-down',
  'velocity',
  'completion-rate',
  'country',
  'cost',
  'template-values',
] as const;

export type RefusalReason = (typeof refusalReasons)[number];

/** Why a call is refused: what the API answers, and what people read. The text has no phone number. */
export interface Objection {
  readonly code: ResultCode;
  readonly reason: RefusalReason;
  readonly explanation: string;
}

export interface Refusal {
  /** ms since the epoch. */
  readonly at: number;
  readonly spId: string;
  readonly appKey: string;
  readonly capability: CallRecord['order']['capability'];
  readonly sandbox: boolean;
  readonly displayNbr: string;
  /** Of a callback. */
  readonly callerNbr?: string;
  readonly calleeNbr: string;
  /** What the API answered. */
  readonly code: string;
  readonly reason: RefusalReason;
  readonly explanation: string;
}

export interface StoredRefusal extends Refusal {
  /** Counts up in the order of storing. */
  readonly id: number;
}

export interface RefusalQuery {
  readonly spId?: string;
  readonly appKey?: string;
  /** Continue below this id. */
  readonly before?: number;
  /** 1-500. */
  readonly limit: number;
}

/** Where refusals are kept. */
export interface RefusalLog {
  append(refusals: readonly Refusal[]): Promise<void>;
  /** Newest first. */
  list(query: RefusalQuery): Promise<StoredRefusal[]>;
  /** Removes all but the latest `count`, and those before this time. */
  trim(count: number, before: number): Promise<void>;
}

export function refusalOf(call: AskedCall, { code, reason, explanation }: Objection): Refusal {
  const { owner, order, sandbox, acceptedAt: at } = call;
  return {
    at,
    ...owner,
    capability: order.capability,
    sandbox,
    displayNbr: order.displayNbr,
    callerNbr: order.capability === 'callback' ? order.callerNbr : undefined,
    calleeNbr: order.calleeNbr,
    code: code.code,
    reason,
    explanation,
  };
}
