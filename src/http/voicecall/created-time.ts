const BEIJING = 8 * 3_600_000;

/** Whether it is written as it should be. */
export const isTime = (created: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(created);

/**
 * Whether `created` lies within `window` ms of `now`. The pages disagree on its time zone (spec 01): UTC in some, UTC+8
 * with the same `Z` in others, and official samples send both; so either reading may hold.
 */
export function isCurrent(created: string, now: number, window: number): boolean {
  if (!isTime(created)) return false;
  const utc = Date.parse(created);
  return [utc, utc - BEIJING].some((time) => Math.abs(time - now) <= window);
}
