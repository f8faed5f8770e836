/** What became of pushes, for the operator: they are listed, and any of them is sent again. */
import type { PushRecord, PushState } from './queries.ts';

export interface LedgerPush extends PushRecord {
  readonly sessionId: string;
  readonly appKey: string;
  /** A number that stood in its body was erased: it is no longer what was told, and is not sent again. */
  readonly erased: boolean;
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

/** Which pushes to send again. Empty: all that are in these states. */
export interface ReplaySelection {
  /** Of those that are `pending` only what waits for a later attempt is meant: it is not waited for any longer. */
  readonly states: readonly PushState[];
  readonly id?: number;
  /** Only pushes of this account's applications. */
  readonly spId?: string;
  readonly appKey?: string;
  readonly sessionId?: string;
  readonly url?: string;
}

/** Who has pushes sent again, and when. */
export interface ReplayOrder {
  /** What they are called where people read of them; kept with the attempts that follow. */
  readonly by: string;
  /** Ms since the epoch. */
  readonly at: number;
}

export interface PushLedger {
  list(query: LedgerQuery): Promise<LedgerPage>;
  push(id: number): Promise<LedgerPush | undefined>;
  /** The greatest id given out so far; 0 while there is none. */
  lastId(): Promise<number>;
  /**
   * Has pushes sent again: in order within their call, with a whole schedule of attempts before them. What was delivered
   * gets one more attempt and stays delivered, whatever comes of it. Bodies in which a number was erased are left out.
   * @returns how many
   */
  replay(selection: ReplaySelection, order: ReplayOrder): Promise<number>;
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
