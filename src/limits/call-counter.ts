import { RecentTimes } from './recent-times.ts';
import { urgencies } from './urgency.ts';

/** ms. */
const SECOND = 1_000;
const MINUTE = 60_000;

/** Amounts that hold calls back for a while. */
export interface Pace {
  readonly callsPerSecond?: number;
  readonly callsPerMinute?: number;
}

/** Counts the calls of one subject of a rule. Exact: it remembers when each call of the last minute was let go. */
export class CallCounter {
  /** When calls of the last minute were let go. */
  readonly #times = new RecentTimes();
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
    this.#times.add(at);
    this.#times.forget((this.#times.latest ?? at) - MINUTE);
  }

  takeBack(at: number): void {
    this.#times.remove(at);
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
    return this.#times.countAfter(at);
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
    this.#times.forget(now - MINUTE);
    const counted = this.#times.count + this.acceptedOn(day);
    return counted === 0 && this.running === 0 && this.waiting === 0;
  }

  /**
   * Any window holds `limit` calls at most: a call is let go when the one that is `limit` before it has left the window. That one
   * may be still to come, too: then as many whole windows later.
   */
  #slot(limit: number | undefined, window: number, now: number, ahead: number): number {
    if (limit === undefined) return now;
    if (limit === 0) return Infinity;
    const before = this.#times.count - limit + ahead;
    const rounds = Math.max(0, Math.ceil((before - this.#times.count + 1) / limit));
    const time = this.#times.at(before - rounds * limit);
    return Math.max(now, time === undefined ? now : time + window) + rounds * window;
  }
}
