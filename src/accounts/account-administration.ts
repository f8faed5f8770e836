/** What the platform's operator does with accounts. */
import type { Account, AccountState } from './account.ts';
import { unknownAccount } from './administration.ts';
import { DEFAULT_SP_ID, newCredential } from './apps.ts';
import type { AccountStore } from './ports.ts';
import type { RandomIntegers } from './random-source.ts';
import { RuleViolation } from './rule-violation.ts';
import { Turns } from './turns.ts';

export interface AccountAdministrationOptions {
  readonly store: AccountStore;
  readonly now: () => number;
  readonly random: RandomIntegers;
}

const LONGEST_NAME = 64;

const MOST_APPS = 10_000;

/** Absent members stay as they are; null: as many applications as the platform gives each account. */
export interface AccountChange {
  readonly name?: string;
  readonly state?: AccountState;
  readonly maxApps?: number | null;
}

/** Every method rejects with RuleViolation when a rule forbids it. */
export class AccountAdministration {
  readonly #options: AccountAdministrationOptions;
  readonly #turns = new Turns();

  constructor(options: AccountAdministrationOptions) {
    this.#options = options;
  }

  /** `spId`: 1-32 letters, digits and . _ -; one is made where it is absent. */
  create({ spId, name }: { readonly spId?: string; readonly name: string }): Promise<Account> {
    const { store, now, random } = this.#options;
    const id = spId ?? newCredential(random).slice(0, 16);
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(id)) {
      throw new RuleViolation('account-invalid', 'An account id has 1-32 letters, digits and . _ -.', {
        field: 'spId',
      });
    }
    checkName(name);
    return this.#turns.take(async () => {
      if ((await store.account(id)) !== undefined) {
        throw new RuleViolation('account-taken', 'There is an account of this id.', { field: 'spId' });
      }
      const account: Account = { spId: id, name, state: 'active', createdAt: now() };
      await store.putAccount(account);
      return account;
    });
  }

  /** In order of creation. */
  accounts(): Promise<Account[]> {
    return this.#options.store.accounts();
  }

  async account(spId: string): Promise<Account> {
    const account = await this.#options.store.account(spId);
    if (account === undefined) throw unknownAccount();
    return account;
  }

  /** A closed account stays closed. */
  change(spId: string, change: AccountChange): Promise<{ before: Account; after: Account }> {
    return this.#turns.take(async () => {
      const before = await this.account(spId);
      if (before.state === 'closed') {
        throw new RuleViolation('account-closed', 'The account is closed, for good.', {
          field: 'state',
          remedy: 'Create another one; freeze what is to be active again.',
        });
      }
      if (spId === DEFAULT_SP_ID && change.state === 'closed') {
        throw new RuleViolation(
          'account-invalid',
          'The first account cannot be closed: it owns what names no account.',
          {
            field: 'state',
            remedy: 'Freeze it: openvoicecall account freeze openvoicecall.',
          },
        );
      }
      if (change.name !== undefined) checkName(change.name);
      const { maxApps = before.maxApps } = change;
      checkMaxApps(maxApps);
      const after: Account = {
        ...before,
        name: change.name ?? before.name,
        state: change.state ?? before.state,
        maxApps: maxApps ?? undefined,
      };
      await this.#options.store.putAccount(after);
      return { before, after };
    });
  }
}

function checkMaxApps(maxApps: number | null | undefined): void {
  if (maxApps === undefined || maxApps === null) return;
  if (Number.isInteger(maxApps) && maxApps >= 0 && maxApps <= MOST_APPS) return;
  throw new RuleViolation('account-invalid', `Applications are a whole number from 0 to ${MOST_APPS}.`, {
    field: 'maxApps',
  });
}

function checkName(name: string): void {
  if (name.trim() === name && name.length > 0 && name.length <= LONGEST_NAME) return;
  throw new RuleViolation(
    'name-invalid',
    `A name has 1-${LONGEST_NAME} characters and no blanks around it.`,
    {
      field: 'name',
    },
  );
}
