/** What limits are, and whom they are about. */
import type { CallRecord } from '../call/call-record.ts';
import { type ResultCode, resultCodes } from '../call/catalogue/result-codes.ts';

/**
 * `trunk`: those that are tried first, each leg counted. `number`: what phones show. `callee`: who is rung, of a callback who is rung second.
 */
export type LimitScope = 'platform' | 'trunk' | 'account' | 'app' | 'number' | 'callee';

export const limitScopes: readonly LimitScope[] = ['platform', 'trunk', 'account', 'app', 'number', 'callee'];

/** What limits look at. */
export type LimitedCall = Pick<CallRecord, 'owner' | 'order' | 'sandbox'>;

/** The trunk by which each leg of a call would leave: one name per leg; none where it rings sandbox phones. */
export type TrunksOf = (call: Pick<CallRecord, 'order' | 'sandbox'>) => readonly string[];

/** Stands for each subject that has no rule of its own, each counted by itself. */
export const EACH = '*';

/** The people of this account set it, and it counts their calls alone; undefined: the operator, for all. */
export type SettingOwner = string | undefined;

/** What amounts can be set; absent: no limit. Calls per second and minute are those of any second and any minute. */
export interface LimitAmounts {
  readonly callsPerSecond?: number;
  readonly callsPerMinute?: number;
  /** Of a day of the rule's time zone. */
  readonly callsPerDay?: number;
  readonly concurrentCalls?: number;
  readonly voicePorts?: number;
  /** Requests to the compatible API, whatever they ask for; of `platform`, `account` and `app`. */
  readonly requestsPerMinute?: number;
}

/** No calls from one time of day to the other, `HH:MM`; over midnight where `from` is the later one. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
}

export interface LimitRule extends LimitAmounts {
  readonly owner: SettingOwner;
  readonly scope: LimitScope;
  /** An account's id, an app key, a number; `*` of `platform`. */
  readonly subject: string;
  readonly quietHours?: QuietHours;
  /** Of days and quiet hours. */
  readonly timeZone: string;
  /** What happens to calls beyond those of a second or a minute. */
  readonly excess: 'refuse' | 'queue';
  /** How long a call waits at most, ms. */
  readonly longestWait: number;
  /** How many wait at most. */
  readonly longestQueue: number;
  /** Calls accepted before do not count, ms since the epoch. */
  readonly since: number;
}

export const refusalCodes: Readonly<Record<LimitScope, ResultCode>> = {
  platform: resultCodes.platformFlowControl,
  trunk: resultCodes.platformFlowControl,
  account: resultCodes.accountCallLimit,
  app: resultCodes.appCallLimit,
  number: resultCodes.displayNumberCallLimit,
  callee: resultCodes.requesterFlowControl,
};

/** The subjects of a call within each scope; one that is named twice counts twice. */
export function subjectsOf(call: LimitedCall, scope: LimitScope, trunksOf: TrunksOf): readonly string[] {
  const { owner, order } = call;
  switch (scope) {
    case 'platform':
      return [EACH];
    case 'trunk':
      return trunksOf(call);
    case 'account':
      return [owner.spId];
    case 'app':
      return [owner.appKey];
    case 'number': {
      const second = order.capability === 'callback' ? order.displayCalleeNbr : order.displayNbr;
      return second === order.displayNbr ? [second] : [order.displayNbr, second];
    }
    case 'callee':
      return [order.calleeNbr];
  }
}

/** Minutes since midnight of `HH:MM`. */
export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

export function isQuiet({ from, to }: QuietHours, minute: number): boolean {
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  return begin <= end ? minute >= begin && minute < end : minute >= begin || minute < end;
}
