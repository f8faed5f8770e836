/** Where a user is signed in, and ending it. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { SignIns } from '../../accounts/sign-ins.ts';
import { hashOfToken, type SignIn, signInIdOf } from '../../accounts/user.ts';
import { errorSchema } from './errors.ts';
import { selfOf } from './session-routes.ts';

const tags = ['session'];
const time = z.iso.datetime();

export const ownSignInSchema = z.object({
  signInId: z.string(),
  createdAt: time,
  lastUsedAt: time.describe('To a minute.'),
  expiresAt: time.describe('At the latest; without a request earlier (--sign-in-idle).'),
  address: z.string().optional().describe('Where it came from; of IPv6 the /64.'),
  current: z.boolean().describe('Whether it is the one of this request.'),
});

const timeOf = (at: number): string => new Date(at).toISOString();

const signInView = (signIn: SignIn, token: string | undefined): z.infer<typeof ownSignInSchema> => ({
  signInId: signInIdOf(signIn),
  createdAt: timeOf(signIn.createdAt),
  lastUsedAt: timeOf(signIn.lastUsedAt),
  expiresAt: timeOf(signIn.expiresAt),
  address: signIn.address,
  current: token !== undefined && hashOfToken(token) === signIn.tokenHash,
});

export function registerSignInRoutes(
  server: FastifyInstance,
  { signIns }: { readonly signIns: SignIns },
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/session/sign-ins',
    {
      config: { right: 'self' },
      schema: {
        tags,
        summary: 'Where you are signed in, in order of signing in',
        response: { 200: z.object({ signIns: z.array(ownSignInSchema) }), default: errorSchema },
      },
    },
    async (request) => {
      const found = await signIns.ofUser(selfOf(request));
      return { signIns: found.map((signIn) => signInView(signIn, request.signedIn?.token)) };
    },
  );

  routes.delete(
    '/session/sign-ins/:signInId',
    {
      config: { right: 'self' },
      schema: {
        tags,
        summary: 'End one of your sign-ins',
        params: z.object({ signInId: z.string() }),
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const user = selfOf(request);
      const { address } = await signIns.end(user, request.params.signInId);
      const object = { kind: 'session', id: user.name };
      request.audit({ object, spId: user.spId, before: { signInId: request.params.signInId, address } });
      return reply.code(204).send();
    },
  );
}
