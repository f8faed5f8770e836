/** The people of an account (the service's IAM users), how they sign in, and where all that lives. */
import { createHash } from 'node:crypto';
import type { Role } from './actor.ts';
import { RuleViolation } from './rule-violation.ts';

export interface User {
  readonly userId: string;
  readonly spId: string;
  /** Unique within the account. */
  readonly name: string;
  role: Role;
  state: 'active' | 'disabled';
  /** A PHC string. */
  passwordHash: string;
  totp?: UserTotp;
  readonly createdAt: number;
  lastSignInAt?: number;
}

export interface UserTotp {
  /** Base32. */
  readonly secret: string;
  /** The user showed a code; from then on every sign-in needs one. */
  readonly confirmed: boolean;
  /** Of the latest code that was taken: none is taken twice. */
  readonly lastStep?: number;
}

/** A session of the console or of a program. (In this code "session" is a call.) */
export interface SignIn {
  /** SHA-256 of the token, hexadecimal; the token itself is kept nowhere. */
  readonly tokenHash: string;
  readonly userId: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly lastUsedAt: number;
  /** Where it came from: an IPv4 address, of IPv6 the /64. Absent of sign-ins from before it was kept. */
  readonly address?: string;
}

/** What a sign-in is called; nobody can sign in with it. */
export const signInIdOf = ({ tokenHash }: Pick<SignIn, 'tokenHash'>): string => tokenHash.slice(0, 32);

/** A personal access token. */
export interface AccessToken {
  readonly tokenId: string;
  readonly tokenHash: string;
  readonly userId: string;
  readonly name: string;
  /** How it begins, to be recognised by. */
  readonly prefix: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
}

/** Failures to sign in as somebody, or from somewhere. */
export interface SignInFailures {
  readonly failures: number;
  /** When they are counted from. */
  readonly since: number;
  /** 0: not locked. */
  readonly lockedUntil: number;
}

export interface PeopleStore {
  /** Of one account, or of all, in order of creation. */
  users(spId?: string): Promise<User[]>;
  user(userId: string): Promise<User | undefined>;
  userOfName(spId: string, name: string): Promise<User | undefined>;
  /** `endSignIns`: whoever is signed in as this user is not any more, in the same transaction. */
  putUser(user: User, options?: { readonly endSignIns?: boolean }): Promise<void>;
  signIn(tokenHash: string): Promise<SignIn | undefined>;
  /** Of one user, in order of creation; also those whose time is over, until they are removed. */
  signInsOf(userId: string): Promise<SignIn[]>;
  putSignIn(signIn: SignIn): Promise<void>;
  noteSignInUsed(tokenHash: string, at: number): Promise<void>;
  removeSignIn(tokenHash: string): Promise<void>;
  /** Sign-ins whose time is over, and failures that count from before `failuresBefore`, unless they lock. */
  removeExpired(now: number, failuresBefore: number): Promise<void>;
  /** Of one user, in order of creation. */
  accessTokens(userId: string): Promise<AccessToken[]>;
  accessToken(tokenHash: string): Promise<AccessToken | undefined>;
  addAccessToken(token: AccessToken): Promise<void>;
  noteAccessTokenUsed(tokenId: string, at: number): Promise<void>;
  removeAccessToken(tokenId: string): Promise<void>;
  failures(subject: string): Promise<SignInFailures | undefined>;
  putFailures(subject: string, failures: SignInFailures): Promise<void>;
}

/** How a token is kept: it has 166 bits of its own, so one fast digest does. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

export function checkUserName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(name)) return;
  throw new RuleViolation(
    'user-name-invalid',
    'A name has 1-64 letters, digits and . _ @ - and begins with one of the first two.',
    {
      field: 'name',
      remedy: 'For example wang.fang or wang@example.com.',
    },
  );
}
