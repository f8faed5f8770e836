/** Signing in and out, and who a token belongs to. */
import type { Actor } from './actor.ts';
import { newCredential } from './apps.ts';
import { type LockOut, lockOutLimits, type SignInAttempt } from './lock-out.ts';
import type { PasswordHasher } from './password.ts';
import type { AccountStore } from './ports.ts';
import type { RandomIntegers } from './random-source.ts';
import { RuleViolation } from './rule-violation.ts';
import { matchingStep } from './totp.ts';
import type { Turns } from './turns.ts';
import { hashOfToken, type PeopleStore, type SignIn, signInIdOf, type User } from './user.ts';

export interface SignInsOptions {
  readonly people: PeopleStore;
  readonly accounts: Pick<AccountStore, 'account'>;
  readonly hasher: PasswordHasher;
  readonly now: () => number;
  /** Cryptographically strong. */
  readonly random: RandomIntegers;
  /** Shared with whoever else changes users. */
  readonly turns: Turns;
  readonly lockOut: LockOut;
  /** ms from the sign-in to its end, whatever happens in between. */
  readonly lifetime: number;
  /** ms without a request after which a sign-in ends. */
  readonly idle: number;
}

export interface SignInRequest extends SignInAttempt {
  readonly password: string;
  /** Of the user's authenticator, where he has one. */
  readonly code?: string;
}

/** `wrong`: name, password or code, which of them is not told. `code-needed`: the password was right. */
export class SignInRefusal extends Error {
  readonly reason: 'wrong' | 'code-needed' | 'locked';
  /** The user who was named; absent where there is none. Nobody outside is told. */
  readonly user: User | undefined;
  /** ms, with `locked`. */
  readonly retryAfter: number;

  constructor(reason: SignInRefusal['reason'], user?: User, retryAfter = 0) {
    super(`signing in was refused: ${reason}`);
    this.name = 'SignInRefusal';
    this.reason = reason;
    this.user = user;
    this.retryAfter = retryAfter;
  }
}

/** Who sent a token, and what kind of token it was. */
export interface Identified {
  readonly user: User;
  readonly by: 'sign-in' | 'access-token';
}

const SIGN_IN_PREFIX = 'ovs_';
export const ACCESS_TOKEN_PREFIX = 'ovp_';

/** ms; the time of the last use is written no more often. */
const NOTE_INTERVAL = 60_000;

export const actorOf = ({ spId, userId, name, role }: User): Actor => ({
  kind: 'user',
  spId,
  userId,
  name,
  role,
});

export class SignIns {
  readonly #options: SignInsOptions;

  constructor(options: SignInsOptions) {
    this.#options = options;
  }

  /** Rejects with SignInRefusal, and with HasherBusyError. */
  async signIn(request: SignInRequest): Promise<{ token: string; expiresAt: number; user: User }> {
    const { people, hasher, now, lockOut, turns } = this.#options;
    const user = await people.userOfName(request.spId, request.name);
    const wait = await lockOut.begin(request, now());
    if (wait !== undefined) throw new SignInRefusal('locked', user, wait);
    // Also for a name that there is not, so that the time of the answer does not tell.
    const right = await hasher.verify(request.password, user?.passwordHash).catch(async (error: unknown) => {
      // Nothing was tried: the platform is busy.
      await lockOut.undo(request, { forget: false });
      throw error;
    });
    if (!right || user === undefined || !(await this.#isWelcome(user)))
      throw new SignInRefusal('wrong', user);
    if (user.totp?.confirmed && request.code === undefined) {
      await lockOut.undo(request, { forget: false });
      throw new SignInRefusal('code-needed', user);
    }
    const entered = await turns.take(() => this.#enter(user, request));
    await lockOut.undo(request, { forget: true });
    return entered;
  }

  /** Harmless when nobody is signed in by this token. */
  async signOut(token: string): Promise<void> {
    await this.#options.people.removeSignIn(hashOfToken(token));
  }

  /** Where a user is signed in, in order of signing in. */
  async ofUser({ userId }: User): Promise<SignIn[]> {
    const now = this.#options.now();
    return (await this.#options.people.signInsOf(userId)).filter((signIn) => this.#holds(signIn, now));
  }

  /** Rejects with RuleViolation where the user has no such sign-in. */
  async end(user: User, signInId: string): Promise<SignIn> {
    const signIn = (await this.ofUser(user)).find((candidate) => signInIdOf(candidate) === signInId);
    if (signIn === undefined) {
      const remedy = 'It may have ended by itself; GET /session/sign-ins shows those there are.';
      throw new RuleViolation('sign-in-unknown', 'You have no such sign-in.', { field: 'signInId', remedy });
    }
    await this.#options.people.removeSignIn(signIn.tokenHash);
    return signIn;
  }

  #holds({ expiresAt, lastUsedAt }: SignIn, now: number): boolean {
    return expiresAt > now && lastUsedAt + this.#options.idle > now;
  }

  /** Whose token it is; undefined when it is nobody's, is over, or its user may not come in. */
  async identify(token: string): Promise<Identified | undefined> {
    const by = token.startsWith(ACCESS_TOKEN_PREFIX) ? 'access-token' : 'sign-in';
    const userId = by === 'sign-in' ? await this.#ofSignIn(token) : await this.#ofAccessToken(token);
    const user = userId === undefined ? undefined : await this.#options.people.user(userId);
    return user !== undefined && (await this.#isWelcome(user)) ? { user, by } : undefined;
  }

  async #ofSignIn(token: string): Promise<string | undefined> {
    const { people } = this.#options;
    const now = this.#options.now();
    const found = await people.signIn(hashOfToken(token));
    if (found === undefined || !this.#holds(found, now)) return undefined;
    if (found.lastUsedAt + NOTE_INTERVAL <= now) await people.noteSignInUsed(found.tokenHash, now);
    return found.userId;
  }

  async #ofAccessToken(token: string): Promise<string | undefined> {
    const { people } = this.#options;
    const now = this.#options.now();
    const found = await people.accessToken(hashOfToken(token));
    if (found === undefined || (found.expiresAt ?? Infinity) <= now) return undefined;
    if ((found.lastUsedAt ?? 0) + NOTE_INTERVAL <= now) await people.noteAccessTokenUsed(found.tokenId, now);
    return found.userId;
  }

  async #isWelcome({ state, spId }: User): Promise<boolean> {
    const account = await this.#options.accounts.account(spId);
    return state === 'active' && account !== undefined && account.state !== 'closed';
  }

  /** Notes the sign-in, and the code as used: in turns, so that a code is taken once, and nothing that changed is undone. */
  async #enter(
    checked: User,
    { code, address }: SignInRequest,
  ): Promise<{ token: string; expiresAt: number; user: User }> {
    const { people, random, lifetime, now } = this.#options;
    const at = now();
    const user = await people.user(checked.userId);
    if (user?.passwordHash !== checked.passwordHash || user.state !== 'active')
      throw new SignInRefusal('wrong', user);
    const { totp } = user;
    const step = totp?.confirmed ? matchingStep(totp.secret, code ?? '', { now: at, ...totp }) : undefined;
    if (totp?.confirmed && step === undefined) throw new SignInRefusal('wrong', user);
    const signedIn = {
      ...user,
      lastSignInAt: at,
      totp: totp && { ...totp, lastStep: step ?? totp.lastStep },
    };
    const token = SIGN_IN_PREFIX + newCredential(random);
    const times = { createdAt: at, expiresAt: at + lifetime, lastUsedAt: at };
    await people.removeExpired(at, at - lockOutLimits.name.window);
    await people.putUser(signedIn);
    await people.putSignIn({ tokenHash: hashOfToken(token), userId: user.userId, address, ...times });
    return { token, expiresAt: times.expiresAt, user: signedIn };
  }
}
