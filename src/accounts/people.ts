/** Puts together what has to do with people, so that all of it changes users in turns. */
import { AccountAdministration } from './account-administration.ts';
import { LockOut } from './lock-out.ts';
import { type HashingCost, PasswordHasher } from './password.ts';
import type { AccountStore } from './ports.ts';
import type { RandomIntegers } from './random-source.ts';
import { SignIns } from './sign-ins.ts';
import { Turns } from './turns.ts';
import { UserAdministration } from './user-administration.ts';
import type { PeopleStore } from './user.ts';

export interface PeopleOptions {
  readonly people: PeopleStore;
  readonly accounts: AccountStore;
  readonly now: () => number;
  /** Cryptographically strong. */
  readonly random: RandomIntegers;
  /** ms from a sign-in to its end, whatever happens in between. */
  readonly lifetime: number;
  /** ms without a request after which a sign-in ends. */
  readonly idle: number;
  /** Of passwords; default what OWASP recommends. */
  readonly cost?: HashingCost;
}

export interface People {
  readonly signIns: SignIns;
  readonly users: UserAdministration;
  readonly accountAdministration: AccountAdministration;
}

export function openPeople(options: PeopleOptions): People {
  const { people, accounts, now, random } = options;
  const hasher = new PasswordHasher(options.cost);
  const shared = { ...options, hasher, turns: new Turns(), lockOut: new LockOut(people) };
  return {
    signIns: new SignIns(shared),
    users: new UserAdministration(shared),
    accountAdministration: new AccountAdministration({ store: accounts, now, random }),
  };
}
