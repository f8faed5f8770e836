import { sql, type Kysely, type Transaction } from 'kysely';
import { withCompanion } from './companion.ts';
import type { StoreObserver } from './store-observer.ts';
import { StoreUnavailableError } from '../call/store-unavailable-error.ts';

/**
 * What belongs together: all of it is written, or nothing. It uses only the transaction it is given. It may run twice,
 * and what the first run wrote is gone then.
 */
export type Unit<Schema, Result> = (transaction: Transaction<Schema>) => Promise<Result>;

/** Writes many units of one kind with few statements. Rejects when one of them cannot be written. */
export type BulkWriter<Schema, Item> = (
  transaction: Transaction<Schema>,
  items: readonly Item[],
) => Promise<void>;

interface WaitingUnit<Schema> {
  readonly run: Unit<Schema, unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface WaitingItem<Schema> extends WaitingUnit<Schema> {
  readonly item: unknown;
}

/** ms; short, because the thread it runs on signals calls as well. */
const GROUP_TIME = 5;

/** ms for which a refused group counts against the database, unless it takes another one meanwhile. */
const FAILURE_MEMORY = 10_000;

/** Items that are written at once. */
const LARGEST_BULK = 256;

/** Units that wait at most. A database so far behind is as good as away, and memory has an end. */
const MOST_WAITING = 20_000;

/**
 * Runs units that arrive together in one transaction, because a durable commit costs far more than the statements in it.
 * A group is what arrived during one turn of the event loop; under load, while one group is written the next gathers.
 * Units of one kind keep their order; a unit that builds on one of another kind waits for it.
 *
 * Where one unit of a group breaks a rule of the schema, the group is written anew, each unit in a savepoint, and that one
 * fails alone. When the database itself fails, the whole group does, each with StoreUnavailableError.
 */
export class GroupCommit<Schema> {
  readonly #database: Kysely<Schema>;
  readonly #units: WaitingUnit<Schema>[] = [];
  readonly #items = new Map<BulkWriter<Schema, unknown>, WaitingItem<Schema>[]>();
  readonly #observer: StoreObserver | undefined;
  readonly #groupTime: number;
  #failure: { readonly error: unknown; readonly at: number } | undefined;
  #waiting = 0;
  #writing: Promise<void> | undefined;

  /** `groupTime`: milliseconds after which no unit is added to a group. */
  constructor(database: Kysely<Schema>, observer?: StoreObserver, groupTime = GROUP_TIME) {
    this.#database = database;
    this.#observer = observer;
    this.#groupTime = groupTime;
  }

  /**
   * Resolves with the unit's result when it is durable; rejects with the unit's error or StoreUnavailableError. The companion
   * of the work that asks is written with it.
   */
  run<Result>(unit: Unit<Schema, Result>): Promise<Result> {
    return withCompanion(unit, (run) =>
      this.#enqueue<Result>((resolve, reject) => {
        this.#units.push({ run, resolve: (result) => resolve(result as Result), reject });
      }),
    );
  }

  /** The same for a unit whose kind has a writer; those that wait are written together. */
  write<Item>(writer: BulkWriter<Schema, Item>, item: Item): Promise<void> {
    return this.#enqueue<void>((resolve, reject) => {
      const run: Unit<Schema, unknown> = (transaction) => writer(transaction, [item]);
      const kind = writer as BulkWriter<Schema, unknown>;
      const queue = this.#items.get(kind) ?? [];
      this.#items.set(kind, queue);
      queue.push({ item, run, resolve: () => resolve(), reject });
    });
  }

  /**
   * The error with which the database last refused a group, when that was in the last ten seconds and nothing of many
   * was written since. A disk that has no room for new rows may well have some for a changed one.
   */
  get recentFailure(): unknown {
    const { error, at = -Infinity } = this.#failure ?? {};
    return performance.now() - at < FAILURE_MEMORY ? error : undefined;
  }

  /** Resolves when everything handed over so far is written or has failed. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  #enqueue<Result>(
    add: (resolve: (result: Result) => void, reject: (error: unknown) => void) => void,
  ): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    if (this.#waiting >= MOST_WAITING) {
      reject(
        new StoreUnavailableError('The database cannot be used: it is too slow for what is asked of it.'),
      );
      return promise;
    }
    this.#waiting += 1;
    add(resolve, reject);
    this.#writing ??= this.#writeGroups();
    return promise;
  }

  async #writeGroups(): Promise<void> {
    do {
      await new Promise((resolve) => setImmediate(resolve));
      await this.#writeGroup();
    } while (this.#waiting > 0);
    this.#writing = undefined;
  }

  async #writeGroup(): Promise<void> {
    const group: WaitingUnit<Schema>[] = [];
    const begin = performance.now();
    try {
      const outcomes = await this.#together(group).catch((error: unknown) => {
        if (error instanceof StoreUnavailableError || group.length === 0) throw error;
        return this.#apart(group);
      });
      this.#observer?.groupWritten(group.length, (performance.now() - begin) / 1_000);
      if (group.some((unit) => 'item' in unit)) this.#failure = undefined;
      for (const settle of outcomes) settle();
    } catch (error) {
      // Where not even the transaction could begin, what waits has waited for the lock long enough.
      if (group.length === 0) this.#takeAll(group);
      this.#failure = { error, at: performance.now() };
      this.#observer?.groupFailed(group.length);
      for (const unit of group) unit.reject(error);
    }
  }

  /** Takes what waits, as much as there is time for, and writes it. Each outcome tells a unit's owner. */
  #together(group: WaitingUnit<Schema>[]): Promise<(() => void)[]> {
    return this.#database.transaction().execute(async (transaction) => {
      const outcomes: (() => void)[] = [];
      const end = performance.now() + this.#groupTime;
      for (const [writer, queue] of this.#items) {
        const items = this.#take(group, queue.splice(0, LARGEST_BULK));
        if (items.length === 0) continue;
        await writer(
          transaction,
          items.map(({ item }) => item),
        );
        for (const { resolve } of items) outcomes.push(() => resolve(undefined));
      }
      do {
        for (const unit of this.#take(group, this.#units.splice(0, 1))) {
          const result = await unit.run(transaction);
          outcomes.push(() => unit.resolve(result));
        }
      } while (this.#units.length > 0 && performance.now() < end);
      return outcomes;
    });
  }

  /** The same units again, so that those which break no rule are written. */
  #apart(group: readonly WaitingUnit<Schema>[]): Promise<(() => void)[]> {
    return this.#database.transaction().execute(async (transaction) => {
      const outcomes: (() => void)[] = [];
      for (const unit of group) outcomes.push(await outcomeOf(unit, transaction));
      return outcomes;
    });
  }

  #take<Taken extends WaitingUnit<Schema>>(
    group: WaitingUnit<Schema>[],
    taken: readonly Taken[],
  ): readonly Taken[] {
    this.#waiting -= taken.length;
    group.push(...taken);
    return taken;
  }

  #takeAll(group: WaitingUnit<Schema>[]): void {
    for (const queue of [...this.#items.values(), this.#units]) this.#take(group, queue.splice(0));
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
