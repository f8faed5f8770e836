/** Access as programs of 2017-2020 have it (spec 01 section 4): a login by user and password, then tokens. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { App } from './account.ts';
import { unknownAccount } from './administration.ts';
import { newCredential } from './apps.ts';
import type { AccountStore } from './ports.ts';
import type { RandomIntegers } from './random-source.ts';
import { RuleViolation } from './rule-violation.ts';

/** The one user of an account whose password serves all its apps. */
export interface ApiUser {
  readonly spId: string;
  /** As the login names it; no two accounts have the same. */
  readonly username: string;
  /** SHA-256: the password is random and long, made here, so that a slow hash would add nothing. */
  readonly passwordHash: string;
  readonly createdAt: number;
}

/** What a login gave: both tokens as their digests. */
export interface AccessGrant {
  readonly accessHash: string;
  readonly refreshHash: string;
  readonly appKey: string;
  readonly spId: string;
  readonly createdAt: number;
  /** 0: it was voided, by a refresh or a logout; it is kept to be told from what was never given. */
  readonly expiresAt: number;
  /** From when on it cannot be refreshed. */
  readonly refreshUntil: number;
}

export interface LegacyAccessStore {
  apiUser(username: string): Promise<ApiUser | undefined>;
  apiUserOf(spId: string): Promise<ApiUser | undefined>;
  /** In place of the account's, whose grants end. Rejects where another account has the name. */
  putApiUser(user: ApiUser): Promise<void>;
  /** Its grants end. */
  removeApiUser(spId: string): Promise<void>;
  grant(accessHash: string): Promise<AccessGrant | undefined>;
  /** One that was not voided. */
  grantToRefresh(refreshHash: string): Promise<AccessGrant | undefined>;
  /** `instead`: the digest of the access token that is voided by it. */
  putGrant(grant: AccessGrant, instead?: string): Promise<void>;
  voidGrant(accessHash: string): Promise<void>;
  /** Forgets those that cannot be refreshed at this time. */
  removeGrantsUntil(refreshUntil: number): Promise<void>;
}

/** Tokens as their owner gets them. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

export interface LegacyAccessOptions {
  readonly store: LegacyAccessStore;
  readonly accounts: Pick<AccountStore, 'account'>;
  readonly now: () => number;
  readonly random: RandomIntegers;
  /** Named in the tokens, as the service does. */
  readonly hostName: string;
}

/** About what was observed of the service: clients refresh after 47 hours. */
const ACCESS_LIFETIME = 48 * 3_600_000;
const REFRESH_LIFETIME = 30 * 24 * 3_600_000;

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const sameHash = (left: string, right: string): boolean =>
  timingSafeEqual(Buffer.from(hashOf(left)), Buffer.from(hashOf(right)));

/** Passwords and tokens of the legacy login. */
export class LegacyAccess {
  readonly #options: LegacyAccessOptions;

  constructor(options: LegacyAccessOptions) {
    this.#options = options;
  }

  apiUserOf(spId: string): Promise<ApiUser | undefined> {
    return this.#options.store.apiUserOf(spId);
  }

  /**
   * Gives the account a new password, which is told only here; tokens given for the old one end.
   * Rejects with RuleViolation when there is no such account, and when the name is malformed or another account's.
   */
  async renewPassword(spId: string, wanted?: string): Promise<{ user: ApiUser; password: string }> {
    const { store, accounts, now, random } = this.#options;
    if ((await accounts.account(spId)) === undefined) throw unknownAccount();
    const username = wanted ?? (await store.apiUserOf(spId))?.username ?? spId;
    if (!/^[\w+.@-]{1,64}$/.test(username)) {
      throw new RuleViolation('user-name-invalid', 'A user name has 1-64 letters, digits and +-_.@.', {
        field: 'username',
      });
    }
    const holder = await store.apiUser(username);
    if (holder !== undefined && holder.spId !== spId) {
      throw new RuleViolation('user-name-taken', 'Another account has this user name.', {
        field: 'username',
        remedy: 'Choose another one.',
      });
    }
    const password = newCredential(random);
    const user = { spId, username, passwordHash: hashOf(password), createdAt: now() };
    await store.putApiUser(user);
    return { user, password };
  }

  removePassword(spId: string): Promise<void> {
    return this.#options.store.removeApiUser(spId);
  }

  /** Whether this is the API user of the app's account; never where it has no password. */
  async isUserOf(app: App, username: string, password: string): Promise<boolean> {
    const user = await this.#options.store.apiUser(username);
    const matches = sameHash(user?.passwordHash ?? '', hashOf(password));
    return matches && user !== undefined && user.spId === app.spId;
  }

  /** Whether it is the password of the app's account, whatever the user is called. */
  async isPasswordOf(app: App, password: string): Promise<boolean> {
    const user = await this.#options.store.apiUserOf(app.spId);
    return sameHash(user?.passwordHash ?? '', hashOf(password)) && user !== undefined;
  }

  issue(app: App): Promise<IssuedTokens> {
    return this.#issue(app);
  }

  /** New tokens for a refresh token, once; undefined when it is none of the app's, or too old. */
  async refresh(app: App, refreshToken: string): Promise<IssuedTokens | undefined> {
    const { store, now } = this.#options;
    const grant = await store.grantToRefresh(hashOf(refreshToken));
    if (grant?.appKey !== app.appKey || grant.refreshUntil <= now()) return undefined;
    return this.#issue(app, grant.accessHash);
  }

  async check(app: App, accessToken: string): Promise<'valid' | 'invalid' | 'expired' | 'voided'> {
    const grant = await this.#options.store.grant(hashOf(accessToken));
    if (grant?.appKey !== app.appKey) return 'invalid';
    if (grant.expiresAt === 0) return 'voided';
    return grant.expiresAt > this.#options.now() ? 'valid' : 'expired';
  }

  revoke(accessToken: string): Promise<void> {
    return this.#options.store.voidGrant(hashOf(accessToken));
  }

  async #issue({ appKey, spId }: App, instead?: string): Promise<IssuedTokens> {
    const { store, now } = this.#options;
    const [accessToken, refreshToken] = [this.#newToken(), this.#newToken()];
    const createdAt = now();
    const expiresAt = createdAt + ACCESS_LIFETIME;
    const refreshUntil = createdAt + REFRESH_LIFETIME;
    const [accessHash, refreshHash] = [hashOf(accessToken), hashOf(refreshToken)];
    await store.putGrant(
      { accessHash, refreshHash, appKey, spId, createdAt, expiresAt, refreshUntil },
      instead,
    );
    return { accessToken, refreshToken, expiresIn: ACCESS_LIFETIME / 1_000 };
  }

  /** Base64 whose decoded form ends in the host; of the kind that a query need not escape. */
  #newToken(): string {
    const { random, hostName } = this.#options;
    return Buffer.from(`${newCredential(random)}@${hostName}`).toString('base64url');
  }
}
