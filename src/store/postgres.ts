/** Everything that is true of PostgreSQL only: the adapter to `pg`, its settings, its errors, its column types. */
import {
  type DataTypeNode,
  Kysely,
  type DatabaseConnection,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import pg from 'pg';
import type { DialectTraits } from './migration.ts';
import type { Schema } from './schema.ts';
import { statementLog, type StoreObserver } from './store-observer.ts';
import { StoreUnavailableError } from '../call/store-unavailable-error.ts';

export interface PostgresOptions {
  /** `postgres://USER[:PASSWORD]@HOST[:PORT]/NAME[?sslmode=...]`. */
  readonly url: string;
  /** Milliseconds that whoever opens the database or comes back to it waits for another platform to let it go. */
  readonly takeoverTimeout?: number;
  /** Milliseconds to wait for a lock that another program holds. */
  readonly lockTimeout?: number;
  readonly observer?: StoreObserver;
}

/** Another platform works with this database: two would take each other's calls for what a crash left. */
export class DatabaseInUseError extends StoreUnavailableError {
  constructor(options?: ErrorOptions) {
    super(
      'The database cannot be used: another platform uses it. Stop that one, or give this one a database of its own.',
      options,
    );
  }
}

/** ms. */
const LOCK_TIMEOUT = 2_000;

/** ms. A killed platform's lock is gone when the server has seen its connection break, and ended what it was doing. */
const TAKEOVER_TIMEOUT = 5_000;

/** Connections for reading; what is written goes through one. */
const READERS = 3;

/** Statements kept prepared for each connection; the few whose text varies beyond (lists of ids) are not. */
const PREPARED_STATEMENTS = 200;

/** Held by the connection that writes; advisory locks belong to one database. The number says "OVC". */
export const PLATFORM_LOCK = 0x4f5643;

/**
 * ms. A server that keeps silent must not keep callers waiting: its own limits come first, so that what it gave up on
 * is not still running, ours are for a server that is out of reach.
 */
const LIMITS = {
  connectionTimeoutMillis: 3_000,
  statement_timeout: 4_000,
  query_timeout: 6_000,
  idle_in_transaction_session_timeout: 10_000,
};

/** https://www.postgresql.org/docs/15/errcodes-appendix.html: the environment failed, not the statement. */
const UNAVAILABLE: readonly (readonly [state: RegExp, reason: string])[] = [
  [/^53100/, 'the disk is full'],
  [/^53/, 'the server lacks resources'],
  [/^55P03|^57014|^40/, 'it is locked by another program'],
  [/^57/, 'the server is stopping or starting'],
  [/^25006/, 'it cannot be written'],
  [/^08/, 'the connection broke'],
  [/^58|^XX|^F0/, 'the server failed'],
  [/^28|^3D/, 'the server refuses this user or has no such database'],
];

const { DatabaseError, Pool, types } = pg;

/** Numbers of 8 octets are times and ids, far below 2^53. */
const numbersAsNumbers: pg.CustomTypesConfig = {
  getTypeParser: (type, format) =>
    type === types.builtins.INT8 && format !== 'binary' ? Number : types.getTypeParser(type, format),
};

/** The connection that writes and those that read; `writer` alone keeps other platforms out. */
export function openPostgres({
  url,
  takeoverTimeout = TAKEOVER_TIMEOUT,
  lockTimeout = LOCK_TIMEOUT,
  observer,
}: PostgresOptions): {
  writer: Kysely<Schema>;
  reader: Kysely<Schema>;
  traits: DialectTraits;
} {
  const settings = {
    connectionString: url,
    application_name: 'openvoicecall',
    types: numbersAsNumbers,
    keepAlive: true,
    lock_timeout: lockTimeout,
    ...LIMITS,
  };
  return {
    // Whoever writes holds the lock: a connection that was lost, and the lock with it, never writes again.
    writer: databaseOver(
      new Pool({ ...settings, max: 1, idleTimeoutMillis: 0 }),
      (client) => takeOver(client, { takeoverTimeout, lockTimeout }),
      observer,
    ),
    reader: databaseOver(new Pool({ ...settings, max: READERS }), async () => {}, observer),
    traits: {
      identityColumn: (table, name) =>
        table.addColumn(name, 'bigint', (column) => column.generatedByDefaultAsIdentity().primaryKey()),
      memberOf: (column, member) => sql`${sql.ref(column)}::json ->> ${member}`,
    },
  };
}

/** Prepares a new connection for writing. Rejects with DatabaseInUseError. */
async function takeOver(
  client: pg.PoolClient,
  { takeoverTimeout, lockTimeout }: { takeoverTimeout: number; lockTimeout: number },
): Promise<void> {
  try {
    // Both timeouts limit the wait; the second is restored below with the first.
    await client.query(`set lock_timeout = ${takeoverTimeout}; set statement_timeout = 0`);
    const silence = takeoverTimeout + LIMITS.query_timeout;
    const wait = { text: `select pg_advisory_lock(${PLATFORM_LOCK})`, query_timeout: silence };
    await client.query(wait);
  } catch (error) {
    if (error instanceof DatabaseError && error.code === '55P03') {
      throw new DatabaseInUseError({ cause: error });
    }
    throw error;
  }
  await client.query(
    `set lock_timeout = ${lockTimeout}; set statement_timeout = ${LIMITS.statement_timeout}`,
  );
  // A server that never hears that the network was cut keeps the lock for the connection that was lost, else for hours.
  await client.query(
    'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3',
  );
  // To plan an insert of many rows anew each time costs as much as to run it, and yields the same.
  await client.query('set plan_cache_mode = force_generic_plan');
  // A server may be set to answer before it has written; we promise more.
  await client.query(
    `select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`,
  );
}

function databaseOver(
  pool: pg.Pool,
  prepare: (client: pg.PoolClient) => Promise<void>,
  observer: StoreObserver | undefined,
): Kysely<Schema> {
  return new Kysely<Schema>({
    log: statementLog(observer),
    dialect: {
      createDriver: () => new DoubtingDriver({ pool: adapt(pool, prepare) }),
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new ByteOrderCompiler(),
      createIntrospector: (database) => new PostgresIntrospector(database),
    },
  });
}

/** Says so where a commit may have been made although nothing is known of it. */
class DoubtingDriver extends PostgresDriver {
  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.commitTransaction(connection);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      // A server that goes down may have committed before it says so.
      throw new StoreUnavailableError(error.message, { cause: error.cause, isInDoubt: true });
    }
  }

  /** Where there is no server, there is nothing to roll back: it does so by itself. Why is told by what failed before. */
  override async rollbackTransaction(
    connection: Parameters<PostgresDriver['rollbackTransaction']>[0],
  ): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }
}

/** Texts compare by their octets, whatever language the database is set to: as on SQLite, and faster. */
class ByteOrderCompiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    super.visitDataType(node);
    const isColumn = this.parentNode?.kind === 'ColumnDefinitionNode';
    if (isColumn && node.dataType === 'text') this.append(' collate "C"');
  }
}

/** What kysely needs of a pool, with errors translated and statements kept prepared. */
function adapt(pool: pg.Pool, prepare: (client: pg.PoolClient) => Promise<void>): PostgresPool {
  const prepared = new WeakMap<pg.PoolClient, PreparedConnection>();
  // A connection that breaks says so to whoever uses it; one that nobody uses is replaced when it is needed.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', () => {});
  return {
    options: {},
    connect: () =>
      translatingErrors(async () => {
        const client = await pool.connect();
        const known = prepared.get(client);
        if (known !== undefined) return known;
        try {
          await prepare(client);
        } catch (error) {
          client.release(true);
          throw error;
        }
        const connection = new PreparedConnection(client);
        prepared.set(client, connection);
        return connection;
      }),
    end: () => pool.end(),
  };
}

class PreparedConnection implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  readonly #names = new Map<string, string>();
  #broken = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  /** Only the form with parameters: nothing here reads with cursors. */
  query(text: unknown, parameters?: readonly unknown[]): never {
    return translatingErrors(async () => {
      // Not even a rollback: it would wait for as long again.
      if (this.#broken) throw new Error('The connection to the server was given up.');
      try {
        return await this.#client.query({
          name: this.#nameOf(text as string, parameters),
          text: text as string,
          values: [...(parameters ?? [])],
        });
      } catch (error) {
        // Silence, or no connection: nobody knows what it would answer next.
        this.#broken ||= !(error instanceof DatabaseError);
        throw error;
      }
    }) as Promise<PostgresQueryResult<unknown>> as never;
  }

  #nameOf(text: string, parameters: readonly unknown[] = []): string | undefined {
    if (parameters.length === 0) return undefined;
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= PREPARED_STATEMENTS) return known;
    const name = `s${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }

  release(destroy = false): void {
    this.#client.release(destroy || this.#broken);
  }
}

async function translatingErrors<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const reason = reasonOf(error);
    // What the server says of a row quotes it, and rows hold numbers: not for a log.
    if (error instanceof DatabaseError) error.detail = undefined;
    if (reason === undefined) throw error;
    throw new StoreUnavailableError(`The database cannot be used: ${reason}.`, { cause: error });
  }
}

/** Why the database cannot be used; undefined when the statement was wrong and not the world around it. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof StoreUnavailableError || error instanceof TypeError) return undefined;
  if (!(error instanceof DatabaseError)) return 'the server cannot be reached, or does not answer';
  return UNAVAILABLE.find(([state]) => state.test(error.code ?? ''))?.[1];
}
