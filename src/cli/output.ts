/** What a command prints: results on standard output, everything else on standard error. */

/** Prints one line of a result. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Tells people something that is not the result. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Prints the one JSON document of `--json`, or what people read instead. */
export function result(json: boolean | undefined, document: unknown, lines: () => readonly string[]): void {
  if (json) print(JSON.stringify(document));
  else for (const line of lines()) print(line);
}

/** Lays out rows in columns as wide as their longest cell, under a head in capitals. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head.map((title) => title.toUpperCase()), ...rows];
  const widths = head.map((_title, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Lays out names and values; absent values are left out. */
export function facts(
  entries: readonly (readonly [name: string, value: string | number | boolean | undefined])[],
): string[] {
  const shown = entries.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${String(value)}`);
}
