import { randomFillSync } from 'node:crypto';
import type { RandomSource } from '../sip/random.ts';

const poolSize = 8_192;

/**
 * Unpredictable bytes for tags, branches and Call-IDs. The operating system is asked for many at a time: a call needs
 * some ten tokens, and asking for each cost a tenth of its signalling.
 */
export class RandomPool implements RandomSource {
  readonly #pool = Buffer.alloc(poolSize);
  #used = poolSize;

  /** @param count at most 8,192 */
  bytes(count: number): Uint8Array {
    if (this.#used + count > poolSize) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    this.#used += count;
    // A copy, since the pool is filled again while the receiver may still hold it.
    return Uint8Array.prototype.slice.call(this.#pool, this.#used - count, this.#used);
  }
}
