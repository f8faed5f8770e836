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
  /** JSON: for `status` the text to be sent, for `fee` one element of `feeLst`. */
  readonly body: string;
  /** Attempts already made. */
  readonly attempts: number;
  /** When it became due, ms since the epoch. */
  readonly dueAt: number;
}

/** The moment a question is asked, in ms since the epoch. */
export interface OutboxMoment {
  readonly now: number;
  /** A push that has been due since this time or longer no longer waits for pushes to other receivers. */
  readonly patienceEndedAt: number;
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
  readonly next: NextStep;
}

export type NextStep =
  | { readonly state: 'delivered' | 'failed' | 'dead' }
  | { readonly state: 'pending'; readonly nextAttemptAt: number };

export interface Outbox {
  agenda(moment: OutboxMoment): Promise<OutboxAgenda[]>;
  /**
   * The pushes to one receiver that may be sent now, longest due first: pending, due, and without an earlier push of the
   * same call that is still pending; one to another receiver counts only while patience lasts.
   */
  ready(query: ReadyQuery): Promise<OutboxPush[]>;
  /** Writes the attempts and the pushes' new states in one transaction. Repeating an attempt's outcome changes nothing. */
  record(outcomes: readonly AttemptOutcome[]): Promise<void>;
}

/** The receiver of a URL: its origin (scheme, host, port), or the text itself where it is no URL. */
export function receiverOf(url: string): string {
  return URL.parse(url)?.origin ?? url;
}
