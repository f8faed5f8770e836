/** What a minute to a number costs, by the longest prefix that is set. */

/** A price is kept as a whole number of these parts, so that sums are exact. */
export const PARTS = 10_000;

export interface Price {
  /** A plus sign and 1-15 digits. */
  readonly prefix: string;
  /** Of a minute begun, in whatever currency the budgets are; four decimals at most. */
  readonly perMinute: number;
}

export class Prices {
  /** Parts a minute, by prefix. */
  readonly #byPrefix = new Map<string, number>();

  get all(): Price[] {
    return [...this.#byPrefix].map(([prefix, parts]) => ({ prefix, perMinute: parts / PARTS }));
  }

  put({ prefix, perMinute }: Price): void {
    this.#byPrefix.set(prefix, Math.round(perMinute * PARTS));
  }

  remove(prefix: string): void {
    this.#byPrefix.delete(prefix);
  }

  /** Parts; nothing where no prefix fits. */
  perMinute(number: string): number {
    if (this.#byPrefix.size === 0) return 0;
    for (let length = number.length; length > 1; length--) {
      const parts = this.#byPrefix.get(number.slice(0, length));
      if (parts !== undefined) return parts;
    }
    return 0;
  }
}
