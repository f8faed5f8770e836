/**
 * Digest authentication as a client (RFC 3261 section 22, RFC 7616, RFC 8760). The one file of the SIP core that takes
 * something from Node: hashing, a pure function.
 */
import { createHash } from 'node:crypto';
import { type AuthHeader, formatAuthHeader, parseAuthHeader } from './message/auth-header.ts';
import type { SipRequest, SipResponse } from './message/message.ts';
import { SipParseError } from './message/sip-parse-error.ts';
import { type RandomSource, randomToken } from './random.ts';

export interface DigestCredentials {
  readonly username: string;
  readonly password: string;
}

/** The headers a request must carry, or why it cannot be authorised. */
export type DigestAnswer =
  | { readonly kind: 'authorized'; readonly headers: readonly (readonly [name: string, value: string])[] }
  | {
      readonly kind: 'refused';
      /**
       * `no-credentials`: none are configured. `rejected`: the ones sent were wrong, or the server keeps calling them
       * stale. `unsupported`: no challenge this client can read, or none with an algorithm and qop it knows.
       * `downgraded`: a realm that has asked for a better hash, or for qop, now asks for MD5, or for none.
       */
      readonly why: 'no-credentials' | 'rejected' | 'unsupported' | 'downgraded';
    };

type CredentialsHeader = 'Authorization' | 'Proxy-Authorization';

/** Node's names of the hashes of RFC 8760 section 2.1; also with `-sess`. */
const hashes: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-256': 'sha256',
  'SHA-512-256': 'sha512-256',
};

/** A challenge this client can answer. */
interface Challenge {
  readonly header: CredentialsHeader;
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As written, to be echoed; undefined when absent, which means MD5. */
  readonly algorithm: string | undefined;
  readonly hash: string;
  readonly isSession: boolean;
  /** Undefined for a server of RFC 2069, which knows no qop. */
  readonly qop: 'auth' | 'auth-int' | undefined;
  readonly isStale: boolean;
}

/** A protection space: one server's realm, its newest challenge and how often its nonce has been used. */
interface Space {
  readonly challenge: Challenge;
  /** Kept for the life of the nonce: the -sess variants hash it into A1 once (RFC 7616 section 3.4.2). */
  readonly cnonce: string;
  nonceCount: number;
  /** How often in a row the server has called a nonce stale on its first use. */
  readonly staleCount: number;
}

/** A server that calls every fresh nonce stale would otherwise be asked for ever. */
const staleLimit = 3;
/** Realms that one response may open, and that are remembered. */
const spaceLimit = 16;
/** Characters of a challenge: its nonce and opaque come back in every request, which must still fit a datagram. */
const challengeLength = 2_048;

/** Answers the challenges to the requests of one call or registration. */
export class DigestClient {
  readonly #credentials: DigestCredentials | undefined;
  readonly #random: RandomSource;
  readonly #spaces = new Map<string, Space>();

  constructor(options: {
    readonly credentials?: DigestCredentials | undefined;
    readonly random: RandomSource;
  }) {
    this.#credentials = options.credentials;
    this.#random = options.random;
  }

  /**
   * What to do about a 401 or 407: the headers that the request must carry when it is sent again, in place of any
   * Authorization and Proxy-Authorization it had. It then needs a new CSeq and branch (RFC 3261 section 22.2).
   */
  authorize(request: SipRequest, response: SipResponse): DigestAnswer {
    if (this.#credentials === undefined) return { kind: 'refused', why: 'no-credentials' };
    const challenges = answerableChallenges(response);
    if (challenges === undefined) return { kind: 'refused', why: 'unsupported' };
    const used = usedNonces(request);
    for (const [key, challenge] of challenges) {
      const staleCount = this.#staleCount(key, challenge, used.get(key));
      if (staleCount === undefined) return { kind: 'refused', why: 'rejected' };
      if (this.#isDowngrade(key, challenge)) return { kind: 'refused', why: 'downgraded' };
      this.#remember(key, challenge, staleCount);
    }
    const wanted = new Set([...challenges.keys(), ...used.keys()]);
    return { kind: 'authorized', headers: this.#headersFor(request, (key) => wanted.has(key)) };
  }

  /**
   * Credentials for a further request to the same servers, before they ask (RFC 3261 section 22.2); empty when nothing
   * has been challenged yet.
   */
  reauthorize(request: SipRequest): readonly (readonly [name: string, value: string])[] {
    return this.#headersFor(request, () => true);
  }

  /**
   * How often in a row a fresh nonce has been called stale; undefined when the credentials sent with `usedNonce` are to
   * be taken as wrong (RFC 7616 section 3.3): challenged again without `stale`, or with it once too often. A nonce in
   * further use may have expired on a server that does not say so; that is worth one try.
   */
  #staleCount(key: string, challenge: Challenge, usedNonce: string | undefined): number | undefined {
    if (usedNonce === undefined) return 0;
    if (usedNonce === challenge.nonce) return undefined;
    const previous = this.#spaces.get(key);
    if (previous !== undefined && previous.nonceCount > 1) return 0;
    const staleCount = (previous?.staleCount ?? 0) + 1;
    return challenge.isStale && staleCount <= staleLimit ? staleCount : undefined;
  }

  /** RFC 7616 5.7: somebody in between who takes the better challenge away is after what MD5 gives away. */
  #isDowngrade(key: string, { hash, qop }: Challenge): boolean {
    const previous = this.#spaces.get(key)?.challenge;
    if (previous === undefined) return false;
    const isWeakerHash = previous.hash !== 'md5' && hash === 'md5';
    return isWeakerHash || (previous.qop !== undefined && qop === undefined);
  }

  #remember(key: string, challenge: Challenge, staleCount: number): void {
    const previous = this.#spaces.get(key);
    this.#spaces.delete(key);
    const isSameNonce = previous?.challenge.nonce === challenge.nonce;
    this.#spaces.set(key, {
      challenge,
      cnonce: isSameNonce ? previous.cnonce : randomToken(this.#random, 16),
      nonceCount: isSameNonce ? previous.nonceCount : 0,
      staleCount,
    });
    const [oldest] = this.#spaces.keys();
    if (this.#spaces.size > spaceLimit && oldest !== undefined) this.#spaces.delete(oldest);
  }

  #headersFor(request: SipRequest, isWanted: (key: string) => boolean): (readonly [string, string])[] {
    const headers: (readonly [string, string])[] = [];
    const credentials = this.#credentials;
    if (credentials === undefined) return headers;
    for (const [key, space] of this.#spaces) {
      if (!isWanted(key)) continue;
      space.nonceCount += 1;
      headers.push([
        space.challenge.header,
        formatAuthHeader(answer(space, credentials, request), 'credentials'),
      ]);
    }
    return headers;
  }
}

function spaceKey(header: CredentialsHeader, realm: string): string {
  return `${header} ${realm}`;
}

/** The nonces that a request's credentials were made for, by protection space. */
function usedNonces(request: SipRequest): Map<string, string> {
  const used = new Map<string, string>();
  for (const header of ['Authorization', 'Proxy-Authorization'] as const) {
    for (const text of request.headers.getAll(header)) {
      const parameters = parseAuthHeader(text).parameters;
      used.set(spaceKey(header, parameters.get('realm') ?? ''), parameters.get('nonce') ?? '');
    }
  }
  return used;
}

/**
 * The challenge to answer in each protection space; undefined when there is none at all or a space offers nothing this
 * client can do. A response may open several: 401 and 407 challenges of forked branches are collected into one
 * (RFC 3261 section 16.7).
 */
function answerableChallenges(response: SipResponse): Map<string, Challenge> | undefined {
  const chosen = new Map<string, Challenge | undefined>();
  for (const [name, header] of [
    ['WWW-Authenticate', 'Authorization'],
    ['Proxy-Authenticate', 'Proxy-Authorization'],
  ] as const) {
    for (const text of response.headers.getAll(name)) {
      const parsed = readChallenge(text);
      if (parsed === undefined) continue;
      const key = spaceKey(header, parsed.parameters.get('realm') ?? '');
      chosen.set(key, preferred(chosen.get(key), challengeOf(header, parsed)));
    }
  }
  const answerable = new Map<string, Challenge>();
  for (const [key, challenge] of chosen) {
    if (challenge === undefined) return undefined;
    answerable.set(key, challenge);
  }
  return answerable.size === 0 || answerable.size > spaceLimit ? undefined : answerable;
}

/** A challenge that is too long, cannot be read, or of another scheme, is ignored: another may do (RFC 8760 section 2.4). */
function readChallenge(text: string): AuthHeader | undefined {
  if (text.length > challengeLength) return undefined;
  try {
    const parsed = parseAuthHeader(text);
    return parsed.scheme.toLowerCase() === 'digest' ? parsed : undefined;
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}

/** The topmost wins, as the server prefers it (RFC 8760 section 2.4), except that MD5 never beats a better hash. */
function preferred(first: Challenge | undefined, next: Challenge | undefined): Challenge | undefined {
  if (first === undefined || next === undefined) return first ?? next;
  return first.hash === 'md5' && next.hash !== 'md5' ? next : first;
}

function challengeOf(header: CredentialsHeader, { parameters }: AuthHeader): Challenge | undefined {
  const nonce = parameters.get('nonce');
  const realm = parameters.get('realm');
  const algorithm = parameters.get('algorithm');
  const [, name = 'MD5', session] = /^(.*?)(-sess)?$/i.exec((algorithm ?? 'MD5').toUpperCase()) ?? [];
  const hash = hashes[name];
  const offered = parameters
    .get('qop')
    ?.toLowerCase()
    .split(',')
    .map((qop) => qop.trim());
  const qop = (['auth', 'auth-int'] as const).find((known) => offered?.includes(known));
  const isKnown = hash !== undefined && (offered === undefined || qop !== undefined);
  if (nonce === undefined || realm === undefined || !isKnown) return undefined;
  return {
    header,
    realm,
    nonce,
    opaque: parameters.get('opaque'),
    algorithm,
    hash,
    isSession: session !== undefined,
    qop,
    isStale: parameters.get('stale')?.toLowerCase() === 'true',
  };
}

/** The credentials for one request (RFC 7616 section 3.4, RFC 3261 section 22.4). */
function answer(
  { challenge, cnonce, nonceCount }: Space,
  credentials: DigestCredentials,
  request: SipRequest,
): AuthHeader {
  const nc = nonceCount.toString(16).padStart(8, '0');
  const response = digestResponse({
    ...challenge,
    ...credentials,
    cnonce,
    nc,
    method: request.method,
    uri: request.uri,
    body: request.body,
  });
  const parameters = new Map([
    ['username', credentials.username],
    ['realm', challenge.realm],
    ['nonce', challenge.nonce],
    ['uri', request.uri],
    ['response', response],
  ]);
  if (challenge.algorithm !== undefined) parameters.set('algorithm', challenge.algorithm);
  // RFC 2617 section 3.2.2: cnonce only with qop; a -sess server needs it in any case.
  if (challenge.qop !== undefined || challenge.isSession) parameters.set('cnonce', cnonce);
  if (challenge.opaque !== undefined) parameters.set('opaque', challenge.opaque);
  if (challenge.qop !== undefined) {
    parameters.set('qop', challenge.qop);
    parameters.set('nc', nc);
  }
  return { scheme: 'Digest', parameters };
}

/** All that goes into a response value; texts without quotes and escapes. */
export interface DigestInput extends DigestCredentials {
  /** Hash as Node names it. */
  readonly hash: string;
  readonly isSession: boolean;
  readonly realm: string;
  readonly nonce: string;
  readonly qop: 'auth' | 'auth-int' | undefined;
  readonly cnonce: string;
  /** Eight hexadecimal digits. */
  readonly nc: string;
  readonly method: string;
  readonly uri: string;
  readonly body: Uint8Array;
}

/** RFC 7616 sections 3.4.1 to 3.4.3; without qop that of RFC 2069. */
export function digestResponse(input: DigestInput): string {
  const hash = (content: string | Uint8Array) => createHash(input.hash).update(content).digest('hex');
  const user = hash(`${input.username}:${input.realm}:${input.password}`);
  const secret = input.isSession ? hash(`${user}:${input.nonce}:${input.cnonce}`) : user;
  const body = input.qop === 'auth-int' ? `:${hash(input.body)}` : '';
  const target = hash(`${input.method}:${input.uri}${body}`);
  const middle =
    input.qop === undefined ? input.nonce : `${input.nonce}:${input.nc}:${input.cnonce}:${input.qop}`;
  return hash(`${secret}:${middle}:${target}`);
}
