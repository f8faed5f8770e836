/** What an operator does with accounts, in whole steps over the store. */
import type { Account, App, Capability, DisplayNumber, NumberKind, NumberState } from './account.ts';
import {
  type AppChange,
  type ChangedBy,
  changedApp,
  type CreationContext,
  DEFAULT_SP_ID,
  holdAfter,
  newApp,
  type NewApp,
  renewedApp,
  SECRET_GRACE,
} from './apps.ts';
import { newNumber } from './numbers.ts';
import type { AccountStore } from './ports.ts';
import type { RandomIntegers } from './random-source.ts';
import { RuleViolation } from './rule-violation.ts';
import { Turns } from './turns.ts';

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

/** To be thrown where an account is named that there is not. */
export const unknownAccount = (): RuleViolation =>
  new RuleViolation('account-unknown', 'There is no account of this id.', {
    field: 'account',
    remedy: 'openvoicecall account list shows the accounts there are.',
  });

/** To be thrown where something is to be made or changed in a closed account. */
export const closedAccount = (): RuleViolation =>
  new RuleViolation('account-closed', 'The account is closed.', { field: 'account' });

export interface AdministrationOptions {
  readonly store: AccountStore;
  readonly now: () => number;
  /** Cryptographically strong. */
  readonly random: RandomIntegers;
  readonly appsPerAccount?: number;
  /** How long an old secret works beside a new one, ms. */
  readonly secretGrace?: number;
  /** Whether pushes may go to this host, which is a name or an IP address; absent: to any. */
  readonly mayPushTo?: (host: string) => boolean;
}

/** Applies the rules and keeps the result. Every method rejects with RuleViolation when a rule forbids it. */
export class Administration {
  readonly #options: AdministrationOptions;
  readonly #store: AccountStore;
  readonly #now: () => number;
  /** Changes run one after another, so that a rule about "how many" or "whose" holds when two arrive together. */
  readonly #turns = new Turns();

  constructor(options: AdministrationOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#now = options.now;
  }

  /** The account of everything that names none. */
  ensureDefaultAccount(): Promise<Account> {
    return this.#turns.take(() => this.#account(DEFAULT_SP_ID, this.#now()));
  }

  /** `spId`: the account it is for. */
  createApp(wanted: NewApp, spId = DEFAULT_SP_ID, by?: ChangedBy): Promise<App> {
    return this.#turns.take(async () => {
      this.#checkReceivers(wanted);
      return this.#createApp(wanted, spId, by);
    });
  }

  /** `spId`: only an app of this account; as everywhere below. */
  updateApp(appKey: string, change: AppChange, spId?: string, by: ChangedBy = 'operator'): Promise<App> {
    return this.#turns.take(async () => {
      const changed = changedApp(await this.app(appKey, spId), change, by);
      this.#checkReceivers(change);
      await this.#store.putApp(changed);
      return changed;
    });
  }

  /**
   * Gives an app a new secret. The old one works for `grace` ms more (default: the platform's), so that no request is
   * refused while the customer puts the new one in place.
   */
  renewSecret(appKey: string, spId?: string, grace?: number): Promise<{ before: App; after: App }> {
    return this.#turns.take(async () => {
      const { random, secretGrace = SECRET_GRACE } = this.#options;
      const before = await this.app(appKey, spId);
      const after = renewedApp(before, { now: this.#now(), random, grace: grace ?? secretGrace });
      await this.#store.putApp(after);
      return { before, after };
    });
  }

  async app(appKey: string, spId?: string): Promise<App> {
    const app = await this.#store.app(appKey);
    if (app !== undefined && (spId === undefined || app.spId === spId)) return app;
    throw new RuleViolation('app-unknown', 'There is no application with this key.', {
      field: 'appKey',
      remedy: 'openvoicecall app list shows the keys there are.',
    });
  }

  addNumber(number: string, appKey: string, kind?: NumberKind, spId?: string): Promise<DisplayNumber> {
    return this.#turns.take(() => this.#addNumber(number, appKey, kind, spId));
  }

  setNumberState(
    number: string,
    state: NumberState,
    spId?: string,
    by: ChangedBy = 'operator',
  ): Promise<DisplayNumber> {
    return this.#turns.take(async () => {
      const before = await this.number(number, spId);
      const heldByOperator = holdAfter(before, state === 'suspended', by);
      const changed = { ...before, state, heldByOperator };
      await this.#store.putNumber(changed);
      return changed;
    });
  }

  removeNumber(number: string, spId?: string, by: ChangedBy = 'operator'): Promise<void> {
    return this.#turns.take(async () => {
      // Taken away and given again it would be resumed.
      holdAfter(await this.number(number, spId), false, by);
      await this.#store.removeNumber(number);
    });
  }

  /**
   * The sandbox's app of a capability: the one that is there, else a new one. It has a number, unless an operator
   * suspended or moved it.
   */
  ensureSandboxApp(capability: Capability): Promise<{ app: App; number?: DisplayNumber }> {
    return this.#turns.take(async () => {
      const wanted = sandboxApps[capability];
      const apps = await this.#store.apps();
      const existing = apps.find((app) => app.sandbox && app.capability === capability);
      const app = existing ?? (await this.#createApp(wanted.app, DEFAULT_SP_ID));
      if ((await this.#store.number(wanted.number)) === undefined) {
        await this.#addNumber(wanted.number, app.appKey);
      }
      const held = await this.#store.numbers(app.appKey);
      return { app, number: held.find(({ kind, state }) => kind === 'display' && state === 'in-use') };
    });
  }

  /** Says at once what would fail at each push; names are looked at again when they are resolved. */
  #checkReceivers(change: AppChange): void {
    const { mayPushTo = () => true } = this.#options;
    for (const field of ['statusUrl', 'feeUrl'] as const) {
      const url = change[field] ?? '';
      const host = URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : undefined;
      if (host === undefined || mayPushTo(host)) continue;
      throw new RuleViolation('url-invalid', 'A push address is not on a loopback or private address.', {
        field,
        remedy:
          'Give a public one, or let the operator allow it: serve --receiver-networks, or --private-receivers for all.',
      });
    }
  }

  async #createApp(wanted: NewApp, spId: string, by?: ChangedBy): Promise<App> {
    const { random, appsPerAccount } = this.#options;
    const context: CreationContext = { now: this.#now(), random, appsPerAccount, by };
    const account = await this.#account(spId, context.now);
    if (account.state === 'closed') throw closedAccount();
    const app = newApp(wanted, account, await this.#store.apps(spId), context);
    await this.#store.putApp(app);
    return app;
  }

  async #addNumber(number: string, appKey: string, kind?: NumberKind, spId?: string): Promise<DisplayNumber> {
    const app = await this.app(appKey, spId);
    const added = newNumber(number, app, await this.#store.number(number), { now: this.#now(), kind });
    await this.#store.putNumber(added);
    return added;
  }

  /** The account for something new; the default one is made when it is first needed. */
  async #account(spId: string, now: number): Promise<Account> {
    const existing = await this.#store.account(spId);
    if (existing !== undefined) return existing;
    if (spId !== DEFAULT_SP_ID) throw unknownAccount();
    const account: Account = { spId: DEFAULT_SP_ID, name: 'OpenVoiceCall', state: 'active', createdAt: now };
    await this.#store.putAccount(account);
    return account;
  }

  async number(number: string, spId?: string): Promise<DisplayNumber> {
    const entry = await this.#store.number(number);
    const mine =
      entry !== undefined && (spId === undefined || (await this.#store.app(entry.appKey))?.spId === spId);
    if (mine) return entry;
    throw new RuleViolation('number-unknown', 'No application holds this number.', {
      field: 'number',
      remedy: 'openvoicecall number list shows the numbers there are.',
    });
  }
}
