/** Steps that run one after another, so that each sees what the one before it left. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `step` after those before it, whether they succeeded or not. */
  take<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
