/** Tables for spreadsheets (RFC 4180). */

/** What a spreadsheet would take for a formula begins with an apostrophe. */
function cell(value: string | number): string {
  const text = String(value);
  const harmless = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export const csvOf = (lines: readonly (readonly (string | number)[])[]): Blob =>
  // Spreadsheets take a file without the mark for one of an older encoding, which has no Chinese.
  new Blob(['\uFEFF', ...lines.map((line) => `${line.map(cell).join(',')}\r\n`)], { type: 'text/csv' });
