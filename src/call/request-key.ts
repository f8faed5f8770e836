/** A customer's own name for a request (`Idempotency-Key`): however often it is sent, one call is placed. */

export interface KeyedRequest {
  readonly key: string;
  /** Of everything that was asked, so that the same key on another request is noticed. */
  readonly digest: string;
}

/** A keyed request and what it was answered. */
export interface KeyedPlacement extends KeyedRequest {
  readonly appKey: string;
  readonly sessionId: string;
  /** Where the answer told it. */
  readonly idlePort?: number;
  /** ms since the epoch. */
  readonly placedAt: number;
}

/** How long a key stands for its request where nothing else is set, ms. */
export const REQUEST_KEY_LIFETIME = 24 * 3_600_000;

/** The keyed requests that placed calls; `CallStore.create` writes them. */
export interface RequestKeys {
  find(appKey: string, key: string): Promise<KeyedPlacement | undefined>;
  /** Forgets those placed at this time or before. */
  removeUntil(placedAt: number): Promise<void>;
}
