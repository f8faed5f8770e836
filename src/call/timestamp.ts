/** `yyyy-MM-dd HH:mm:ss` in UTC, the form of every time in a push (spec 07, 08). */
export function utcTimestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
}

/** `yyyyMMddHHmmss` in UTC, the form inside a sessionId (spec 00 section 4). */
export function compactUtcTimestamp(milliseconds: number): string {
  return utcTimestamp(milliseconds).replace(/[- :]/g, '');
}
