/** How late this machine is at times: the longest that a timer of ours came late, ms. */
export class Lateness {
  worst = 0;
  #last = performance.now();
  readonly #timer = setInterval(() => {
    const now = performance.now();
    this.worst = Math.max(this.worst, now - this.#last - 20);
    this.#last = now;
  }, 20);

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
