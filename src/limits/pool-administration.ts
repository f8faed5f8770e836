/** What people do with pools of numbers: kept first, then in force. */
import type { App } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/ports.ts';
import { RuleViolation } from '../accounts/rule-violation.ts';
import { Turns } from '../accounts/turns.ts';
import type { Changed } from './limit-administration.ts';
import { checkPool, type NumberPool } from './number-pool.ts';
import type { NumberPools } from './number-pools.ts';
import type { LimitStore } from './ports.ts';

export interface PoolAdministrationOptions {
  readonly store: LimitStore;
  readonly accounts: Pick<AccountStore, 'app' | 'numbers'>;
  readonly pools: NumberPools;
  readonly now: () => number;
}

export type PoolName = Pick<NumberPool, 'appKey' | 'name'>;

/** Whose pool it is; `app` is one of the account that is asked for. */
interface PoolOf {
  readonly app: App;
  readonly name: string;
}

const keyOf = ({ appKey, name }: PoolName) => ({ kind: 'pool', owner: appKey, name }) as const;

/** Every method that changes rejects with RuleViolation when a rule forbids it. */
export class PoolAdministration {
  readonly #options: PoolAdministrationOptions;
  readonly #turns = new Turns();

  constructor(options: PoolAdministrationOptions) {
    this.#options = options;
  }

  /** Of these applications. */
  pools(appKeys: ReadonlySet<string>): NumberPool[] {
    return this.#options.pools.all.filter(({ appKey }) => appKeys.has(appKey));
  }

  pool(name: PoolName): NumberPool {
    const pool = this.#options.pools.get(name);
    if (pool !== undefined) return pool;
    throw new RuleViolation('pool-unknown', 'The application has no pool of this name.', {
      field: 'name',
      remedy: 'openvoicecall pool list shows the pools there are.',
    });
  }

  /** Calls of today and of this moment, by number. */
  use(name: PoolName): ReturnType<NumberPools['use']> {
    return this.#options.pools.use(name, this.#options.now());
  }

  /** Sets it anew, or in place of the one of this name. */
  set(
    { app, name }: PoolOf,
    wanted: Omit<NumberPool, 'appKey' | 'name' | 'since'>,
  ): Promise<Changed<NumberPool>> {
    const { store, pools, now } = this.#options;
    return this.#turns.take(async () => {
      const { appKey } = app;
      const before = pools.get({ appKey, name });
      const since = before?.timeZone === wanted.timeZone ? before.since : now();
      const after: NumberPool = { ...wanted, appKey, name, since };
      checkPool(after);
      await this.#checkNumbers(after);
      await store.put(keyOf(after), after);
      pools.put(after);
      return { before, after };
    });
  }

  remove({ app: { appKey }, name }: PoolOf): Promise<NumberPool> {
    const { store, pools } = this.#options;
    return this.#turns.take(async () => {
      const before = this.pool({ appKey, name });
      await store.remove(keyOf(before));
      pools.remove(before);
      return before;
    });
  }

  async #checkNumbers({ appKey, name, numbers }: NumberPool): Promise<void> {
    const held = await this.#options.accounts.numbers(appKey);
    const own = new Set(held.filter(({ kind }) => kind === 'display').map(({ number }) => number));
    const others = this.pools(new Set([appKey])).filter((pool) => pool.name !== name);
    const field = 'numbers';
    if (!numbers.every((number) => own.has(number))) {
      throw new RuleViolation('pool-invalid', 'Not all of these are display numbers of the application.', {
        field,
        remedy: 'openvoicecall number list --app KEY shows those it has.',
      });
    }
    const other = others.find((pool) => pool.numbers.some((number) => numbers.includes(number)));
    if (other === undefined) return;
    throw new RuleViolation('pool-invalid', `A number is in the pool ${other.name} already.`, {
      field,
      remedy: 'Take it out of there first; a number is in one pool.',
    });
  }
}
