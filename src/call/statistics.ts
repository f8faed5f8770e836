/** Volume, duration, connection rate and causes of ended calls; counted by the store, grouped here. */

export interface CountQuery {
  readonly spId?: string;
  readonly appKey?: string;
  /** Display number. */
  readonly number?: string;
  /** ms since the epoch, of the ends of calls: from, and before. */
  readonly from: number;
  readonly until: number;
}

/** Calls that are alike in account, application, display number and release cause. */
export interface CallCount {
  readonly spId: string;
  readonly appKey: string;
  readonly number: string;
  readonly releaseCause: number;
  readonly calls: number;
  /** Those in which everybody answered. */
  readonly connected: number;
  /** From the last answer to the end, all of them together, ms. */
  readonly talk: number;
}

export interface CallCounts {
  count(query: CountQuery): Promise<readonly CallCount[]>;
}

export type StatisticsGroup = 'day' | 'app' | 'number';

export interface StatisticsQuery extends Omit<CountQuery, 'from' | 'until'> {
  /** `2026-01-31`, both included. */
  readonly from: string;
  readonly to: string;
  /** IANA name, such as Asia/Shanghai. */
  readonly timeZone: string;
  readonly by: readonly StatisticsGroup[];
}

/** One group; the members that it is not grouped by are absent. */
export interface StatisticsRow {
  readonly spId: string;
  readonly day?: string;
  readonly appKey?: string;
  readonly number?: string;
  readonly calls: number;
  readonly connected: number;
  readonly talk: number;
  /** Calls by release cause. */
  readonly causes: Readonly<Record<number, number>>;
}

/** Whether days can be told in it. */
export function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The days from `from` to `to`, both included. */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}

/** What clocks of a time zone show, as if it were UTC, ms. */
function wallClock(format: Intl.DateTimeFormat, at: number): number {
  const shown = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = shown;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * When a day begins in a time zone, ms since the epoch: the first moment whose clocks show it. Where they leap over
 * midnight that is later than midnight.
 */
export function startOfDay(day: string, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const midnight = Date.parse(day);
  // No zone is further from UTC than 14 h. Clocks of zones differ from it by whole seconds.
  let [before, begun] = [midnight - 15 * HOUR, midnight + 15 * HOUR];
  while (begun - before > 1_000) {
    const middle = Math.floor((before + begun) / 2_000) * 1_000;
    if (wallClock(format, middle) >= midnight) begun = middle;
    else before = middle;
  }
  return begun;
}

/** The statistics of a period, sorted by account, day, application and number. */
export async function statistics(
  { from, to, timeZone, by, ...wanted }: StatisticsQuery,
  counts: CallCounts,
): Promise<StatisticsRow[]> {
  const groups = new Map<string, StatisticsRow & { causes: Record<number, number> }>();
  const days = daysBetween(from, to);
  const last = days.at(-1);
  if (last === undefined) return [];
  const periods = by.includes('day') ? days.map((day) => [day, day] as const) : [[from, last] as const];
  for (const [first, final] of periods) {
    const next = new Date(Date.parse(final) + DAY).toISOString().slice(0, 10);
    const [begin, end] = [startOfDay(first, timeZone), startOfDay(next, timeZone)];
    const counted = begin < end ? await counts.count({ ...wanted, from: begin, until: end }) : [];
    for (const { spId, appKey, number, releaseCause, calls, connected, talk } of counted) {
      const group = {
        spId,
        day: by.includes('day') ? first : undefined,
        appKey: by.includes('app') ? appKey : undefined,
        number: by.includes('number') ? number : undefined,
      };
      const name = JSON.stringify(group);
      const known = groups.get(name) ?? { ...group, calls: 0, connected: 0, talk: 0, causes: {} };
      known.causes[releaseCause] = (known.causes[releaseCause] ?? 0) + calls;
      groups.set(name, {
        ...known,
        calls: known.calls + calls,
        connected: known.connected + connected,
        talk: known.talk + talk,
      });
    }
  }
  const order = ({ spId, day = '', appKey = '', number = '' }: StatisticsRow): string =>
    [spId, day, appKey, number].join('\n');
  return [...groups.values()].sort((one, other) => (order(one) < order(other) ? -1 : 1));
}
