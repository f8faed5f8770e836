/** Days as `2026-05-01`, of the browser's time zone. */

export const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const DAY = 86_400_000;

const dayOf = (date: Date): string =>
  `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;

export const today = (): string => dayOf(new Date());

const shifted = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);

export const dayBefore = (day: string, days: number): string => shifted(day, -days);

export const dayAfter = (day: string): string => shifted(day, 1);

/** Both included, in order. */
export function daysBetween(from: string, to: string): string[] {
  const count = Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1;
  return Array.from({ length: count }, (_, index) => shifted(from, index));
}

/** Its first moment here. */
export const startOfDay = (day: string): Date => new Date(`${day}T00:00:00`);
