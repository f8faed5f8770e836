import { urgencies } from './urgency.ts';

/** ms. */
const SECOND = 1_000;
const MINUTE = 60_000;

/** What is kept of `times` beyond what is needed, before it is cut off. */
const SLACK = 1_024;

/** Amounts that hold calls back for a while. */
export interface Pace {
  readonly callsPerSecond?: number;
  readonly callsPerMinute?: number;
}

/** Counts the calls of one subject of a rule. Exact: it remembers when each call of the last minute was let go. */
export class CallCounter {
  /** Ascending, of the last minute. */
  #times: number[] = [];
  /** Index of the first that counts. */
  #first = 0;
  #day = 0;
  #today = 0;
  running = 0;
  ports = 0;
  /** Calls that wait because of it, by urgency. */
  readonly #waiting = urgencies.map(() => 0);

  get waiting(): number {
    return this.#waiting.reduce((sum, calls) => sum + calls, 0);
  }

  /** Calls that go before one that comes now. */
  waitingBefore(urgency: number): number {
    return this.#waiting.slice(0, urgency + 1).reduce((sum, calls) => sum + calls, 0);
  }

  /** `calls` more wait, or fewer. */
  wait(urgency: number, calls: number): void {
    this.#waiting[urgency] = (this.#waiting[urgency] ?? 0) + calls;
  }

  /** A call was let go. */
  letGo(at: number): void {
    let index = this.#times.length;
    while (index > this.#first && (this.#times[index - 1] ?? 0) > at) index -= 1;
    this.#times.splice(index, 0, at);
    this.#forget((this.#times.at(-1) ?? at) - MINUTE);
  }

  takeBack(at: number): void {
    const index = this.#times.lastIndexOf(at);
    if (index >= this.#first) this.#times.splice(index, 1);
  }

  /** A call was accepted on the day that began at `day`; one of an earlier day counts no more. */
  accept(day: number): void {
    if (day > this.#day) [this.#day, this.#today] = [day, 0];
    if (day === this.#day) this.#today += 1;
  }

  unaccept(day: number): void {
    if (day === this.#day) this.#today -= 1;
  }

  /** Days begin at another time from now on. */
  forgetDay(): void {
    [this.#day, this.#today] = [0, 0];
  }

  acceptedOn(day: number): number {
    return day === this.#day ? this.#today : 0;
  }

  /** Calls let go after this moment; exact for the last minute. */
  letGoSince(at: number): number {
    let index = this.#times.length;
    while (index > this.#first && (this.#times[index - 1] ?? 0) > at) index -= 1;
    return this.#times.length - index;
  }

  /** When the next call may be let go, or with `ahead` others before it the one after these. */
  slot(pace: Pace, now: number, ahead = 0): number {
    return Math.max(
      this.#slot(pace.callsPerSecond, SECOND, now, ahead),
      this.#slot(pace.callsPerMinute, MINUTE, now, ahead),
    );
  }

  /** Whether nothing is lost when it is forgotten. */
  isIdle(now: number, day: number): boolean {
    this.#forget(now - MINUTE);
    const counted = this.#times.length - this.#first + this.acceptedOn(day);
    return counted === 0 && this.running === 0 && this.waiting === 0;
  }

  /**
   * Any window holds `limit` calls at most: a call is let go when the one that is `limit` before it has left the window. That one
   * may be still to come, too: then as many whole windows later.
   */
  #slot(limit: number | undefined, window: number, now: number, ahead: number): number {
    if (limit === undefined) return now;
    if (limit === 0) return Infinity;
    const before = this.#times.length - limit + ahead;
    const rounds = Math.max(0, Math.ceil((before - this.#times.length + 1) / limit));
    const index = before - rounds * limit;
    const time = index < this.#first ? undefined : this.#times[index];
    return Math.max(now, time === undefined ? now : time + window) + rounds * window;
  }

  #forget(until: number): void {
    while (this.#first < this.#times.length && (this.#times[this.#first] ?? 0) <= until) this.#first += 1;
    if (this.#first < SLACK && this.#first < this.#times.length) return;
    this.#times = this.#times.slice(this.#first);
    this.#first = 0;
  }
}
