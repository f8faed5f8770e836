/** What owners and the operator do with the people of an account, and what these do about themselves. */
import { unknownAccount } from './administration.ts';
import type { Role } from './actor.ts';
import { newCredential } from './apps.ts';
import { checkPassword, type PasswordHasher } from './password.ts';
import type { AccountStore } from './ports.ts';
import type { RandomIntegers } from './random-source.ts';
import { RuleViolation } from './rule-violation.ts';
import type { LockOut } from './lock-out.ts';
import { ACCESS_TOKEN_PREFIX, SignInRefusal } from './sign-ins.ts';
import { matchingStep, newTotpSecret } from './totp.ts';
import type { Turns } from './turns.ts';
import { type AccessToken, checkUserName, hashOfToken, type PeopleStore, type User } from './user.ts';
import { newIdentifier } from './voice-file.ts';

export interface UserAdministrationOptions {
  readonly people: PeopleStore;
  readonly accounts: Pick<AccountStore, 'account'>;
  readonly hasher: PasswordHasher;
  readonly now: () => number;
  /** Cryptographically strong. */
  readonly random: RandomIntegers;
  /** Shared with whoever else changes users. */
  readonly turns: Turns;
  readonly lockOut: LockOut;
}

export interface NewUser {
  readonly spId: string;
  readonly name: string;
  readonly role: Role;
  /** One is made where it is absent. */
  readonly password?: string;
}

export interface UserChange {
  readonly role?: Role;
  readonly state?: User['state'];
}

const DAY = 86_400_000;

const LONGEST_TOKEN_NAME = 64;

/** Every method rejects with RuleViolation when a rule forbids it. `spId` is the account whose user is meant. */
export class UserAdministration {
  readonly #options: UserAdministrationOptions;

  constructor(options: UserAdministrationOptions) {
    this.#options = options;
  }

  /** @returns the password too where it was made here; it is shown once and kept nowhere */
  async add({ spId, name, role, password }: NewUser): Promise<{ user: User; password?: string }> {
    const { people, accounts, hasher, now, random, turns } = this.#options;
    checkUserName(name);
    if (password !== undefined) checkPassword(password, name);
    const made = password === undefined ? newCredential(random) : undefined;
    const passwordHash = await hasher.hash(password ?? made ?? '');
    return turns.take(async () => {
      if ((await accounts.account(spId)) === undefined) throw unknownAccount();
      if ((await people.userOfName(spId, name)) !== undefined) {
        throw new RuleViolation('user-name-taken', 'The account has a user of this name.', { field: 'name' });
      }
      const userId = newIdentifier(random);
      const user: User = { userId, spId, name, role, state: 'active', passwordHash, createdAt: now() };
      await people.putUser(user);
      return { user, password: made };
    });
  }

  /** In order of creation. */
  users(spId?: string): Promise<User[]> {
    return this.#options.people.users(spId);
  }

  async user(spId: string, name: string): Promise<User> {
    const user = await this.#options.people.userOfName(spId, name);
    if (user !== undefined) return user;
    throw new RuleViolation('user-unknown', 'The account has no user of this name.', {
      field: 'name',
      remedy: 'openvoicecall user list shows the users there are.',
    });
  }

  /** Ends what the user is signed in to: what is new takes effect at the next sign-in. */
  change(spId: string, name: string, change: UserChange): Promise<{ before: User; after: User }> {
    return this.#options.turns.take(async () => {
      const before = await this.user(spId, name);
      const after = { ...before, role: change.role ?? before.role, state: change.state ?? before.state };
      if (isActiveOwner(before) && !isActiveOwner(after)) await this.#checkOtherOwner(before);
      await this.#options.people.putUser(after, { endSignIns: true });
      return { before, after };
    });
  }

  /** @returns the password where it was made here */
  async setPassword(spId: string, name: string, password?: string): Promise<string | undefined> {
    if (password !== undefined) checkPassword(password, name);
    const made = password === undefined ? newCredential(this.#options.random) : undefined;
    const passwordHash = await this.#options.hasher.hash(password ?? made ?? '');
    await this.#options.turns.take(async () => {
      const user = await this.user(spId, name);
      await this.#options.people.putUser({ ...user, passwordHash }, { endSignIns: true });
    });
    return made;
  }

  /** Before what only the user himself may do. Failures count as those of signing in; rejects with SignInRefusal then. */
  async checkOwnPassword(user: User, password: string, address: string): Promise<void> {
    const { lockOut, hasher, now } = this.#options;
    const attempt = { spId: user.spId, name: user.name, address };
    const wait = await lockOut.begin(attempt, now());
    if (wait !== undefined) throw new SignInRefusal('locked', user, wait);
    if (await hasher.verify(password, user.passwordHash)) {
      await lockOut.undo(attempt, { forget: true });
      return;
    }
    throw new RuleViolation('password-wrong', 'This is not your password.', { field: 'password' });
  }

  /** A new secret for an authenticator; it counts once a code of it was shown. @returns base32 */
  beginTotp(userId: string): Promise<string> {
    const secret = newTotpSecret(this.#options.random);
    return this.#changeOwn(userId, (user) => {
      if (user.totp?.confirmed) {
        throw new RuleViolation('code-wrong', 'An authenticator is set up already.', {
          remedy: 'Remove it first.',
        });
      }
      return { ...user, totp: { secret, confirmed: false } };
    }).then(() => secret);
  }

  async confirmTotp(userId: string, code: string): Promise<void> {
    await this.#changeOwn(userId, (user) => {
      const { totp } = user;
      if (totp === undefined) {
        throw new RuleViolation('totp-unknown', 'No authenticator is being set up.', {
          remedy: 'Begin anew.',
        });
      }
      const lastStep = matchingStep(totp.secret, code, { now: this.#options.now(), lastStep: totp.lastStep });
      if (lastStep === undefined) {
        const remedy = 'Check the clock of the authenticator, and wait for its next code.';
        throw new RuleViolation('code-wrong', 'The code is wrong, or was used.', { field: 'code', remedy });
      }
      return { ...user, totp: { ...totp, confirmed: true, lastStep } };
    });
  }

  async removeTotp(userId: string): Promise<void> {
    await this.#changeOwn(userId, ({ totp: _totp, ...user }) => user);
  }

  /** @returns the token too; it is shown once and kept nowhere */
  async createToken(
    user: User,
    { name, days }: { readonly name: string; readonly days?: number },
  ): Promise<{ token: string; kept: AccessToken }> {
    if (name.trim() !== name || name.length === 0 || name.length > LONGEST_TOKEN_NAME) {
      throw new RuleViolation(
        'name-invalid',
        `A name has 1-${LONGEST_TOKEN_NAME} characters and no blanks around it.`,
        { field: 'name' },
      );
    }
    const { people, random, now } = this.#options;
    const token = ACCESS_TOKEN_PREFIX + newCredential(random);
    const kept: AccessToken = {
      tokenId: newIdentifier(random),
      tokenHash: hashOfToken(token),
      userId: user.userId,
      name,
      prefix: token.slice(0, ACCESS_TOKEN_PREFIX.length + 4),
      createdAt: now(),
      expiresAt: days === undefined ? undefined : now() + days * DAY,
    };
    await people.addAccessToken(kept);
    return { token, kept };
  }

  tokens(user: User): Promise<AccessToken[]> {
    return this.#options.people.accessTokens(user.userId);
  }

  async revokeToken(user: User, tokenId: string): Promise<AccessToken> {
    const token = (await this.tokens(user)).find((candidate) => candidate.tokenId === tokenId);
    if (token === undefined) {
      throw new RuleViolation('token-unknown', 'The user has no such token.', {
        field: 'tokenId',
        remedy: 'openvoicecall token list shows the tokens there are.',
      });
    }
    await this.#options.people.removeAccessToken(tokenId);
    return token;
  }

  async #checkOtherOwner({ spId, userId }: User): Promise<void> {
    const users = await this.#options.people.users(spId);
    if (users.some((user) => isActiveOwner(user) && user.userId !== userId)) return;
    throw new RuleViolation('last-owner', 'This is the last owner of the account.', {
      remedy: 'Make somebody else an owner first.',
    });
  }

  #changeOwn(userId: string, step: (user: User) => User): Promise<void> {
    return this.#options.turns.take(async () => {
      const user = await this.#options.people.user(userId);
      if (user === undefined) throw new RuleViolation('user-unknown', 'The user is gone.');
      await this.#options.people.putUser(step(user));
    });
  }
}

const isActiveOwner = ({ role, state }: User): boolean => role === 'owner' && state === 'active';
