/** Who may speak now: so many at once, the others in turn. */
export class Places {
  #free: number;
  /** In the order in which they get a place. */
  readonly #waiting: (() => void)[] = [];

  /** @param count 1 or more */
  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Waits for a place.
   *
   * @param ahead before those who wait already
   * @returns gives the place back; to be called once
   * @throws the signal's reason
   */
  async take(signal: AbortSignal, ahead = false): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal, ahead);
    return () => this.#giveBack();
  }

  #turn(signal: AbortSignal, ahead: boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      this.#waiting.splice(this.#waiting.indexOf(begin), 1);
      reject(signal.reason as Error);
    };
    const begin = (): void => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    signal.addEventListener('abort', leave, { once: true });
    if (ahead) this.#waiting.unshift(begin);
    else this.#waiting.push(begin);
    return promise;
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
