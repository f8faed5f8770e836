import type { CompiledQuery, Transaction } from 'kysely';
import { inPieces } from './pieces.ts';
import type { Schema } from './schema.ts';

type Value = string | number | null;

/** Column by column, always in the same order. */
export type BulkRow = Readonly<Record<string, Value>>;

/**
 * A statement over many rows, compiled once for each number of rows: to build a statement of this size costs more than to
 * run it.
 */
export class BulkStatement<Row extends BulkRow> {
  readonly #build: (transaction: Transaction<Schema>, rows: readonly Row[]) => CompiledQuery;
  /** By the number of rows. */
  readonly #compiled = new Map<number, CompiledQuery>();

  /** `build` gives a statement whose parameters are the rows' values, all of the first row, then all of the second ... */
  constructor(build: (transaction: Transaction<Schema>, rows: readonly Row[]) => CompiledQuery) {
    this.#build = build;
  }

  /** @returns what the statements returned, and how many rows they wrote */
  async execute(
    transaction: Transaction<Schema>,
    rows: readonly Row[],
  ): Promise<{ readonly returned: unknown[]; readonly written: number }> {
    const returned: unknown[] = [];
    let written = 0;
    for (const some of inPieces(rows)) {
      const parameters = some.flatMap((row) => Object.values(row));
      const result = await transaction.executeQuery({ ...this.#statement(transaction, some), parameters });
      for (const row of result.rows) returned.push(row);
      written += Number(result.numAffectedRows ?? 0n);
    }
    return { returned, written };
  }

  #statement(transaction: Transaction<Schema>, rows: readonly Row[]): CompiledQuery {
    const known = this.#compiled.get(rows.length);
    if (known !== undefined) return known;
    const compiled = this.#build(transaction, rows);
    const values = rows.reduce((sum, row) => sum + Object.keys(row).length, 0);
    if (compiled.parameters.length !== values)
      throw new Error('The parameters are not the values of the rows.');
    this.#compiled.set(rows.length, compiled);
    return compiled;
  }
}
