/** What is kept of times that are forgotten, before it is cut off. */
const SLACK = 1_024;

/** When something happened, as far back as it matters; ascending. Times are ms since the epoch. */
export class RecentTimes {
  #times: number[] = [];
  /** Index of the first that was not forgotten. */
  #first = 0;

  get count(): number {
    return this.#times.length - this.#first;
  }

  get latest(): number | undefined {
    return this.at(this.count - 1);
  }

  /** The `index`-th oldest, from 0 on. */
  at(index: number): number | undefined {
    return index < 0 ? undefined : this.#times[this.#first + index];
  }

  /** Cheap for the latest. */
  add(time: number): void {
    let index = this.#times.length;
    while (index > this.#first && (this.#times[index - 1] ?? 0) > time) index -= 1;
    if (index === this.#times.length) this.#times.push(time);
    else this.#times.splice(index, 0, time);
  }

  /** Takes one of this time back, where there is one. */
  remove(time: number): void {
    const index = this.#times.lastIndexOf(time);
    if (index >= this.#first) this.#times.splice(index, 1);
  }

  /** How many are after this time. */
  countAfter(time: number): number {
    return this.#times.length - this.#indexAfter(time);
  }

  /** Forgets those at this time and before. */
  forget(time: number): void {
    this.#first = this.#indexAfter(time);
    if (this.#first < SLACK || this.#first < this.#times.length / 2) return;
    this.#times = this.#times.slice(this.#first);
    this.#first = 0;
  }

  /** Index of the first after this time. */
  #indexAfter(time: number): number {
    let [low, high] = [this.#first, this.#times.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] ?? 0) > time) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
