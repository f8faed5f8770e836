/** Comma-separated values (RFC 4180), safe to be opened by a spreadsheet. */

export type Cell = string | number | boolean | undefined;

/**
 * One line with its end. A text that a spreadsheet would take for a formula begins with an apostrophe; a number with its
 * sign is none (https://owasp.org/www-community/attacks/CSV_Injection).
 */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

function cellOf(cell: Cell): string {
  if (cell === undefined) return '';
  const text = String(cell);
  const formula = /^[=+\-@\t\r\n]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text);
  const safe = formula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
