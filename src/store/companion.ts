/** What is stored along with the first unit of a piece of work, in the transaction of that unit. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transaction } from 'kysely';

export interface Companion<Schema> {
  /** May run twice, as a unit may; what the first run wrote is gone then. */
  write(transaction: Transaction<Schema>): Promise<void>;
  /** With a unit that is handed over, or written. */
  taken: boolean;
}

/** The companion of whatever work runs now, and of what it awaits. */
const companions = new AsyncLocalStorage<Companion<never>>();

export function accompanied<Schema>(companion: Companion<Schema>, work: () => void): void {
  companions.run(companion as unknown as Companion<never>, work);
}

/** Runs `store` with its unit, or with one that writes the companion as well where that waits for one. */
export async function withCompanion<Schema, Result>(
  unit: (transaction: Transaction<Schema>) => Promise<Result>,
  store: (unit: (transaction: Transaction<Schema>) => Promise<Result>) => Promise<Result>,
): Promise<Result> {
  const companion = companions.getStore() as Companion<Schema> | undefined;
  if (companion === undefined || companion.taken) return store(unit);
  companion.taken = true;
  try {
    return await store(async (transaction) => {
      const result = await unit(transaction);
      await companion.write(transaction);
      return result;
    });
  } catch (error) {
    companion.taken = false;
    throw error;
  }
}
