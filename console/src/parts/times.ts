/** Times in one form, whatever the language: `2026-05-01 14:03:09 GMT+8`, in the browser's zone as it was at that time. */
const format = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
  timeZoneName: 'shortOffset',
});

type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fractionalSecond' | 'timeZoneName';

function partsOf(at: string): Record<Part, string> {
  const parts = format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]);
  return Object.fromEntries(parts) as Record<Part, string>;
}

/** @param at as in ISO 8601. In a narrow place it breaks between the day and the time. */
export function dateAndTime(at: string): string {
  const { year, month, day, hour, minute, second, timeZoneName } = partsOf(at);
  return `${year}-${month}-${day} ${hour}:${minute}:${second}\u00a0${timeZoneName}`;
}

/** To the millisecond, `14:03:09.250`: where `dayAndZone` stands above it. */
export function clockTime(at: string): string {
  const { hour, minute, second, fractionalSecond } = partsOf(at);
  return `${hour}:${minute}:${second}.${fractionalSecond}`;
}

/** `2026-05-01 GMT+8`. */
export function dayAndZone(at: string): string {
  const { year, month, day, timeZoneName } = partsOf(at);
  return `${year}-${month}-${day}\u00a0${timeZoneName}`;
}

/** `1:05`, of ms. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
