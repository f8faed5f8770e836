/**
 * `Idempotency-Key`: a customer who got no answer repeats the request under the same key, and gets the answer of the first
 * one instead of a second call. (The header is that of draft-ietf-httpapi-idempotency-key-header.)
 */
import { createHash } from 'node:crypto';
import { invalidRequest, requestInProgress, requestKeyReused } from '../../call/catalogue/result-codes.ts';
import {
  type KeyedPlacement,
  type KeyedRequest,
  REQUEST_KEY_LIFETIME,
  type RequestKeys,
} from '../../call/request-key.ts';
import { Refused } from './refused.ts';

const HEADER = 'Idempotency-Key';

/**
 * The request by its key; undefined when it has none.
 * @param asked everything that makes it this request and no other
 * @throws {Refused} 1010002 when the key is not 1-255 visible ASCII characters
 */
export function keyedRequest(
  header: string | string[] | undefined,
  asked: readonly (string | Uint8Array)[],
): KeyedRequest | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^[!-~]{1,255}$/.test(header)) throw new Refused(invalidRequest(HEADER));
  const digest = createHash('sha256');
  for (const part of asked) digest.update(part).update('\n');
  return { key: header, digest: digest.digest('base64') };
}

/** Lets each keyed request of an app place one call. */
export class RequestsOnce {
  readonly #keys: RequestKeys;
  readonly #now: () => number;
  readonly #lifetime: number;
  readonly #refusalsSettled: () => Promise<void>;
  /** The digests of requests that are being served, by app and key. */
  readonly #inProgress = new Map<string, string>();

  constructor(options: {
    readonly keys: RequestKeys;
    readonly now: () => number;
    /** How long a key stands for its request, ms. */
    readonly lifetime?: number;
    /** Resolves when no key stands any more for a request that was refused. */
    readonly refusalsSettled: () => Promise<void>;
  }) {
    this.#keys = options.keys;
    this.#now = options.now;
    this.#lifetime = options.lifetime ?? REQUEST_KEY_LIFETIME;
    this.#refusalsSettled = options.refusalsSettled;
  }

  /**
   * What was answered before, or else what `place` gives. A refusal placed nothing, and is not kept.
   * @throws {Refused} when the key stands for another request, or for one that is not answered yet
   */
  async run<Placed>(
    appKey: string,
    { key, digest }: KeyedRequest,
    place: () => Promise<Placed>,
  ): Promise<Placed | KeyedPlacement> {
    const name = `${appKey} ${key}`;
    const running = this.#inProgress.get(name);
    if (running !== undefined) throw new Refused(running === digest ? requestInProgress : requestKeyReused);
    this.#inProgress.set(name, digest);
    try {
      const earlier = await this.#earlier(appKey, key);
      if (earlier === undefined) return await place();
      if (earlier.digest !== digest) throw new Refused(requestKeyReused);
      return earlier;
    } finally {
      this.#inProgress.delete(name);
    }
  }

  async #earlier(appKey: string, key: string): Promise<KeyedPlacement | undefined> {
    await this.#refusalsSettled();
    const earlier = await this.#keys.find(appKey, key);
    const endOfLife = this.#now() - this.#lifetime;
    if (earlier === undefined || earlier.placedAt > endOfLife) return earlier;
    // The key is free again.
    await this.#keys.removeUntil(endOfLife);
    return undefined;
  }
}
