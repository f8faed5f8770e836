/**
 * What whoever settles accounts reads: every ended call with its record, and every event, in the order in which they were
 * stored. Implemented by the store, read by `http`.
 */
import type { CallEvent, CallRecord } from './call-record.ts';
import type { CallDetailRecord } from './cdr.ts';

export interface EndedCall {
  readonly call: CallRecord;
  readonly cdr: CallDetailRecord;
}

export interface FeedQuery {
  readonly spId?: string;
  readonly appKey?: string;
  /** ms since the epoch, of the end of a call or of an event: from, and before. */
  readonly since?: number;
  readonly until?: number;
  /** Continue after this position; absent: from the oldest there is. */
  readonly after?: number;
  /** 1-500. */
  readonly limit: number;
}

/**
 * Positions grow in the order of commits, and nothing is ever stored before one that could be read: whoever goes on at
 * `position` misses nothing and gets nothing twice.
 */
export interface FeedPage<Entry> {
  readonly entries: readonly Entry[];
  /** Hand it back as `after`; also on a page without entries, which is not necessarily the last one. */
  readonly position: number;
  /** False: this was everything at this moment. */
  readonly more: boolean;
  /** Something after the position that was asked for has been removed, because its time was over. */
  readonly gap: boolean;
}

/** Which records to push again. */
export interface ResendSelection {
  readonly sessionId?: string;
  readonly spId?: string;
  readonly appKey?: string;
  /** ms since the epoch, of the end of the call: from, and before. */
  readonly since?: number;
  readonly until?: number;
}

export interface ResendOutcome {
  /** Records that are on their way again. */
  readonly sent: number;
  /** Records whose push to this address was on its way already. */
  readonly waiting: number;
  /** Records that have no address to go to. */
  readonly nowhere: number;
}

export interface Reconciliation {
  /** Ended calls with their records. */
  records(query: FeedQuery): Promise<FeedPage<EndedCall>>;
  events(query: FeedQuery): Promise<FeedPage<CallEvent>>;
  /**
   * Pushes records once more, whatever became of earlier pushes: to `url`, else where the record went, else to the CDR
   * address of its application.
   */
  resend(
    selection: ResendSelection,
    options: { readonly url?: string; readonly now: number },
  ): Promise<ResendOutcome>;
}
