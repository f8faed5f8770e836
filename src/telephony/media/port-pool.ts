/**
 * Which pairs of ports are free: an even one for RTP and the odd one above it for RTCP (RFC 3550 11). A pair that was
 * used rests before it is used again, so that packets still under way do not reach another call.
 */

export class PortPool {
  readonly #free: number[] = [];
  readonly #resting: { readonly port: number; readonly until: number }[] = [];
  readonly #coolDown: number;
  readonly size: number;

  /**
   * @param first, last the range, both included; an odd first or even last port is not used
   * @param coolDown milliseconds that a pair rests
   * @throws RangeError when the range holds no pair
   */
  constructor(first: number, last: number, coolDown: number) {
    for (let port = evenAtOrAbove(first); port + 1 <= last; port += 2) this.#free.push(port);
    this.#coolDown = coolDown;
    this.size = this.#free.length;
    if (this.size === 0)
      throw new RangeError(`ports ${first}-${last} hold no even port with the odd one above it`);
  }

  /** The even port of the pair that was unused the longest; undefined when none is free. */
  take(now: number): number | undefined {
    this.#wakeRested(now);
    return this.#free.shift();
  }

  /** The pair rests from now on: it was used, or another program holds it. */
  release(port: number, now: number): void {
    this.#resting.push({ port, until: now + this.#coolDown });
  }

  /** Pairs that `take` could give now. */
  available(now: number): number {
    this.#wakeRested(now);
    return this.#free.length;
  }

  #wakeRested(now: number): void {
    // The list is in order of time: all rest equally long.
    while (this.#resting.length > 0 && this.#resting[0]!.until <= now)
      this.#free.push(this.#resting.shift()!.port);
  }
}

/**
 * Cuts a range into `parts` of as many pairs as possible each, so that threads need not ask each other. Fewer parts when
 * there are fewer pairs.
 *
 * @throws RangeError when the range is none or holds no pair
 */
export function splitPorts(first: number, last: number, parts: number): { first: number; last: number }[] {
  const start = evenAtOrAbove(first);
  const pairs = Math.floor((last - start + 1) / 2);
  if (!(first >= 1 && last <= 65535 && pairs >= 1)) {
    throw new RangeError(
      `the media port range ${first}-${last} must lie in 1-65535 and hold an even port and the odd one above it`,
    );
  }
  const count = Math.min(parts, pairs);
  return Array.from({ length: count }, (_, index) => ({
    first: start + 2 * Math.floor((index * pairs) / count),
    last: start + 2 * Math.floor(((index + 1) * pairs) / count) - 1,
  }));
}

function evenAtOrAbove(port: number): number {
  return port + (port % 2);
}
