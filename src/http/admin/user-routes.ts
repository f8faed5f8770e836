import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { roles } from '../../accounts/actor.ts';
import type { UserAdministration } from '../../accounts/user-administration.ts';
import type { User } from '../../accounts/user.ts';
import { ownAccount } from './authorize.ts';
import { errorSchema } from './errors.ts';
import { accountQuery } from './views.ts';

export interface UserRoutesOptions {
  readonly users: UserAdministration;
}

const tags = ['users'];
const params = z.object({ name: z.string() });
const password = z
  .string()
  .max(1024)
  .optional()
  .describe('Absent: one is made, and shown in the answer only.');
const time = z.iso.datetime();

export const userSchema = z.object({
  name: z.string(),
  userId: z.string(),
  account: z.string(),
  role: z.enum(roles),
  state: z.enum(['active', 'disabled']),
  totp: z.boolean().describe('Whether signing in needs a code of an authenticator.'),
  createdAt: time,
  lastSignInAt: time.optional(),
});

const madeSchema = z.object({ password: z.string().optional().describe('Shown only here.') });

function userView(user: User): z.infer<typeof userSchema> {
  const { name, userId, spId: account, role, state, totp, createdAt, lastSignInAt } = user;
  return {
    name,
    userId,
    account,
    role,
    state,
    totp: totp?.confirmed ?? false,
    createdAt: new Date(createdAt).toISOString(),
    lastSignInAt: lastSignInAt === undefined ? undefined : new Date(lastSignInAt).toISOString(),
  };
}

export function registerUserRoutes(server: FastifyInstance, { users }: UserRoutesOptions): void {
  registerUsers(server, users);
  registerCredentials(server, users);
}

function registerUsers(server: FastifyInstance, users: UserAdministration): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/users',
    {
      config: { right: 'people' },
      schema: {
        tags,
        summary: 'Add a user to an account',
        querystring: accountQuery,
        body: z.strictObject({ name: z.string(), role: z.enum(roles), password }),
        response: { 201: userSchema.extend(madeSchema.shape), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { user, password: made } = await users.add({ ...request.body, spId: ownAccount(request) });
      const shown = userView(user);
      request.audit({ object: { kind: 'user', id: user.name }, spId: user.spId, after: shown });
      reply.header('cache-control', 'no-store');
      return reply.code(201).send({ ...shown, password: made });
    },
  );

  routes.get(
    '/users',
    {
      config: { right: 'people' },
      schema: {
        tags,
        summary: 'The users, in order of creation',
        querystring: accountQuery,
        response: { 200: z.object({ users: z.array(userSchema) }), default: errorSchema },
      },
    },
    async ({ spId }) => ({ users: (await users.users(spId)).map(userView) }),
  );

  routes.get(
    '/users/:name',
    {
      config: { right: 'people' },
      schema: {
        tags,
        summary: 'One user',
        params,
        querystring: accountQuery,
        response: { 200: userSchema, default: errorSchema },
      },
    },
    async (request) => userView(await users.user(ownAccount(request), request.params.name)),
  );

  routes.patch(
    '/users/:name',
    {
      config: { right: 'people', auditsBody: true },
      schema: {
        tags,
        summary: "Change a user's role, or disable or enable them",
        description: 'The user has to sign in again.',
        params,
        querystring: accountQuery,
        body: z.strictObject({
          role: z.enum(roles).optional(),
          state: z.enum(['active', 'disabled']).optional(),
        }),
        response: { 200: userSchema, default: errorSchema },
      },
    },
    async (request) => {
      const { name } = request.params;
      const spId = ownAccount(request);
      const object = { kind: 'user', id: name };
      request.changing({ object, spId, before: userView(await users.user(spId, name)) });
      const { before, after } = await users.change(spId, name, request.body);
      const change = { before: userView(before), after: userView(after) };
      request.audit({ object, spId, ...change });
      return userView(after);
    },
  );
}

function registerCredentials(server: FastifyInstance, users: UserAdministration): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/users/:name/password',
    {
      config: { right: 'people' },
      schema: {
        tags,
        summary: 'Give a user a new password',
        description: 'The user has to sign in again.',
        params,
        querystring: accountQuery,
        body: z.strictObject({ password }),
        response: { 200: madeSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const [{ name }, spId] = [request.params, ownAccount(request)];
      const made = await users.setPassword(spId, name, request.body.password);
      request.audit({ object: { kind: 'user', id: name }, spId, after: { password: 'changed' } });
      reply.header('cache-control', 'no-store');
      return { password: made };
    },
  );

  routes.post(
    '/users/:name/totp/reset',
    {
      config: { right: 'people' },
      schema: {
        tags,
        summary: 'Take a lost authenticator from a user',
        params,
        querystring: accountQuery,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { userId, spId, name } = await users.user(ownAccount(request), request.params.name);
      await users.removeTotp(userId);
      request.audit({ object: { kind: 'user', id: name }, spId, after: { totp: 'removed' } });
      return reply.code(204).send();
    },
  );
}
