/** A customer's own name for a request (`Idempotency-Key`): however often it is sent, one call is placed. */
import type { CallRecord } from './call-record.ts';

export interface KeyedRequest {
  readonly key: string;
  /** Of everything that was asked, so that the same key on another request is noticed. */
  readonly digest: string;
}

/** One whose answer may tell how many voice ports are idle. */
export interface CountingRequest extends KeyedRequest {
  readonly tellsIdlePort: boolean;
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

/** What is kept of a request that placed this call. */
export function placementOf(
  { tellsIdlePort, key, digest }: CountingRequest,
  { sessionId, acceptedAt, owner: { appKey } }: CallRecord,
  idlePort: number,
): KeyedPlacement {
  const told = tellsIdlePort ? { idlePort } : {};
  return { appKey, key, digest, sessionId, placedAt: acceptedAt, ...told };
}

/** How long a key stands for its request where nothing else is set, ms. */
export const REQUEST_KEY_LIFETIME = 24 * 3_600_000;

/** The keyed requests that placed calls; `CallStore.create` writes them. */
export interface RequestKeys {
  find(appKey: string, key: string): Promise<KeyedPlacement | undefined>;
  /** Forgets those placed at this time or before. */
  removeUntil(placedAt: number): Promise<void>;
}
