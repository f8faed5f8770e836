import { createHmac, timingSafeEqual } from 'node:crypto';

/** Addresses of recordings that anybody may fetch who has them, until they expire. */
export class RecordingLinks {
  readonly #key: Uint8Array;

  /** @param key secret, 32 octets */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** @param expiresAt ms. @returns path and query */
  pathOf(objectName: string, expiresAt: number): string {
    const expires = String(Math.floor(expiresAt / 1_000));
    const query = new URLSearchParams({ expires, signature: this.#signature(objectName, expires) });
    return `/recordings/${encodeURIComponent(objectName)}?${query}`;
  }

  /** Whether `pathOf` gave this out and it has not expired at `now`. */
  isValid(link: { objectName: string; expires: string; signature: string }, now: number): boolean {
    const [given, expected] = [
      Buffer.from(link.signature),
      Buffer.from(this.#signature(link.objectName, link.expires)),
    ];
    const genuine = given.length === expected.length && timingSafeEqual(given, expected);
    return genuine && now < Number(link.expires) * 1_000;
  }

  #signature(objectName: string, expires: string): string {
    return createHmac('sha256', this.#key).update(`${objectName}\n${expires}`).digest('base64url');
  }
}
