import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiUser, LegacyAccess } from '../../accounts/legacy-access.ts';
import { ownAccount } from './authorize.ts';
import { AdminRefusal, errorSchema } from './errors.ts';
import { accountQuery } from './views.ts';

export interface ApiPasswordRoutesOptions {
  readonly legacyAccess: LegacyAccess;
}

const userSchema = z.object({
  spId: z.string(),
  username: z.string().describe('What a login names.'),
  createdAt: z.iso.datetime().describe('When the password was made.'),
});

const newUserSchema = userSchema.extend({ password: z.string().describe('Shown only here.') });

function userView({ spId, username, createdAt }: ApiUser): z.infer<typeof userSchema> {
  return { spId, username, createdAt: new Date(createdAt).toISOString() };
}

const tags = ['accounts'];

/** The password of the legacy login (spec 01 section 4), one for all apps of an account. */
export function registerApiPasswordRoutes(
  server: FastifyInstance,
  { legacyAccess }: ApiPasswordRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const object = (id: string) => ({ kind: 'api-password', id });

  routes.get(
    '/api-password',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: "The user of an account's legacy login",
        querystring: accountQuery,
        response: { 200: userSchema, default: errorSchema },
      },
    },
    async (request) => {
      const user = await legacyAccess.apiUserOf(ownAccount(request));
      if (user !== undefined) return userView(user);
      throw new AdminRefusal(
        404,
        'api-password-unknown',
        'The account has no API password: the legacy login does not answer.',
        'openvoicecall account api-password renew makes one.',
      );
    },
  );

  routes.post(
    '/api-password',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Give an account a new API password, which its legacy login needs',
        description: 'Tokens that were given for the old one end.',
        querystring: accountQuery,
        body: z.object({ username: z.string().optional().describe('Absent: as before, or the account id.') }),
        response: { 201: newUserSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const spId = ownAccount(request);
      const { user, password } = await legacyAccess.renewPassword(spId, request.body.username);
      request.audit({ object: object(spId), spId, after: userView(user) });
      return reply.code(201).send({ ...userView(user), password });
    },
  );

  routes.delete(
    '/api-password',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Remove the API password: the legacy login answers no more, its tokens end',
        querystring: accountQuery,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const spId = ownAccount(request);
      await legacyAccess.removePassword(spId);
      request.audit({ object: object(spId), spId });
      return reply.code(204).send();
    },
  );
}
