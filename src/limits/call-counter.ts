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

/** Calls that wait, and what they count for: those of a trunk for each leg that it carries. */
export interface Ahead {
  readonly calls: number;
  readonly legs: number;
}

const together = (one: Ahead, other: Ahead): Ahead => ({
  calls: one.calls + other.calls,
  legs: one.legs + other.legs,
});

/** Counts the calls of one subject of a rule. Exact: it remembers when each call of the last minute was let go. */
export class CallCounter {
  /** When calls of the last minute were let go. */
  readonly #times = new RecentTimes();
  #day = 0;
  #today = 0;
  running = 0;
  ports = 0;
  /** Calls that wait because of it, and what they count for, by urgency. */
  readonly #waiting = urgencies.map(() => ({ calls: 0, legs: 0 }));

  get waiting(): number {
    return this.#waiting.reduce((sum, { calls }) => sum + calls, 0);
  }

  /** Calls that go before one that comes now. */
  waitingBefore(urgency: number): Ahead {
    return this.#waiting.slice(0, urgency + 1).reduce(together, { calls: 0, legs: 0 });
  }

  /** One more call waits, or one less. */
  wait(urgency: number, calls: 1 | -1, legs = 1): void {
    const waiting = this.#waiting[urgency];
    if (waiting === undefined) return;
    waiting.calls += calls;
    waiting.legs += calls * legs;
  }

  /**
   * A call was let go. Of several legs the first leaves now, the others when the pace of a second lets them.
   * @returns when each counts
   */
  letGo(at: number, legs = 1, callsPerSecond?: number): number[] {
    this.#times.forget(at - MINUTE);
    this.#times.add(at);
    const times = [at];
    while (times.length < legs) {
      const slot = this.slot({ callsPerSecond }, at);
      // Counted from before the pace was nothing.
      const time = slot === Infinity ? at : slot;
      this.#times.add(time);
      times.push(time);
    }
    return times;
  }

  takeBack(at: number): void {
    this.#times.remove(at);
  }

  /** A call was accepted on the day that began at `day`; one of an earlier day counts no more. */
  accept(day: number, legs = 1): void {
    if (day > this.#day) [this.#day, this.#today] = [day, 0];
    if (day === this.#day) this.#today += legs;
  }

  unaccept(day: number, legs = 1): void {
    if (day === this.#day) this.#today -= legs;
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

  /**
   * When the next call may be let go, or with `ahead` others before it the one after these. Of several legs the first within
   * its second, where the others follow at the pace; all of them within their minute.
   */
  slot(pace: Pace, now: number, ahead = 0, legs = 1): number {
    const { callsPerSecond, callsPerMinute = Infinity } = pace;
    if (legs > callsPerMinute) return Infinity;
    return Math.max(
      this.#slot(callsPerSecond, SECOND, now, ahead),
      this.#slot(pace.callsPerMinute, MINUTE, now, ahead + legs - 1),
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
