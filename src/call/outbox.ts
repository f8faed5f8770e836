/**
 * The pushes that are stored and not yet settled, as the delivery loop sees them. Implemented by the store, read by
 * `webhooks`. A push that was being sent when the process died is simply still pending.
 */

export interface OutboxPush {
  /** Grows in the order of commits: within a call, the order of sending. */
  readonly id: number;
  readonly kind: 'status' | 'fee';
  readonly sessionId: string;
  readonly appKey: string;
  readonly url: string;
  /** `receiverOf(appKey, url)`. */
  readonly receiver: string;
  /** JSON: for `status` the text to be sent, for `fee` one element of `feeLst`. */
  readonly body: string;
  /** Attempts already made. */
  readonly attempts: number;
  /** Those of them that were made before it was last replayed: they do not count for its schedule. */
  readonly earlierAttempts: number;
  /** A receiver took it before: this is one more attempt because somebody asked for it. */
  readonly taken: boolean;
  /** Who had it replayed last. */
  readonly replayedBy?: string;
  /** When it was written or last replayed, ms since the epoch. */
  readonly queuedAt: number;
  /** When it became due, ms since the epoch. */
  readonly dueAt: number;
}

/** The moment a question is asked, in ms since the epoch. */
export interface OutboxMoment {
  readonly now: number;
  /** A push that has been due since this time or longer no longer waits for pushes to other receivers. */
  readonly patienceEndedAt: number;
}

export interface AgendaQuery extends OutboxMoment {
  /** Only this one. */
  readonly receiver?: string;
}

/** One receiver that has pending pushes. */
export interface OutboxAgenda {
  readonly receiver: string;
  /** When its earliest pending push is or was due. */
  readonly earliest: number;
  /** When the next of its pushes falls due, after now. */
  readonly next?: number;
  /** Since when the earliest of those has been due that may still be waiting for pushes to other receivers. */
  readonly waitingSince?: number;
}

export interface ReadyQuery extends OutboxMoment {
  readonly receiver: string;
  /** Pushes on their way at this moment. */
  readonly except: readonly number[];
  readonly limit: number;
}

export interface ArrivalQuery {
  /** Only pushes with a greater id. */
  readonly after: number;
  readonly limit: number;
}

/** A push that waits for no other push of its call to the same receiver. */
export interface Arrival {
  readonly push: OutboxPush;
  /** An earlier push of its call, to another receiver, is still pending. */
  readonly waits: boolean;
}

/** How an attempt ended and what becomes of the push. */
export interface AttemptOutcome {
  readonly pushId: number;
  /** 1, 2, 3 ... within the push. */
  readonly attempt: number;
  readonly at: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly httpStatus?: number;
  readonly error?: string;
  /** Who had the push sent again. */
  readonly replayedBy?: string;
  readonly next: NextStep;
}

export type NextStep =
  | { readonly state: 'delivered' | 'failed' | 'dead' }
  | { readonly state: 'pending'; readonly nextAttemptAt: number };

export interface Outbox {
  /** The greatest id given out so far; 0 while there is none. */
  lastId(): Promise<number>;
  /** Pending pushes that were committed after the one named, without those behind another to the same receiver. */
  arrivals(query: ArrivalQuery): Promise<Arrival[]>;
  /** Every receiver with pending pushes, or the one asked for where it has any. */
  agenda(query: AgendaQuery): Promise<OutboxAgenda[]>;
  /**
   * The pushes to one receiver that may be sent now, longest due first: pending, due, and without an earlier push of the
   * same call that is still pending; one to another receiver counts only while patience lasts.
   */
  ready(query: ReadyQuery): Promise<OutboxPush[]>;
  /**
   * Writes the attempts and the pushes' new states in one transaction. Repeating an attempt's outcome changes nothing.
   * Resolves with the pushes of the settled ones' calls that may be sent now.
   */
  record(outcomes: readonly AttemptOutcome[]): Promise<OutboxPush[]>;
}

/**
 * What shares a queue: the application and the URL without its query, in which customers name their own things. The text
 * itself stands for a URL that is none.
 */
export function receiverOf(appKey: string, url: string): string {
  const parsed = URL.parse(url);
  return `${appKey} ${parsed === null || parsed.origin === 'null' ? url : parsed.origin + parsed.pathname}`;
}
