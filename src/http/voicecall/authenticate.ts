import { createHmac, timingSafeEqual } from 'node:crypto';
import type { App } from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/ports.ts';
import { type ResultCode, resultCodes } from '../../call/catalogue/result-codes.ts';
import { checkAuthorization, parseUsernameToken, type UsernameToken } from './aksk-header.ts';
import { isWithin } from './client-address.ts';
import { isCurrent } from './created-time.ts';
import { FailureGuard, type FailureGuardLimits } from './failure-guard.ts';
import { Refused } from './refused.ts';
import { ReplayGuard } from './replay-guard.ts';

export interface Credentials {
  readonly authorization: string | undefined;
  readonly xAksk: string | undefined;
  /** The client's IP address. */
  readonly address: string;
}

export interface AuthenticatorOptions {
  readonly accounts: Pick<AccountStore, 'app' | 'account'>;
  readonly clock: { now(): number };
  /** How far `Created` may be from our clock, ms. */
  readonly createdWindow: number;
  readonly rejectReplays: boolean;
  readonly failureLimits?: FailureGuardLimits;
}

const LONGEST_NONCE = 128;

/** `Base64(HMAC-SHA256(app_secret, Nonce + Created))`, the texts as they stand in the header (spec 01 section 1). */
export function passwordDigest(appSecret: string, nonce: string, created: string): string {
  return createHmac('sha256', appSecret)
    .update(nonce + created)
    .digest('base64');
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
]);

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

/** X-AKSK authentication with every check in the order of spec 09. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #failures: FailureGuard;
  readonly #replays: ReplayGuard;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#failures = new FailureGuard(options.failureLimits);
    this.#replays = new ReplayGuard(options.createdWindow);
  }

  /**
   * The app that signed the request.
   * @throws {Refused} with the code of the first check that fails
   */
  async authenticate(credentials: Credentials): Promise<App> {
    const now = this.#options.clock.now();
    if (this.#failures.isBlocked(credentials.address, now)) throw new Refused(resultCodes.addressBlocked);
    try {
      checkAuthorization(credentials.authorization);
      return await this.#owner(parseUsernameToken(credentials.xAksk), credentials.address, now);
    } catch (error) {
      if (error instanceof Refused && !harmless.has(error.code))
        this.#failures.failed(credentials.address, now);
      throw error;
    }
  }

  async #owner(token: UsernameToken, address: string, now: number): Promise<App> {
    const { accounts, createdWindow, rejectReplays } = this.#options;
    const app = await accounts.app(token.username);
    if (app === undefined) throw new Refused(resultCodes.invalidAppKey);
    if (app.allowedAddresses.length > 0 && !isWithin(address, app.allowedAddresses)) {
      throw new Refused(resultCodes.addressNotInWhiteList);
    }
    if (!isCurrent(token.created, now, createdWindow)) throw new Refused(resultCodes.createdOutsideWindow);
    const expected = passwordDigest(app.appSecret, token.nonce, token.created);
    if (token.nonce.length > LONGEST_NONCE || !sameText(expected, token.passwordDigest)) {
      throw new Refused(resultCodes.authenticationFailed);
    }
    if (rejectReplays && !this.#replays.use(app.appKey, token.nonce, token.created, now)) {
      throw new Refused(resultCodes.authenticationFailed);
    }
    await checkAccountActive(accounts, app);
    if (app.state === 'suspended') throw new Refused(resultCodes.appKeyUnavailable);
    return app;
  }
}
