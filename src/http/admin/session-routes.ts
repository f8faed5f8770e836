/** Signing in and out, and what users do about themselves. (A login; calls are called calls here.) */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { mayDo, type Right, roles } from '../../accounts/actor.ts';
import type { AuditedChange } from '../../accounts/audit.ts';
import { DEFAULT_SP_ID } from '../../accounts/apps.ts';
import type { OperatorSignIns } from '../../accounts/operator-sign-ins.ts';
import { SignInRefusal, type SignIns } from '../../accounts/sign-ins.ts';
import { totpAddress } from '../../accounts/totp.ts';
import type { UserAdministration } from '../../accounts/user-administration.ts';
import type { User } from '../../accounts/user.ts';
import type { Clock } from '../../call/ports.ts';
import { defaultFailureLimits, FailureGuard, keyOf as addressGroup } from '../voicecall/failure-guard.ts';
import { isFromThisMachine, isOnThisMachine } from '../console/open-console.ts';
import { type Authorization, forbidden, SIGN_IN_COOKIE } from './authorize.ts';
import { AdminRefusal, errorSchema } from './errors.ts';
import { accountQuery } from './views.ts';

export interface SessionRoutesOptions {
  readonly signIns: SignIns;
  readonly operatorSignIns: OperatorSignIns;
  /** Whoever opens the console on the platform's own machine is its operator. */
  readonly openConsole: boolean;
  readonly users: UserAdministration;
  readonly authorization: Authorization;
  readonly clock: Clock;
}

const tags = ['session'];

const code = z.string().regex(/^\d{6}$/, 'A code has six digits.');
const password = z.string().max(1024);

const rightsSchema = z.array(z.enum(['read', 'manage', 'review', 'people', 'operate']));

export const whoSchema = z.object({
  kind: z.enum(['operator', 'user', 'nobody']).describe('nobody: a browser in which nobody is signed in.'),
  account: z.string().optional(),
  name: z.string().optional(),
  role: z.enum(roles).optional(),
  rights: rightsSchema,
  open: z
    .boolean()
    .optional()
    .describe('Of nobody: whether they may come in as the operator without a token (--open-console).'),
  totp: z.boolean().optional().describe('Whether signing in needs a code of an authenticator.'),
});

const signInSchema = z.strictObject({
  account: z.string().max(64).default(DEFAULT_SP_ID),
  name: z.string().max(128),
  password,
  code: code.optional().describe("Of the user's authenticator, where there is one."),
  bearer: z
    .boolean()
    .default(false)
    .describe(
      'For programs: the token is in the answer. Otherwise it is in a cookie that no script can read.',
    ),
});

const allRights: readonly Right[] = ['read', 'manage', 'review', 'people', 'operate'];

function whoView({ actor, signedIn }: Pick<FastifyRequest, 'actor' | 'signedIn'>): z.infer<typeof whoSchema> {
  const rights = allRights.filter((right) => mayDo(actor, right));
  if (actor.kind === 'operator') return { kind: 'operator', rights };
  const { spId: account, name, role } = actor;
  return { kind: 'user', account, name, role, rights, totp: signedIn?.user.totp?.confirmed ?? false };
}

/** The user who asks; what they do about their own credentials needs a sign-in, not a token that may lie about somewhere. */
export function selfOf({ signedIn }: FastifyRequest): User {
  if (signedIn?.by === 'sign-in') return signedIn.user;
  throw forbidden('This needs a user who signed in; a token is not enough.');
}

/** A name that there is not is not kept: it may be a password in the wrong field. */
const refusedSignIn = ({ user, reason }: SignInRefusal): AuditedChange => ({
  object: { kind: 'session', id: user?.name ?? 'unknown' },
  spId: user?.spId,
  outcome: 'refused',
  after: { reason },
});

function setCookie(request: FastifyRequest, reply: FastifyReply, token: string, expires: number): void {
  const secure = request.protocol === 'https' ? '; Secure' : '';
  const rules = `Path=/; HttpOnly; SameSite=Strict${secure}; Expires=${new Date(expires).toUTCString()}`;
  reply.header('set-cookie', `${SIGN_IN_COOKIE}=${token}; ${rules}`);
}

export function registerSessionRoutes(server: FastifyInstance, options: SessionRoutesOptions): void {
  registerSignIn(server, options);
  registerOperatorSignIn(server, options);
  registerOwnPassword(server, options);
  registerOwnTotp(server, options);
}

function registerSignIn(server: FastifyInstance, options: SessionRoutesOptions): void {
  const { signIns, operatorSignIns, authorization } = options;
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/session',
    {
      config: { right: 'anyone' },
      schema: {
        tags,
        summary: 'Sign in',
        security: [],
        body: signInSchema,
        response: {
          201: z.object({ expiresAt: z.iso.datetime(), token: z.string().optional() }),
          default: errorSchema,
        },
      },
    },
    async (request, reply) => {
      if (!request.body.bearer) authorization.checkHost(request);
      const { account: spId, bearer, name, ...shown } = request.body;
      const attempt = { ...shown, spId, name, address: addressGroup(request.ip) };
      const { token, expiresAt, user } = await signIns.signIn(attempt).catch((error: unknown) => {
        // Of what is locked nothing is tried, and nobody fills the trail with it.
        if (error instanceof SignInRefusal && error.reason !== 'locked') request.audit(refusedSignIn(error));
        throw error;
      });
      request.actor = { kind: 'user', spId, userId: user.userId, name, role: user.role };
      request.audit({ object: { kind: 'session', id: name }, spId });
      if (!bearer) setCookie(request, reply, token, expiresAt);
      reply.header('cache-control', 'no-store');
      return reply
        .code(201)
        .send({ expiresAt: new Date(expiresAt).toISOString(), token: bearer ? token : undefined });
    },
  );

  routes.get(
    '/session',
    {
      config: { right: 'anyone' },
      schema: {
        tags,
        summary: 'Who asks, and what they may do',
        description:
          'Without a token, and without the cookie of a sign-in that holds: nobody, and no rights.',
        security: [{ operator: [] }, {}],
        querystring: accountQuery,
        response: { 200: whoSchema, default: errorSchema },
      },
    },
    async (request) => {
      try {
        await authorization.check(request, 'self');
      } catch (error) {
        const sendsToken = request.headers.authorization !== undefined;
        if (sendsToken || !(error instanceof AdminRefusal && error.status === 401)) throw error;
        const open = options.openConsole && isOnThisMachine(request);
        return { kind: 'nobody' as const, rights: [], open };
      }
      return whoView(request);
    },
  );

  routes.delete(
    '/session',
    {
      config: { right: 'self' },
      schema: { tags, summary: 'Sign out', response: { 204: z.undefined(), default: errorSchema } },
    },
    async (request, reply) => {
      const { operatorToken } = request;
      if (operatorToken !== undefined) operatorSignIns.signOut(operatorToken);
      const name = operatorToken === undefined ? selfOf(request).name : 'operator';
      await signIns.signOut(request.signedIn?.token ?? '');
      setCookie(request, reply, '', 0);
      request.audit({ object: { kind: 'session', id: name } });
      return reply.code(204).send();
    },
  );
}

/** An address that gave wrong tokens of the operator is heard no more for a while: not even the trail is written. */
function lockedOut({ ip }: FastifyRequest, failures: FailureGuard, now: number): AdminRefusal | undefined {
  const until = failures.blocked(now).find(({ address }) => address === addressGroup(ip))?.until;
  if (until === undefined) return undefined;
  const seconds = Math.ceil((until - now) / 1_000);
  const message = 'There were too many failures to sign in.';
  return new AdminRefusal(429, 'locked-out', message, `Try again in ${seconds} s.`, seconds);
}

function registerOperatorSignIn(server: FastifyInstance, options: SessionRoutesOptions): void {
  const failures = new FailureGuard(defaultFailureLimits);
  server.withTypeProvider<ZodTypeProvider>().post(
    '/session/operator',
    {
      config: { right: 'anyone' },
      schema: {
        tags,
        summary: "Sign in at the console as the platform's operator",
        description:
          'With the token of DATA/admin.json; without it where the console is open (--open-console) and the browser runs on the same machine. The sign-in is in a cookie that no script can read, and ends when the platform is started again.',
        security: [],
        body: z.strictObject({ token: password.optional() }),
        response: { 201: z.object({ expiresAt: z.iso.datetime() }), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { token: given } = request.body;
      options.authorization.checkHost(request);
      const now = options.clock.now();
      const locked = given === undefined ? undefined : lockedOut(request, failures, now);
      if (locked !== undefined) throw locked;
      const right =
        given === undefined
          ? options.openConsole && isFromThisMachine(request)
          : options.authorization.isOperatorToken(given);
      const object = { kind: 'session', id: 'operator' };
      if (!right) {
        if (given !== undefined) {
          failures.failed(request.ip, now);
          request.audit({ object, outcome: 'refused', after: { reason: 'wrong' } });
        }
        throw new AdminRefusal(
          401,
          given === undefined ? 'console-closed' : 'sign-in-refused',
          given === undefined ? 'This console asks who you are.' : 'The token is wrong.',
          'Give the token of DATA/admin.json, or sign in as a user of an account.',
        );
      }
      request.actor = { kind: 'operator' };
      const { token, expiresAt } = options.operatorSignIns.signIn();
      request.audit({ object });
      setCookie(request, reply, token, expiresAt);
      reply.header('cache-control', 'no-store');
      return reply.code(201).send({ expiresAt: new Date(expiresAt).toISOString() });
    },
  );
}

function registerOwnPassword(server: FastifyInstance, { users }: SessionRoutesOptions): void {
  server.withTypeProvider<ZodTypeProvider>().post(
    '/session/password',
    {
      config: { right: 'self' },
      schema: {
        tags,
        summary: 'Change your own password',
        description: 'Whoever is signed in as you, yourself included, has to sign in again.',
        body: z.strictObject({ current: password, password }),
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const user = selfOf(request);
      await users.checkOwnPassword(user, request.body.current, addressGroup(request.ip));
      await users.setPassword(user.spId, user.name, request.body.password);
      request.audit({ object: { kind: 'user', id: user.name }, after: { password: 'changed' } });
      return reply.code(204).send();
    },
  );
}

function registerOwnTotp(server: FastifyInstance, { users }: SessionRoutesOptions): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const none = { 204: z.undefined(), default: errorSchema };

  routes.post(
    '/session/totp',
    {
      config: { right: 'self' },
      schema: {
        tags,
        summary: 'Begin to set up an authenticator (RFC 6238)',
        body: z.strictObject({ password }),
        response: {
          201: z.object({
            secret: z.string().describe('Base32; shown only here.'),
            address: z.string().describe('otpauth: URI, for a QR code.'),
          }),
          default: errorSchema,
        },
      },
    },
    async (request, reply) => {
      const user = selfOf(request);
      await users.checkOwnPassword(user, request.body.password, addressGroup(request.ip));
      const secret = await users.beginTotp(user.userId);
      request.audit({ object: { kind: 'user', id: user.name }, after: { totp: 'begun' } });
      reply.header('cache-control', 'no-store');
      return reply.code(201).send({ secret, address: totpAddress(secret, user) });
    },
  );

  routes.post(
    '/session/totp/confirm',
    {
      config: { right: 'self' },
      schema: {
        tags,
        summary: 'Show a code of the authenticator; from then on signing in needs one',
        body: z.strictObject({ code }),
        response: none,
      },
    },
    async (request, reply) => {
      const { userId, name } = selfOf(request);
      await users.confirmTotp(userId, request.body.code);
      request.audit({ object: { kind: 'user', id: name }, after: { totp: 'set up' } });
      return reply.code(204).send();
    },
  );

  routes.post(
    '/session/totp/remove',
    {
      config: { right: 'self' },
      schema: {
        tags,
        summary: 'Remove your authenticator',
        body: z.strictObject({ password }),
        response: none,
      },
    },
    async (request, reply) => {
      const user = selfOf(request);
      await users.checkOwnPassword(user, request.body.password, addressGroup(request.ip));
      await users.removeTotp(user.userId);
      request.audit({ object: { kind: 'user', id: user.name }, after: { totp: 'removed' } });
      return reply.code(204).send();
    },
  );
}
