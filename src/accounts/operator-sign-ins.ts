/** The platform operator at the console: signed in by a cookie, so that no script of the page holds his token. */
import { newCredential } from './apps.ts';
import type { RandomIntegers } from './random-source.ts';
import { hashOfToken } from './user.ts';

export interface OperatorSignInsOptions {
  readonly now: () => number;
  /** Cryptographically strong. */
  readonly random: RandomIntegers;
  /** ms from the sign-in to its end, whatever happens in between. */
  readonly lifetime: number;
  /** ms without a request after which a sign-in ends. */
  readonly idle: number;
}

export const OPERATOR_SIGN_IN_PREFIX = 'ovo_';

/** Sign-ins at once; of more the oldest end. */
const MOST_SIGN_INS = 1_000;

/** In memory: whoever starts the platform again has the token to sign in again. */
export class OperatorSignIns {
  readonly #options: OperatorSignInsOptions;
  /** By the hash of the token, oldest first. */
  readonly #open = new Map<string, { readonly expiresAt: number; lastUsedAt: number }>();

  constructor(options: OperatorSignInsOptions) {
    this.#options = options;
  }

  signIn(): { readonly token: string; readonly expiresAt: number } {
    const { now, random, lifetime } = this.#options;
    const token = OPERATOR_SIGN_IN_PREFIX + newCredential(random);
    const expiresAt = now() + lifetime;
    const [oldest] = this.#open.keys();
    if (oldest !== undefined && this.#open.size >= MOST_SIGN_INS) this.#open.delete(oldest);
    this.#open.set(hashOfToken(token), { expiresAt, lastUsedAt: now() });
    return { token, expiresAt };
  }

  signOut(token: string): void {
    this.#open.delete(hashOfToken(token));
  }

  /** Whether the token is of a sign-in that is not over; being asked counts as use. */
  isSignedIn(token: string): boolean {
    const now = this.#options.now();
    const hash = hashOfToken(token);
    const found = this.#open.get(hash);
    if (found === undefined) return false;
    if (found.expiresAt <= now || found.lastUsedAt + this.#options.idle <= now) {
      this.#open.delete(hash);
      return false;
    }
    found.lastUsedAt = now;
    return true;
  }
}
