import type { Account, App, DisplayNumber } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/ports.ts';

/** Apps kept at most; beyond it all are forgotten and read again. */
const MOST_APPS = 10_000;

/**
 * Keeps what every request asks for: its app, the app's account and numbers. Nobody else writes to the database while this
 * platform has it, so what was read stays true until it is changed here. What is not there is not kept: whoever guesses
 * keys fills no memory.
 */
export class AccountCache implements AccountStore {
  readonly #store: AccountStore;
  readonly #accounts = new Map<string, Account>();
  readonly #apps = new Map<string, App>();
  readonly #numbers = new Map<string, DisplayNumber[]>();
  /** Changes begun or ended so far: what was read across one of them may be old. */
  #changes = 0;

  constructor(store: AccountStore) {
    this.#store = store;
  }

  async app(appKey: string): Promise<App | undefined> {
    return this.#apps.get(appKey) ?? this.#read(this.#apps, appKey, () => this.#store.app(appKey));
  }

  async numbers(appKey?: string, spId?: string): Promise<DisplayNumber[]> {
    if (appKey === undefined || spId !== undefined) return this.#store.numbers(appKey, spId);
    const known = this.#numbers.get(appKey);
    return known ?? this.#read(this.#numbers, appKey, () => this.#store.numbers(appKey));
  }

  accounts(): Promise<Account[]> {
    return this.#store.accounts();
  }

  async account(spId: string): Promise<Account | undefined> {
    return this.#accounts.get(spId) ?? this.#read(this.#accounts, spId, () => this.#store.account(spId));
  }

  apps(spId?: string): Promise<App[]> {
    return this.#store.apps(spId);
  }

  number(number: string): Promise<DisplayNumber | undefined> {
    return this.#store.number(number);
  }

  putAccount(account: Account): Promise<void> {
    return this.#change(() => this.#store.putAccount(account));
  }

  putApp(app: App): Promise<void> {
    return this.#change(() => this.#store.putApp(app));
  }

  putNumber(number: DisplayNumber): Promise<void> {
    return this.#change(() => this.#store.putNumber(number));
  }

  removeNumber(number: string): Promise<void> {
    return this.#change(() => this.#store.removeNumber(number));
  }

  async #read<Value extends object | undefined>(
    kept: Map<string, NonNullable<Value>>,
    key: string,
    read: () => Promise<Value>,
  ): Promise<Value> {
    const before = this.#changes;
    const value = await read();
    if (value === undefined || before !== this.#changes) return value;
    if (Array.isArray(value) && value.length === 0) return value;
    if (kept.size >= MOST_APPS) kept.clear();
    kept.set(key, Object.freeze(value));
    return value;
  }

  /** Also a change that failed may have been written. */
  async #change(write: () => Promise<void>): Promise<void> {
    this.#forget();
    try {
      await write();
    } finally {
      this.#forget();
    }
  }

  #forget(): void {
    this.#changes += 1;
    this.#accounts.clear();
    this.#apps.clear();
    this.#numbers.clear();
  }
}
