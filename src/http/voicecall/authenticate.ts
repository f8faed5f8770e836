import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { App } from '../../accounts/account.ts';
import { validSecrets } from '../../accounts/apps.ts';
import type { LegacyAccess } from '../../accounts/legacy-access.ts';
import type { AccountStore } from '../../accounts/ports.ts';
import { type ResultCode, resultCodes } from '../../call/catalogue/result-codes.ts';
import {
  checkAuthorization,
  isOfScheme,
  parseUsernameToken,
  type UsernameToken,
  xAksk,
  xWsse,
} from './aksk-header.ts';
import { isWithin } from './client-address.ts';
import { isCurrent, isTime } from './created-time.ts';
import { FailureGuard } from './failure-guard.ts';
import { Refused } from './refused.ts';
import { ReplayGuard } from './replay-guard.ts';

export interface Credentials {
  readonly authorization: string | undefined;
  readonly xAksk: string | undefined;
  readonly xWsse?: string;
  /** Those of the query, where it has an `access_token`. */
  readonly token?: { readonly appKey: string | undefined; readonly accessToken: string };
  /** The client's IP address. */
  readonly address: string;
}

export interface AuthenticatorOptions {
  readonly accounts: Pick<AccountStore, 'app' | 'account'>;
  readonly clock: { now(): number };
  /** How far `Created` may be from our clock, ms. */
  readonly createdWindow: number;
  readonly rejectReplays: boolean;
  /** Where tokens of the legacy login are taken. */
  readonly access?: Pick<LegacyAccess, 'check'>;
  /** X-WSSE is taken too. */
  readonly wsse?: boolean;
  /** Shared with those who look at it. */
  readonly failures?: FailureGuard;
}

const LONGEST_NONCE = 128;

/** `Base64(HMAC-SHA256(app_secret, Nonce + Created))`, the texts as they stand in the header (spec 01 section 1). */
export function passwordDigest(appSecret: string, nonce: string, created: string): string {
  return createHmac('sha256', appSecret)
    .update(nonce + created)
    .digest('base64');
}

/** `Base64(SHA-256(Nonce + Created + app_secret))` of X-WSSE (spec 01 section 5). */
function wsseDigests(appSecret: string, nonce: string, created: string): string[] {
  const digest = createHash('sha256')
    .update(nonce + created + appSecret)
    .digest();
  // Programs of those years also send the Base64 of the digest's hex text.
  return [digest.toString('base64'), Buffer.from(digest.toString('hex')).toString('base64')];
}

const sameText = (left: string, right: string): boolean => {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** Codes that do not count towards the block: whoever gets them showed the right secret, or is told to go away. */
const harmless: ReadonlySet<ResultCode> = new Set([
  resultCodes.addressBlocked,
  resultCodes.addressNotInWhiteList,
  resultCodes.accountNotActive,
  resultCodes.appKeyUnavailable,
  resultCodes.accessTokenExpired,
]);

/** Shows a token that was right lately: another worker of the same client refreshed it. It counts towards no block. */
class OutOfDate extends Refused {
  constructor() {
    super(resultCodes.accessTokenInvalid);
  }
}

/**
 * Refuses a token that was never given, or is voided.
 * @throws {Refused}
 */
export function checkGiven(state: Awaited<ReturnType<LegacyAccess['check']>>): void {
  if (state === 'voided') throw new OutOfDate();
  if (state === 'invalid') throw new Refused(resultCodes.accessTokenInvalid);
}

/**
 * A frozen or closed account is served nothing (spec 12, account states).
 * @throws {Refused}
 */
export async function checkAccountActive(
  accounts: Pick<AccountStore, 'account'>,
  { spId }: Pick<App, 'spId'>,
): Promise<void> {
  const account = await accounts.account(spId);
  if (account?.state !== 'active') throw new Refused(resultCodes.accountNotActive);
}

/** Authentication by X-AKSK, by X-WSSE and by tokens, with every check in the order of spec 09. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #failures: FailureGuard;
  readonly #replays: ReplayGuard;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#failures = options.failures ?? new FailureGuard();
    this.#replays = new ReplayGuard(options.createdWindow);
  }

  /**
   * The app that signed the request.
   * @throws {Refused} with the code of the first check that fails
   */
  async authenticate(credentials: Credentials): Promise<App> {
    const { access } = this.#options;
    const { authorization, address, token } = credentials;
    // The token is looked at where no other scheme is tried.
    if (access !== undefined && token !== undefined && credentials.xAksk === undefined) {
      return this.admit(token.appKey ?? '', address, async (app) => {
        const state = await access.check(app, token.accessToken);
        checkGiven(state);
        if (state === 'expired') throw new Refused(resultCodes.accessTokenExpired);
      });
    }
    const byWsse = this.#options.wsse && credentials.xAksk === undefined;
    return this.#counted(address, () =>
      byWsse && (credentials.xWsse !== undefined || isOfScheme(authorization, 'WSSE'))
        ? this.#byWsse(credentials)
        : this.#byAksk(credentials),
    );
  }

  /**
   * The app of this key, to whom `proof` (which throws Refused where it fails) shows that he may use it.
   * @throws {Refused}
   */
  admit(appKey: string, address: string, proof: (app: App) => Promise<void>): Promise<App> {
    return this.#counted(address, () => this.#owner(appKey, address, proof));
  }

  isSecretOf(app: App, secret: string): boolean {
    return this.#secretsOf(app).some((valid) => sameText(valid, secret));
  }

  #secretsOf(app: App): string[] {
    return validSecrets(app, this.#options.clock.now());
  }

  /** Refuses addresses that failed too often, and counts failures. */
  async #counted(address: string, authenticate: () => Promise<App>): Promise<App> {
    const now = this.#options.clock.now();
    if (this.#failures.isBlocked(address, now)) throw new Refused(resultCodes.addressBlocked);
    try {
      return await authenticate();
    } catch (error) {
      const isFailure =
        error instanceof Refused && !(error instanceof OutOfDate) && !harmless.has(error.code);
      if (isFailure) this.#failures.failed(address, now);
      throw error;
    }
  }

  async #byAksk({ authorization, xAksk: header, address }: Credentials): Promise<App> {
    checkAuthorization(authorization, 'AKSK');
    const token = parseUsernameToken(header, xAksk);
    return this.#owner(token.username, address, async (app) => {
      const { nonce, created } = token;
      const expected = this.#secretsOf(app).map((secret) => passwordDigest(secret, nonce, created));
      this.#checkToken(token, expected);
    });
  }

  async #byWsse({ authorization, xWsse: header, address }: Credentials): Promise<App> {
    if (authorization !== undefined && !isOfScheme(authorization, 'WSSE'))
      throw new Refused(resultCodes.wsseMissing);
    checkAuthorization(authorization, 'WSSE');
    const token = parseUsernameToken(header, xWsse);
    if (!isTime(token.created)) throw new Refused(resultCodes.wsseCreatedFormat);
    return this.#owner(token.username, address, async (app) => {
      const { nonce, created } = token;
      const expected = this.#secretsOf(app).flatMap((secret) => wsseDigests(secret, nonce, created));
      this.#checkToken(token, expected);
    });
  }

  /** `expected`: the digests that are right. */
  #checkToken(token: UsernameToken, expected: readonly string[]): void {
    const { clock, createdWindow, rejectReplays } = this.#options;
    const now = clock.now();
    if (!isCurrent(token.created, now, createdWindow)) throw new Refused(resultCodes.createdOutsideWindow);
    const matches = expected.some((digest) => sameText(digest, token.passwordDigest));
    if (token.nonce.length > LONGEST_NONCE || !matches) throw new Refused(resultCodes.authenticationFailed);
    if (rejectReplays && !this.#replays.use(token.username, token.nonce, token.created, now)) {
      throw new Refused(resultCodes.authenticationFailed);
    }
  }

  async #owner(appKey: string, address: string, proof: (app: App) => Promise<void>): Promise<App> {
    const { accounts } = this.#options;
    const app = await accounts.app(appKey);
    if (app === undefined) throw new Refused(resultCodes.invalidAppKey);
    if (app.allowedAddresses.length > 0 && !isWithin(address, app.allowedAddresses)) {
      throw new Refused(resultCodes.addressNotInWhiteList);
    }
    await proof(app);
    await checkAccountActive(accounts, app);
    if (app.state === 'suspended') throw new Refused(resultCodes.appKeyUnavailable);
    return app;
  }
}
