/** The read side of the calls: what the operator's API shows. Implemented by the store, read by `http`. */
import type { CallEvent, CallOwner, CallRecord, CallState } from './call-record.ts';
import type { CallDetailRecord } from './cdr.ts';
import type { LegQuality } from './leg-quality.ts';
import type { PromptUse } from './prompt-use.ts';

/** One attempt to send a push. */
export interface DeliveryRecord {
  /** 1, 2, 3 ... within the push. */
  readonly attempt: number;
  readonly at: number;
  /** Milliseconds from the attempt's start to its outcome. */
  readonly duration: number;
  /** What the receiver answered; absent when it gave no answer. */
  readonly httpStatus?: number;
  /** Why there was no good answer, for people. */
  readonly error?: string;
  /** Who had the push sent again; absent where the platform sent it by itself. */
  readonly replayedBy?: string;
}

/** `failed`: given up, as a status push is after its only attempt; `dead`: a CDR that used up its attempts. */
export type PushState = 'pending' | 'delivered' | 'failed' | 'dead';

export interface PushRecord {
  readonly id: string;
  readonly kind: 'status' | 'fee';
  readonly url: string;
  readonly state: PushState;
  readonly createdAt: number;
  /** Only while `pending`, and while what was delivered is sent once more. */
  readonly nextAttemptAt?: number;
  /** In order of attempts. */
  readonly deliveries: readonly DeliveryRecord[];
}

/** Everything that is stored about one call. */
export interface CallHistory {
  readonly call: CallRecord;
  /** In order of `sequence`. */
  readonly events: readonly CallEvent[];
  /** In the order in which they are due. */
  readonly pushes: readonly PushRecord[];
  /** Absent while the call runs. */
  readonly cdr?: CallDetailRecord;
}

export interface CallListQuery {
  /** Only calls of this account. */
  readonly spId?: string;
  readonly appKey?: string;
  readonly state?: CallState;
  /** Only calls that were accepted to play this file or template. */
  readonly using?: PromptUse;
  readonly sessionId?: string;
  /** Only calls to this number: to the caller of a callback, or to the callee. In global format. */
  readonly number?: string;
  /** Only calls that ended with this release cause. */
  readonly cause?: number;
  /** Only calls accepted at or after this time, ms since the epoch. */
  readonly since?: number;
  /** Only calls accepted before this time, ms since the epoch. */
  readonly until?: number;
  /** Continue after the page that gave this cursor; unknown text gives the first page. */
  readonly cursor?: string;
  /** 1-500. */
  readonly limit: number;
}

export interface CallPage {
  /** Newest first. */
  readonly calls: readonly CallRecord[];
  /** Hand it back to get the next page; absent on the last one. */
  readonly nextCursor?: string;
}

/** Names one event among all: events are numbered within their call. */
export interface EventPosition {
  readonly sessionId: string;
  readonly sequence: number;
}

export interface EventQuery {
  /** Only events of this call. */
  readonly sessionId?: string;
  /** Only events committed after this one; an event that is not stored gives nothing. */
  readonly after: EventPosition;
  /** 1-500. */
  readonly limit: number;
}

export interface CallQueries {
  list(query: CallListQuery): Promise<CallPage>;
  /** Whose call it is. */
  owner(sessionId: string): Promise<CallOwner | undefined>;
  history(sessionId: string): Promise<CallHistory | undefined>;
  /** The media of an ended call's legs second by second; undefined where there were none, or nothing is known of the call. */
  quality(sessionId: string): Promise<readonly LegQuality[] | undefined>;
  /** The call whose recording has this name, whether or not the recording is still there. */
  recorded(objectName: string): Promise<CallRecord | undefined>;
  /** Committed events in the order of their commits: what a subscriber who lost the connection has missed. */
  events(query: EventQuery): Promise<readonly CallEvent[]>;
}
