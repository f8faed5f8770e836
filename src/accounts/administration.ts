/** What an operator does with accounts, in whole steps over the store. */
import type { Account, App, Capability, DisplayNumber, NumberKind, NumberState } from './account.ts';
import {
  type AppChange,
  changedApp,
  type CreationContext,
  DEFAULT_SP_ID,
  newApp,
  type NewApp,
} from './apps.ts';
import { newNumber } from './numbers.ts';
import type { AccountStore } from './ports.ts';
import type { RandomIntegers } from './random-source.ts';
import { RuleViolation } from './rule-violation.ts';

/** The ready-made apps of the sandbox, one of each capability, and the number that each shows. */
const sandboxApps: Readonly<Record<Capability, { readonly app: NewApp; readonly number: string }>> = {
  callback: {
    app: { name: 'Sandbox', capability: 'callback', recording: true, sandbox: true },
    number: '+8675528000001',
  },
  notification: {
    app: { name: 'Sandbox notification', capability: 'notification', sandbox: true },
    number: '+8675528000021',
  },
  verification: {
    app: { name: 'Sandbox verification', capability: 'verification', sandbox: true },
    number: '+8675528000022',
  },
};

export interface AdministrationOptions {
  readonly store: AccountStore;
  readonly now: () => number;
  /** Cryptographically strong. */
  readonly random: RandomIntegers;
}

/** Applies the rules and keeps the result. Every method rejects with RuleViolation when a rule forbids it. */
export class Administration {
  readonly #store: AccountStore;
  readonly #now: () => number;
  readonly #random: RandomIntegers;
  /** Changes run one after another, so that a rule about "how many" or "whose" holds when two arrive together. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: AdministrationOptions) {
    this.#store = options.store;
    this.#now = options.now;
    this.#random = options.random;
  }

  createApp(wanted: NewApp): Promise<App> {
    return this.#alone(() => this.#createApp(wanted));
  }

  updateApp(appKey: string, change: AppChange): Promise<App> {
    return this.#alone(async () => {
      const changed = changedApp(await this.app(appKey), change);
      await this.#store.putApp(changed);
      return changed;
    });
  }

  async app(appKey: string): Promise<App> {
    const app = await this.#store.app(appKey);
    if (app !== undefined) return app;
    throw new RuleViolation('app-unknown', 'There is no application with this key.', {
      field: 'appKey',
      remedy: 'openvoicecall app list shows the keys there are.',
    });
  }

  addNumber(number: string, appKey: string, kind?: NumberKind): Promise<DisplayNumber> {
    return this.#alone(() => this.#addNumber(number, appKey, kind));
  }

  setNumberState(number: string, state: NumberState): Promise<DisplayNumber> {
    return this.#alone(async () => {
      const changed = { ...(await this.#number(number)), state };
      await this.#store.putNumber(changed);
      return changed;
    });
  }

  removeNumber(number: string): Promise<void> {
    return this.#alone(async () => {
      await this.#number(number);
      await this.#store.removeNumber(number);
    });
  }

  /**
   * The sandbox's app of a capability: the one that is there, else a new one. It has a number, unless an operator
   * suspended or moved it.
   */
  ensureSandboxApp(capability: Capability): Promise<{ app: App; number?: DisplayNumber }> {
    return this.#alone(async () => {
      const wanted = sandboxApps[capability];
      const apps = await this.#store.apps();
      const existing = apps.find((app) => app.sandbox && app.capability === capability);
      const app = existing ?? (await this.#createApp(wanted.app));
      if ((await this.#store.number(wanted.number)) === undefined) {
        await this.#addNumber(wanted.number, app.appKey);
      }
      const held = await this.#store.numbers(app.appKey);
      return { app, number: held.find(({ kind, state }) => kind === 'display' && state === 'in-use') };
    });
  }

  async #createApp(wanted: NewApp): Promise<App> {
    const context: CreationContext = { now: this.#now(), random: this.#random };
    const account = await this.#defaultAccount(context.now);
    const app = newApp(wanted, account, await this.#store.apps(), context);
    await this.#store.putApp(app);
    return app;
  }

  async #addNumber(number: string, appKey: string, kind?: NumberKind): Promise<DisplayNumber> {
    const app = await this.app(appKey);
    const added = newNumber(number, app, await this.#store.number(number), { now: this.#now(), kind });
    await this.#store.putNumber(added);
    return added;
  }

  async #defaultAccount(now: number): Promise<Account> {
    const existing = await this.#store.account(DEFAULT_SP_ID);
    if (existing !== undefined) return existing;
    const account: Account = { spId: DEFAULT_SP_ID, createdAt: now };
    await this.#store.putAccount(account);
    return account;
  }

  async #number(number: string): Promise<DisplayNumber> {
    const entry = await this.#store.number(number);
    if (entry !== undefined) return entry;
    throw new RuleViolation('number-unknown', 'No application holds this number.', {
      field: 'number',
      remedy: 'openvoicecall number list shows the numbers there are.',
    });
  }

  #alone<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
