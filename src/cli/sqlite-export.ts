import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

export type ExportKind = 'records' | 'events';

type Value = string | number | null;

/** Rows of one transaction. */
const ROWS = 5_000;

/** A SQLite file with one table, named after what is exported; its columns are the members that were seen. */
export class SqliteExport {
  readonly #database: DatabaseSync;
  readonly #kind: ExportKind;
  readonly #columns = new Set<string>();
  readonly #statements = new Map<string, StatementSync>();
  #rows = 0;

  /** @param path of a file that is not there */
  constructor(path: string, kind: ExportKind) {
    // It holds phone numbers.
    closeSync(openSync(path, 'wx', 0o600));
    this.#database = new DatabaseSync(path);
    this.#kind = kind;
    // Nobody else reads it before it is complete.
    this.#database.exec('pragma journal_mode = off; pragma synchronous = off; begin');
    this.#database.exec(`create table ${kind} (sessionId text)`);
    this.#columns.add('sessionId');
  }

  /** Members of members are columns too; those of the same name are the same. */
  add(document: Readonly<Record<string, unknown>>): void {
    const row = Object.fromEntries(flat(document));
    const names = Object.keys(row);
    for (const name of names) this.#ensureColumn(name);
    const key = names.join(' ');
    const statement = this.#statements.get(key) ?? this.#prepare(names);
    this.#statements.set(key, statement);
    statement.run(...Object.values(row));
    this.#rows += 1;
    if (this.#rows % ROWS === 0) this.#database.exec('commit; begin');
  }

  finish(): void {
    this.#database.exec(`create index ${this.#kind}_by_session on ${this.#kind} (sessionId); commit`);
  }

  #prepare(names: readonly string[]): StatementSync {
    const columns = names.map(quoted).join(', ');
    const places = names.map(() => '?').join(', ');
    return this.#database.prepare(`insert into ${this.#kind} (${columns}) values (${places})`);
  }

  #ensureColumn(name: string): void {
    if (this.#columns.has(name)) return;
    // Without a type: each value keeps its own.
    this.#database.exec(`alter table ${this.#kind} add column ${quoted(name)}`);
    this.#columns.add(name);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function* flat(document: object): Generator<[string, Value]> {
  for (const [name, value] of Object.entries(document) as [string, unknown][]) {
    if (typeof value === 'string' || typeof value === 'number') yield [name, value];
    else if (typeof value === 'boolean') yield [name, Number(value)];
    else if (typeof value === 'object' && value !== null) yield* flat(value);
  }
}
