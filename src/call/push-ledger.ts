/** What became of pushes, for the operator: those given up are listed and sent again. */
import type { PushRecord, PushState } from './queries.ts';

export interface LedgerPush extends PushRecord {
  readonly sessionId: string;
  readonly appKey: string;
}

export interface LedgerQuery {
  readonly state: PushState;
  /** Only pushes of this account's applications. */
  readonly spId?: string;
  readonly appKey?: string;
  readonly sessionId?: string;
  /** Only pushes to this URL, whatever its query; with a query only those with the same. */
  readonly url?: string;
  /** Continue after the page that gave this cursor; unknown text gives the first page. */
  readonly cursor?: string;
  /** 1-500. */
  readonly limit: number;
}

export interface LedgerPage {
  /** Newest first. */
  readonly pushes: readonly LedgerPush[];
  /** Hand it back to get the next page; absent on the last one. */
  readonly nextCursor?: string;
}

/** The states of a push that was given up. */
export type GivenUp = Extract<PushState, 'failed' | 'dead'>;

/** Which pushes to send again. Empty: all that are in these states. */
export interface ReplaySelection {
  readonly states: readonly GivenUp[];
  readonly id?: number;
  /** Only pushes of this account's applications. */
  readonly spId?: string;
  readonly appKey?: string;
  readonly sessionId?: string;
  readonly url?: string;
}

export interface PushLedger {
  list(query: LedgerQuery): Promise<LedgerPage>;
  push(id: number): Promise<LedgerPush | undefined>;
  /**
   * Makes pushes that were given up pending again: in order within their call, with a whole schedule of attempts before
   * them. @returns how many
   */
  replay(selection: ReplaySelection, now: number): Promise<number>;
}

/** How one receiver is doing. */
export interface ReceiverHealth {
  readonly appKey: string;
  /** Without its query. */
  readonly url: string;
  /** `closed`: all is well; `open`: left alone until `probeAt`; `probing`: one push is finding out. */
  readonly breaker: 'closed' | 'open' | 'probing';
  /** In a row, up to now. */
  readonly failures: number;
  readonly probeAt?: number;
  /** POSTs on their way. */
  readonly onTheirWay: number;
}

/** The delivery loop, as the operator's API knows it. */
export interface Deliveries {
  /** To be called after old pushes became pending again. */
  wakeForOld(): void;
  /** Receivers that have pushes on their way or failed lately. */
  receivers(): readonly ReceiverHealth[];
}
