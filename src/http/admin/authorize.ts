/** Who sent a request of the operator's side, and whether it may do what it asks for. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Actor, mayDo, type Right } from '../../accounts/actor.ts';
import {
  type AuditDraft,
  type AuditedChange,
  auditEntry,
  type AuditEntry,
  type AuditTrail,
} from '../../accounts/audit.ts';
import type { Clock } from '../../call/ports.ts';
import { closedAccount, unknownAccount } from '../../accounts/administration.ts';
import { type ChangedBy, DEFAULT_SP_ID } from '../../accounts/apps.ts';
import type { AccountStore } from '../../accounts/ports.ts';
import type { OperatorSignIns } from '../../accounts/operator-sign-ins.ts';
import { actorOf, type Identified, type SignIns } from '../../accounts/sign-ins.ts';
import type { KnownHosts } from '../console/known-hosts.ts';
import { namesThisMachine } from '../console/open-console.ts';
import { AdminRefusal } from './errors.ts';

/** A right; or `anyone`, without credentials; or `self`, whoever signed in, about himself. */
export type RouteRight = Right | 'anyone' | 'self';

/** A user, and the token that he sent. */
export interface SignedIn extends Identified {
  readonly token: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a request needs; without it only the platform's operator is served. */
    right?: RouteRight;
    /** A POST that changes nothing, so that it is not on record. */
    reads?: boolean;
    /** The body names no person and no secret but by names that the trail hides: it tells what was asked for. */
    auditsBody?: boolean;
    /** A change that a closed account still needs: of what it left behind. */
    inClosedAccount?: boolean;
  }
  interface FastifyRequest {
    /** The user behind the actor; absent where that is the operator. */
    signedIn: SignedIn | undefined;
    /** Who asks; only where the route's right is not `anyone`. */
    actor: Actor;
    /** Of an operator who signed in at the console: what his cookie holds. */
    operatorToken: string | undefined;
    /** A browser sends it, with the cookie of a sign-in: somebody looks at a screen. */
    atScreen: boolean;
    /** The account whose objects the request may see and change; undefined: all, which only the operator gets. */
    spId: string | undefined;
    /** Says what is about to be changed, before it is: what a crash in the middle leaves on record. */
    changing(change: Pick<AuditedChange, 'object' | 'spId' | 'before'>): void;
    /** Notes a change for the audit trail; it is stored before the answer leaves. Never rejects: the answer does. */
    audit(change: AuditedChange): void;
  }
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

export interface AuthorizationOptions {
  readonly signIns: SignIns;
  readonly operatorSignIns: OperatorSignIns;
  readonly accounts: Pick<AccountStore, 'account'>;
  /** The operator's bearer token. */
  readonly operatorToken: string;
  /** The names under which browsers may use their sign-in. */
  readonly hosts: KnownHosts;
}

const unauthorized = (): AdminRefusal =>
  new AdminRefusal(
    401,
    'unauthorized',
    'The bearer token is missing or wrong.',
    'Send "Authorization: Bearer TOKEN" with the token of DATA/admin.json.',
  );

/** Tells who sends a request. */
export class Authorization {
  readonly #operatorToken: Buffer;
  readonly #signIns: SignIns;
  readonly #operatorSignIns: OperatorSignIns;
  readonly #accounts: Pick<AccountStore, 'account'>;
  readonly #hosts: KnownHosts;

  constructor({ operatorToken, signIns, operatorSignIns, accounts, hosts }: AuthorizationOptions) {
    this.#accounts = accounts;
    this.#hosts = hosts;
    this.#operatorToken = digestOf(operatorToken);
    this.#signIns = signIns;
    this.#operatorSignIns = operatorSignIns;
  }

  /** In a time that does not depend on where they differ. */
  isOperatorToken(token: string): boolean {
    return timingSafeEqual(digestOf(token), this.#operatorToken);
  }

  /**
   * What a browser shows under another name than ours is no page of ours, whatever it sends.
   * @throws {AdminRefusal} 403
   */
  checkHost({ host }: Pick<FastifyRequest, 'host'>): void {
    if (this.#hosts.has(host)) return;
    const message = 'The console is not known under the name in this address.';
    const remedy =
      'Open it under its address or a name of its own; the operator adds names by --console-hosts.';
    throw new AdminRefusal(403, 'host-unknown', message, remedy);
  }

  /**
   * Who sent the request, and that he may. Sets `actor` and `spId`.
   * @param queryToken taken where a browser cannot set headers (EventSource)
   * @throws {AdminRefusal} 401, 403
   */
  async check(request: FastifyRequest, right: RouteRight, queryToken?: string): Promise<void> {
    if (right === 'anyone') return;
    const { actor, signedIn, operatorToken, atScreen } = await this.#identify(request, queryToken);
    request.atScreen = atScreen;
    request.actor = actor;
    request.signedIn = signedIn;
    request.operatorToken = operatorToken;
    request.spId = accountAskedFor(request, actor);
    if (actor.kind === 'operator' && request.spId !== undefined)
      await this.#checkAccount(request.spId, request);
    if (right === 'self' || mayDo(actor, right)) return;
    throw forbidden(`Your role does not include the right "${right}" that this needs.`);
  }

  /** What the operator does for an account needs it to be there, and open if something of it is to be made or changed. */
  async #checkAccount(spId: string, { method, routeOptions: { config } }: FastifyRequest): Promise<void> {
    const account = await this.#accounts.account(spId);
    // The first account is there before anything is kept of it.
    if (account === undefined && spId !== DEFAULT_SP_ID) throw unknownAccount();
    const makes = !isReading(method) && method !== 'DELETE' && !config.reads && !config.inClosedAccount;
    if (account?.state === 'closed' && makes) throw closedAccount();
  }

  async #identify(
    request: FastifyRequest,
    queryToken: string | undefined,
  ): Promise<{ actor: Actor; atScreen: boolean; signedIn?: SignedIn; operatorToken?: string }> {
    const bearer = /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const given = bearer ?? queryToken;
    const atScreen = given === undefined;
    if (given !== undefined && this.isOperatorToken(given)) return { actor: { kind: 'operator' }, atScreen };
    const token = given ?? cookieOf(request);
    if (atScreen && token !== undefined && this.#operatorSignIns.isSignedIn(token)) {
      this.checkHost(request);
      checkSameOrigin(request);
      return { actor: { kind: 'operator' }, atScreen, operatorToken: token };
    }
    const found = token === undefined ? undefined : await this.#signIns.identify(token);
    if (token === undefined || found === undefined) throw unauthorized();
    if (atScreen) {
      this.checkHost(request);
      checkSameOrigin(request);
    }
    return { actor: actorOf(found.user), atScreen, signedIn: { ...found, token } };
  }
}

export const forbidden = (message: string): AdminRefusal =>
  new AdminRefusal(
    403,
    'forbidden',
    message,
    'Ask the owner of your account, or the operator of the platform.',
  );

/** Of a browser that signed in; programs send the token themselves. */
export const SIGN_IN_COOKIE = 'ovc_session';

function cookieOf({ headers }: FastifyRequest): string | undefined {
  for (const cookie of headers.cookie?.split(';') ?? []) {
    const [name, value] = cookie.trim().split('=');
    if (name === SIGN_IN_COOKIE && value) return value;
  }
  return undefined;
}

/**
 * A browser sends its cookie with whatever a page asks for, another site's page too; SameSite=Strict forbids that, and this
 * does where a browser would not: a change comes from our own pages only (Fetch Metadata, or the Origin of RFC 6454).
 */
function checkSameOrigin(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  if (isReading(request.method) || (site === undefined ? isOwnOrigin(request) : site === 'same-origin'))
    return;
  throw notOwnPage();
}

const notOwnPage = (): AdminRefusal => forbidden('The request does not come from a page of this platform.');

function isOwnOrigin({ headers: { origin }, host }: FastifyRequest): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

/**
 * Sockets: a browser always says which page opens one (RFC 6455 4.1), and lets pages of any site do so, with the cookie of this
 * one. Programs, which send a token, need not.
 * @throws {AdminRefusal} 403
 */
export function checkSocketOrigin(request: FastifyRequest): void {
  if (isOwnOrigin(request) || (request.headers.origin === undefined && !request.atScreen)) return;
  throw notOwnPage();
}

/**
 * Streams that are read with a cookie. Browsers tell the page's site wherever the address is to be trusted (Fetch Metadata: HTTPS,
 * or the machine itself); elsewhere they tell of a GET only the Origin of other sites.
 * @throws {AdminRefusal} 403
 */
export function checkStreamOrigin(request: FastifyRequest): void {
  if (!request.atScreen) return;
  const { headers, host, protocol } = request;
  const site = headers['sec-fetch-site'];
  if (site === undefined ? isOwnOrigin(request) : site === 'same-origin') return;
  const tellsNothing = site === undefined && headers.origin === undefined;
  if (tellsNothing && protocol === 'http' && !namesThisMachine(host)) return;
  throw notOwnPage();
}

/** Users have their account; the operator all of them, or the one of `?account=`. */
function accountAskedFor({ query }: FastifyRequest, actor: Actor): string | undefined {
  const { account } = query as { account?: unknown };
  const asked = typeof account === 'string' && account !== '' ? account : undefined;
  if (actor.kind === 'operator') return asked;
  if (asked !== undefined && asked !== actor.spId) throw forbidden('This is not your account.');
  return actor.spId;
}

export const changedBy = ({ actor }: Pick<FastifyRequest, 'actor'>): ChangedBy =>
  actor.kind === 'operator' ? 'operator' : 'people';

/** The account that something new belongs to. */
export const ownAccount = ({ spId }: Pick<FastifyRequest, 'spId'>): string => spId ?? DEFAULT_SP_ID;

/** Whether the request may see what belongs to this account. */
export const maySee = ({ spId }: Pick<FastifyRequest, 'spId'>, owner: string): boolean =>
  spId === undefined || spId === owner;

export interface AuditingOptions {
  readonly authorization: Authorization;
  readonly auditTrail: AuditTrail;
  readonly clock: Clock;
}

const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD';

/**
 * Checks every request below `scope`, and stores what they did before they are answered. From its first write on a change is
 * on record, in the same transaction, with what was asked for; the entry is completed once it is known what came of it.
 */
export function authorizeAndAudit(scope: FastifyInstance, options: AuditingOptions): void {
  const { authorization, auditTrail, clock } = options;
  const noted = new WeakMap<FastifyRequest, AuditEntry[]>();
  const begun = new WeakMap<FastifyRequest, Pick<AuditedChange, 'object' | 'spId' | 'before'>>();
  const drafts = new WeakMap<FastifyRequest, AuditDraft>();
  const actionOf = ({ method, routeOptions }: FastifyRequest): string =>
    `${method} ${routeOptions.url?.replace(/^\/admin\/v1/, '') ?? ''}`;
  const entryOf = (request: FastifyRequest, change: AuditedChange): AuditEntry => {
    const { actor, ip: address } = request;
    return auditEntry(change, { actor, address, action: actionOf(request), at: clock.now() });
  };
  const audit = function (this: FastifyRequest, change: AuditedChange): void {
    const entries = noted.get(this) ?? [];
    noted.set(this, entries);
    entries.push(entryOf(this, change));
  };
  scope.addHook('onRequest', async (request) => {
    const { right = 'operate' } = request.routeOptions.config;
    await authorization.check(request, right);
  });
  scope.decorateRequest('audit', audit);
  scope.decorateRequest('changing', function (this: FastifyRequest, change) {
    begun.set(this, change);
  });
  // Where it is known who asks and what, and nothing is done yet.
  scope.addHook('preHandler', (request, _reply, done) => {
    if (!changesSomething(request) || request.routeOptions.config.right === 'anyone') return done();
    const entry = (): AuditEntry => entryOf(request, askedChange(request, begun.get(request)));
    auditTrail.accompany(entry, (draft) => {
      drafts.set(request, draft);
      done();
    });
  });
  scope.addHook('onSend', async (request, reply) => {
    const { config, url } = request.routeOptions;
    const done = reply.statusCode < 400 && url !== undefined && changesSomething(request);
    // A change that its route says nothing of is on record all the same.
    if (done && config.right !== 'anyone' && !noted.has(request))
      request.audit({ object: objectOf(request) });
    const entries = noted.get(request) ?? [];
    noted.set(request, []);
    const draft = drafts.get(request);
    drafts.delete(request);
    await (draft === undefined ? auditTrail.append(entries) : draft.complete(entries));
  });
}

const changesSomething = ({ method, routeOptions: { config } }: FastifyRequest): boolean =>
  !isReading(method) && !config.reads;

/** What a change is known to be before it is made. */
function askedChange(request: FastifyRequest, begun?: Omit<AuditedChange, 'after'>): AuditedChange {
  const { spId, body } = request;
  const asked = typeof body === 'object' && body !== null ? body : {};
  const after = request.routeOptions.config.auditsBody ? asked : { asked: Object.keys(asked) };
  return { object: objectOf(request), spId, ...begun, after: { ...begun?.before, ...after } };
}

/** What the path names: its first word, and the values of its parameters. */
function objectOf({ routeOptions, params }: FastifyRequest): { kind: string; id: string } {
  const path = routeOptions.url?.replace(/^\/admin\/v1\//, '') ?? '';
  const kind = path.split('/')[0]?.replace(/s$/, '') ?? '';
  return { kind, id: Object.values((params ?? {}) as Record<string, string>).join('/') };
}
