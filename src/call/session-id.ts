import type { Random } from './ports.ts';
import { compactUtcTimestamp } from './timestamp.ts';

const THIRTY_TWO_BITS = 2 ** 32;

/**
 * Makes ids of the service's shape (spec 00 section 4): three numeric groups, a UTC time, `@`, our host name. The first
 * group is this process's own (1000-9999, drawn at start), the second counts, the third is random: no two are equal.
 */
export class SessionIds {
  readonly #random: Random;
  readonly #hostName: string;
  readonly #process: number;
  #count = 0;
  /** The second of the latest id, and how it is written. */
  #second = Number.NaN;
  #time = '';

  constructor(random: Random, hostName: string) {
    this.#random = random;
    this.#hostName = hostName;
    this.#process = 1_000 + random.integer(9_000);
  }

  next(now: number): { sessionId: string; icid: string } {
    this.#count += 1;
    const time = this.#timestamp(now);
    const nonce = this.#random.integer(THIRTY_TWO_BITS);
    return {
      sessionId: `${this.#process}_${this.#count}_${nonce}_${time}@${this.#hostName}`,
      icid: `OVC-${time}-${this.#process}-${this.#count}-${nonce}`,
    };
  }

  #timestamp(now: number): string {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) [this.#second, this.#time] = [second, compactUtcTimestamp(now)];
    return this.#time;
  }
}
