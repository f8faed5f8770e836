import { sql, type Kysely, type Transaction } from 'kysely';
import type { StoreObserver } from './store-observer.ts';
import { StoreUnavailableError } from './store-unavailable-error.ts';

/** What belongs together: all of it is written, or nothing. It uses only the transaction it is given. */
export type Unit<Schema, Result> = (transaction: Transaction<Schema>) => Promise<Result>;

interface WaitingUnit<Schema> {
  readonly run: Unit<Schema, unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Milliseconds after which no unit is added to a group: the thread it runs on signals calls as well. */
const GROUP_TIME = 5;

/**
 * Runs units that arrive together in one transaction, because a durable commit costs far more than the statements in it.
 * A group is what arrived during one turn of the event loop; under load, while one group is written the next gathers.
 * Each unit has a savepoint: one that breaks a rule of the schema fails alone. When the database itself fails, the
 * whole group does, each with StoreUnavailableError.
 */
export class GroupCommit<Schema> {
  readonly #database: Kysely<Schema>;
  readonly #waiting: WaitingUnit<Schema>[] = [];
  readonly #observer: StoreObserver | undefined;
  #writing: Promise<void> | undefined;

  constructor(database: Kysely<Schema>, observer?: StoreObserver) {
    this.#database = database;
    this.#observer = observer;
  }

  /** Resolves with the unit's result when it is durable; rejects with the unit's error or StoreUnavailableError. */
  run<Result>(unit: Unit<Schema, Result>): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ run: unit, resolve: (result) => resolve(result as Result), reject });
    this.#writing ??= this.#writeGroups();
    return promise;
  }

  /** Resolves when everything handed over so far is written or has failed. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #writeGroups(): Promise<void> {
    do {
      await new Promise((resolve) => setImmediate(resolve));
      await this.#writeGroup();
    } while (this.#waiting.length > 0);
    this.#writing = undefined;
  }

  async #writeGroup(): Promise<void> {
    const group: WaitingUnit<Schema>[] = [];
    const outcomes: (() => void)[] = [];
    const begin = performance.now();
    try {
      await this.#database.transaction().execute(async (transaction) => {
        const end = performance.now() + GROUP_TIME;
        for (let unit = this.#waiting.shift(); unit !== undefined; unit = this.#waiting.shift()) {
          group.push(unit);
          outcomes.push(await outcomeOf(unit, transaction));
          if (performance.now() >= end) break;
        }
      });
    } catch (error) {
      // Where not even the transaction could begin, what waits has waited for the lock long enough.
      const failed = group.length > 0 ? group : this.#waiting.splice(0);
      this.#observer?.groupFailed(failed.length);
      for (const unit of failed) unit.reject(error);
      return;
    }
    this.#observer?.groupWritten(group.length, (performance.now() - begin) / 1_000);
    for (const settle of outcomes) settle();
  }
}

/** Runs one unit. What it returns tells the unit's owner, to be called once the group is committed. */
async function outcomeOf<Schema>(
  unit: WaitingUnit<Schema>,
  transaction: Transaction<Schema>,
): Promise<() => void> {
  await sql`savepoint unit`.execute(transaction);
  try {
    const result = await unit.run(transaction);
    await sql`release savepoint unit`.execute(transaction);
    return () => unit.resolve(result);
  } catch (error) {
    // The database may have rolled everything back by itself (full disk): there is no savepoint to return to.
    if (error instanceof StoreUnavailableError) throw error;
    await sql`rollback to savepoint unit`.execute(transaction);
    await sql`release savepoint unit`.execute(transaction);
    return () => unit.reject(error);
  }
}
