/** Personal access tokens: for programs that act as a user. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { mayDo } from '../../accounts/actor.ts';
import type { UserAdministration } from '../../accounts/user-administration.ts';
import type { AccessToken, User } from '../../accounts/user.ts';
import { forbidden, ownAccount } from './authorize.ts';
import { AdminRefusal, errorSchema } from './errors.ts';
import { selfOf } from './session-routes.ts';
import type { UserRoutesOptions } from './user-routes.ts';
import { accountQuery } from './views.ts';

const tags = ['tokens'];
const time = z.iso.datetime();

export const tokenSchema = z.object({
  tokenId: z.string(),
  name: z.string(),
  user: z.string(),
  prefix: z.string().describe('How the token begins.'),
  createdAt: time,
  expiresAt: time.optional(),
  lastUsedAt: time.optional().describe('To a minute.'),
});

const timeOf = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString();

function tokenView(token: AccessToken, user: User): z.infer<typeof tokenSchema> {
  const { tokenId, name, prefix, createdAt, expiresAt, lastUsedAt } = token;
  const times = { createdAt: new Date(createdAt).toISOString(), expiresAt: timeOf(expiresAt) };
  return { tokenId, name, user: user.name, prefix, ...times, lastUsedAt: timeOf(lastUsedAt) };
}

const userQuery = accountQuery.extend({
  user: z.string().optional().describe("Whose tokens; a user's own where it is absent."),
});

export function registerTokenRoutes(server: FastifyInstance, { users }: UserRoutesOptions): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  /** Whose tokens are meant: one's own, or those of somebody whom one may administer. */
  async function ownerOf(request: FastifyRequest, name: string | undefined): Promise<User> {
    const self = request.signedIn?.user;
    if (name === undefined && self === undefined) {
      throw new AdminRefusal(
        400,
        'invalid-request',
        'Say whose tokens are meant.',
        'Give ?user=NAME (--user NAME).',
      );
    }
    if (name === undefined || name === self?.name) return self!;
    if (!mayDo(request.actor, 'people')) throw forbidden("These are another user's tokens.");
    return users.user(ownAccount(request), name);
  }

  routes.post(
    '/tokens',
    {
      config: { right: 'self' },
      schema: {
        tags,
        summary: 'Make a personal access token',
        description:
          "It has its user's rights. Users make their own, signed in; the platform's operator makes any.",
        querystring: userQuery,
        body: z.strictObject({
          name: z.string(),
          days: z.int().min(1).max(3650).optional().describe('Until it expires; absent: it does not.'),
        }),
        response: {
          201: tokenSchema.extend({ token: z.string().describe('Shown only here.') }),
          default: errorSchema,
        },
      },
    },
    async (request, reply) => {
      const user =
        request.actor.kind === 'user' ? selfOf(request) : await ownerOf(request, request.query.user);
      if (request.query.user !== undefined && request.query.user !== user.name) {
        throw forbidden('Users make tokens for themselves only.');
      }
      const { token, kept } = await users.createToken(user, request.body);
      const shown = tokenView(kept, user);
      request.audit({
        object: { kind: 'token', id: kept.tokenId },
        spId: user.spId,
        after: auditedToken(shown),
      });
      reply.header('cache-control', 'no-store');
      return reply.code(201).send({ ...shown, token });
    },
  );

  routes.get(
    '/tokens',
    {
      config: { right: 'self' },
      schema: {
        tags,
        summary: "A user's tokens, in order of creation",
        querystring: userQuery,
        response: { 200: z.object({ tokens: z.array(tokenSchema) }), default: errorSchema },
      },
    },
    async (request) => {
      const user = await ownerOf(request, request.query.user);
      return { tokens: (await users.tokens(user)).map((token) => tokenView(token, user)) };
    },
  );

  registerRevoking(server, users, ownerOf);
}

function registerRevoking(
  server: FastifyInstance,
  users: UserAdministration,
  ownerOf: (request: FastifyRequest, name: string | undefined) => Promise<User>,
): void {
  server.withTypeProvider<ZodTypeProvider>().delete(
    '/tokens/:tokenId',
    {
      config: { right: 'self' },
      schema: {
        tags,
        summary: 'Revoke a token',
        params: z.object({ tokenId: z.string() }),
        querystring: userQuery,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const user = await ownerOf(request, request.query.user);
      const token = await users.revokeToken(user, request.params.tokenId);
      const before = auditedToken(tokenView(token, user));
      request.audit({ object: { kind: 'token', id: token.tokenId }, spId: user.spId, before });
      return reply.code(204).send();
    },
  );
}

const auditedToken = ({ name, user, prefix, expiresAt }: z.infer<typeof tokenSchema>): object => ({
  name,
  user,
  prefix,
  expiresAt,
});
