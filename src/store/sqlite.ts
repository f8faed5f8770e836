/** Everything that is true of SQLite only: the adapter to node:sqlite, its settings, its errors, its column types. */
import { closeSync, fdatasync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { promisify } from 'node:util';
import {
  Kysely,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
  type DatabaseConnection,
  type SqliteDatabase,
  type SqliteStatement,
  type TransactionSettings,
} from 'kysely';
import type { DialectTraits } from './migration.ts';
import type { Schema } from './schema.ts';
import { kindOfStatement, type StoreObserver } from './store-observer.ts';
import { StoreUnavailableError } from '../call/store-unavailable-error.ts';

export interface SqliteOptions {
  /** A file; created, readable by its owner only, when it is missing. */
  readonly path: string;
  /**
   * Milliseconds to wait for another process's lock. The thread stands still meanwhile, and calls run on it, so it is
   * short; whoever asked tries again.
   */
  readonly busyTimeout?: number;
  readonly observer?: StoreObserver;
}

const BUSY_TIMEOUT = 25;

/**
 * Pages of 4 kB in the write-ahead log before they are copied into the database: that stands in a commit and waits for the
 * disk, and what is written often is copied once.
 */
const LOG_PAGES = 4_000;

/** kB of the database kept in memory. */
const CACHE = 32_768;

/** Statements kept prepared; the few whose text varies (lists of ids) push the oldest out. */
const PREPARED_STATEMENTS = 200;

/** https://sqlite.org/rescode.html: the environment failed, not the statement. */
const UNAVAILABLE = new Map([
  [5, 'it is locked by another program'],
  [6, 'it is locked by another program'],
  [7, 'memory is exhausted'],
  [8, 'it cannot be written'],
  [10, 'reading or writing the file failed'],
  [11, 'the file is damaged'],
  [13, 'the disk is full'],
  [14, 'the file cannot be opened'],
  [15, 'it is locked by another program'],
  [26, 'the file is not a database'],
]);

export function openSqlite(options: SqliteOptions): { database: Kysely<Schema>; traits: DialectTraits } {
  const connection = translatingErrors(() => connect(options));
  return {
    database: new Kysely<Schema>({
      dialect: {
        createDriver: () =>
          new ImmediateDriver(adapt(connection, options.observer), connection, `${options.path}-wal`),
        createAdapter: () => new SqliteAdapter(),
        createQueryCompiler: () => new SqliteQueryCompiler(),
        createIntrospector: (database) => new SqliteIntrospector(database),
      },
    }),
    traits: {
      identityColumn: (table, name) => table.addColumn(name, 'integer', (column) => column.primaryKey()),
      memberOf: (column, member) => sql`json_extract(${sql.ref(column)}, ${`$.${member}`})`,
    },
  };
}

function connect({ path, busyTimeout = BUSY_TIMEOUT }: SqliteOptions): DatabaseSync {
  // It holds secrets; the write-ahead log takes over the mode of this file.
  closeSync(openSync(path, 'a', 0o600));
  const connection = new DatabaseSync(path, { timeout: busyTimeout, enableForeignKeyConstraints: true });
  try {
    // With `normal` a commit is written, and not waited for until it is on the disk: ImmediateDriver waits for that.
    connection.exec('pragma journal_mode = wal; pragma synchronous = normal;');
    connection.exec(`pragma wal_autocheckpoint = ${LOG_PAGES}; pragma cache_size = -${CACHE};`);
    // What a statement of many rows keeps for its own undoing needs no file.
    connection.exec('pragma temp_store = memory;');
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Flushes what was written to a file, without keeping the thread. */
const flush = promisify(fdatasync);

class ImmediateDriver extends SqliteDriver {
  readonly #connection: DatabaseSync;
  readonly #log: string;
  #logFile: number | undefined;
  #isWriting = false;

  /** @param log the write-ahead log, which SQLite keeps as long as the connection is open */
  constructor(database: SqliteDatabase, connection: DatabaseSync, log: string) {
    super({ database });
    this.#connection = connection;
    this.#log = log;
  }

  /**
   * Takes the write lock at once, so that a locked database costs one wait and not one for each statement. Who only reads
   * needs none: every transaction sees what was committed when it began.
   */
  override async beginTransaction(_?: DatabaseConnection, settings?: TransactionSettings): Promise<void> {
    this.#isWriting = settings?.accessMode !== 'read only';
    const kind = this.#isWriting ? 'immediate' : 'deferred';
    translatingErrors(() => this.#connection.exec(`begin ${kind}`));
  }

  /**
   * A commit is durable when its part of the log is on the disk (https://sqlite.org/wal.html): the same as with
   * `synchronous = full`, but calls go on meanwhile. Nobody reads what is not durable: until this resolves, the one
   * connection is taken.
   */
  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await super.commitTransaction(connection);
    if (!this.#isWriting) return;
    try {
      this.#logFile ??= openSync(this.#log, 'r+');
      await flush(this.#logFile);
    } catch (error) {
      throw new StoreUnavailableError('The database cannot be used: its log cannot be flushed to the disk.', {
        cause: error,
        isInDoubt: true,
      });
    }
  }

  override async destroy(): Promise<void> {
    await super.destroy();
    if (this.#logFile !== undefined) closeSync(this.#logFile);
  }

  /** After some errors SQLite has already rolled back by itself (https://sqlite.org/lang_transaction.html). */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#connection.isTransaction) await super.rollbackTransaction(connection);
  }
}

/**
 * What kysely needs of a SQLite library, with the statements kept prepared. They are timed here: kysely's own log costs
 * several promises for each.
 */
function adapt(connection: DatabaseSync, observer: StoreObserver | undefined): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => connection.close(),
    prepare(text) {
      const known = prepared.get(text);
      if (known !== undefined) return known;
      const statement = translatingErrors(() => prepare(connection, text, observer));
      if (prepared.size >= PREPARED_STATEMENTS) {
        for (const oldest of prepared.keys()) {
          prepared.delete(oldest);
          break;
        }
      }
      prepared.set(text, statement);
      return statement;
    },
  };
}

function prepare(
  connection: DatabaseSync,
  text: string,
  observer: StoreObserver | undefined,
): SqliteStatement {
  const statement = connection.prepare(text);
  const kind = kindOfStatement(text);
  const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[];
  const timed = <T>(action: () => T): T => {
    const begin = performance.now();
    const result = translatingErrors(action);
    observer?.statement(kind, (performance.now() - begin) / 1_000);
    return result;
  };
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => timed(() => statement.all(...values(parameters))),
    run: (parameters) => timed(() => statement.run(...values(parameters))),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}

function translatingErrors<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    // The low byte of an extended result code is the primary one.
    const code = (error as { errcode?: number }).errcode;
    const reason = code === undefined ? undefined : UNAVAILABLE.get(code & 0xff);
    if (reason === undefined) throw error;
    throw new StoreUnavailableError(`The database cannot be used: ${reason}.`, { cause: error });
  }
}
