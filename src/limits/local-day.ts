/** Days and times of day as the clocks of a time zone show them. */

const DAY = 86_400_000;

/** Whether `name` is a time zone of the IANA database, such as `Asia/Shanghai`. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The days of one time zone. Times are ms since the epoch. */
export class LocalDay {
  readonly #format: Intl.DateTimeFormat;
  #start = 0;
  #end = 0;

  /** @throws {RangeError} when there is no such zone */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** When the day of this moment began. */
  startOf(at: number): number {
    if (at < this.#start || at >= this.#end) {
      const start = this.#startOf(at);
      // A day has 23 to 25 hours: half a day after its longest end it is the next one.
      [this.#start, this.#end] = [start, this.#startOf(start + 1.5 * DAY)];
    }
    return this.#start;
  }

  /** Minutes since midnight, as the clock shows them. */
  minuteOf(at: number): number {
    return Math.floor(((((at + this.#offset(at)) % DAY) + DAY) % DAY) / 60_000);
  }

  #startOf(at: number): number {
    const local = at + this.#offset(at);
    const midnight = local - (((local % DAY) + DAY) % DAY);
    // The offset of midnight itself: the clocks may have been changed since.
    return midnight - this.#offset(midnight - this.#offset(at));
  }

  /** How far its clocks are ahead of UTC, ms. */
  #offset(at: number): number {
    const parts = new Map(this.#format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
    return shown - Math.floor(at / 1_000) * 1_000;
  }
}
