/** Who sent a request of the operator's side, and whether it may do what it asks for. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Actor, mayDo, type Right } from '../../accounts/actor.ts';
import { type AuditedChange, auditEntry, type AuditEntry, type AuditTrail } from '../../accounts/audit.ts';
import type { Clock } from '../../call/ports.ts';
import { DEFAULT_SP_ID } from '../../accounts/apps.ts';
import { AdminRefusal } from './errors.ts';

/** A right; or `anyone`, without credentials; or `self`, whoever signed in, about himself. */
export type RouteRight = Right | 'anyone' | 'self';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a request needs; without it only the platform's operator is served. */
    right?: RouteRight;
  }
  interface FastifyRequest {
    /** Who asks; only where the route's right is not `anyone`. */
    actor: Actor;
    /** The account whose objects the request may see and change; undefined: all, which only the operator gets. */
    spId: string | undefined;
    /** Notes a change for the audit trail; it is stored before the answer leaves. Never rejects: the answer does. */
    audit(change: AuditedChange): void;
  }
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

export interface AuthorizationOptions {
  /** The operator's bearer token. */
  readonly operatorToken: string;
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

  constructor({ operatorToken }: AuthorizationOptions) {
    this.#operatorToken = digestOf(operatorToken);
  }

  /**
   * Who sent the request, and that he may. Sets `actor` and `spId`.
   * @param queryToken taken where a browser cannot set headers (EventSource)
   * @throws {AdminRefusal} 401, 403
   */
  async check(request: FastifyRequest, right: RouteRight, queryToken?: string): Promise<void> {
    if (right === 'anyone') return;
    const actor = await this.#actorOf(request, queryToken);
    request.actor = actor;
    request.spId = accountAskedFor(request, actor);
    if (right === 'self' || mayDo(actor, right)) return;
    throw forbidden(`Your role does not include the right "${right}" that this needs.`);
  }

  async #actorOf(request: FastifyRequest, queryToken: string | undefined): Promise<Actor> {
    const bearer = /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const given = bearer ?? queryToken;
    // In a time that does not depend on where they differ.
    if (given !== undefined && timingSafeEqual(digestOf(given), this.#operatorToken))
      return { kind: 'operator' };
    throw unauthorized();
  }
}

export const forbidden = (message: string): AdminRefusal =>
  new AdminRefusal(
    403,
    'forbidden',
    message,
    'Ask the owner of your account, or the operator of the platform.',
  );

/** Users have their account; the operator all of them, or the one of `?account=`. */
function accountAskedFor({ query }: FastifyRequest, actor: Actor): string | undefined {
  const { account } = query as { account?: unknown };
  const asked = typeof account === 'string' && account !== '' ? account : undefined;
  if (actor.kind === 'operator') return asked;
  if (asked !== undefined && asked !== actor.spId) throw forbidden('This is not your account.');
  return actor.spId;
}

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

/** Checks every request below `scope`, and stores what they did before they are answered. */
export function authorizeAndAudit(scope: FastifyInstance, options: AuditingOptions): void {
  const { authorization, auditTrail, clock } = options;
  const noted = new WeakMap<FastifyRequest, AuditEntry[]>();
  const actionOf = ({ method, routeOptions }: FastifyRequest): string =>
    `${method} ${routeOptions.url?.replace(/^\/admin\/v1/, '') ?? ''}`;
  const audit = function (this: FastifyRequest, change: AuditedChange): void {
    const entries = noted.get(this) ?? [];
    noted.set(this, entries);
    const by = { actor: this.actor, address: this.ip, action: actionOf(this), at: clock.now() };
    entries.push(auditEntry(change, by));
  };
  scope.addHook('onRequest', async (request) => {
    const { right = 'operate' } = request.routeOptions.config;
    await authorization.check(request, right);
  });
  scope.decorateRequest('audit', audit);
  scope.addHook('onSend', async (request, reply) => {
    const { right, url } = { right: request.routeOptions.config.right, url: request.routeOptions.url };
    const done = reply.statusCode < 400 && url !== undefined && !isReading(request.method);
    // A change that its route says nothing of is on record all the same.
    if (done && right !== 'anyone' && !noted.has(request)) request.audit({ object: objectOf(request) });
    const entries = noted.get(request) ?? [];
    noted.set(request, []);
    await auditTrail.append(entries);
  });
}

/** What the path names: its first word, and the values of its parameters. */
function objectOf({ routeOptions, params }: FastifyRequest): { kind: string; id: string } {
  const path = routeOptions.url?.replace(/^\/admin\/v1\//, '') ?? '';
  const kind = path.split('/')[0]?.replace(/s$/, '') ?? '';
  return { kind, id: Object.values((params ?? {}) as Record<string, string>).join('/') };
}
