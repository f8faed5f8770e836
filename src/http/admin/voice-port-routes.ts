/** Voice ports: how many calls an application may have at once, and how many it has. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AccountRoutesOptions } from './app-routes.ts';
import { errorSchema } from './errors.ts';
import type { QueueRoutesOptions } from './queue-routes.ts';
import { accountQuery } from './views.ts';

export const voicePortsSchema = z.object({
  appKey: z.string(),
  name: z.string(),
  account: z.string(),
  ports: z.int().describe('What the application has; change it with the application.'),
  inUse: z.int().describe('What its calls hold; more than it has where it was given fewer meanwhile.'),
});

export function registerVoicePortRoutes(
  server: FastifyInstance,
  { accounts, calls }: Pick<AccountRoutesOptions, 'accounts'> & Pick<QueueRoutesOptions, 'calls'>,
): void {
  server.withTypeProvider<ZodTypeProvider>().get(
    '/voice-ports',
    {
      config: { right: 'read' },
      schema: {
        tags: ['limits'],
        summary: 'Voice ports of all applications, and how many are in use',
        querystring: accountQuery,
        response: { 200: z.object({ apps: z.array(voicePortsSchema) }), default: errorSchema },
      },
    },
    async ({ spId }) => {
      const apps = await accounts.apps(spId);
      return {
        apps: apps.map(({ appKey, name, spId: account, ports }) => ({
          appKey,
          name,
          account,
          ports,
          inUse: calls.portsOf(appKey),
        })),
      };
    },
  );
}
