import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Administration } from '../../accounts/administration.ts';
import type { AccountStore } from '../../accounts/ports.ts';
import { errorSchema } from './errors.ts';
import { appSchema, appView, createdAppSchema } from './views.ts';

export interface AccountRoutesOptions {
  readonly accounts: AccountStore;
  readonly administration: Administration;
}

const allowedAddresses = z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).max(100);

const newAppSchema = z.strictObject({
  name: z.string(),
  capability: z.enum(['callback', 'notification', 'verification']),
  recording: z.boolean().optional(),
  statusUrl: z.string().optional(),
  feeUrl: z.string().optional(),
  pushSignature: z.enum(['newline', 'concatenated', 'none']).optional(),
  ports: z.int().optional(),
  allowedAddresses: allowedAddresses.optional(),
});

const appChangeSchema = z.strictObject({
  name: z.string().optional(),
  state: z.enum(['active', 'suspended']).optional(),
  recording: z.boolean().optional(),
  statusUrl: z.string().nullable().optional(),
  feeUrl: z.string().nullable().optional(),
  pushSignature: z.enum(['newline', 'concatenated', 'none']).optional(),
  ports: z.int().optional(),
  allowedAddresses: allowedAddresses.optional(),
});

const tags = ['apps'];
const params = z.object({ appKey: z.string() });

export function registerAppRoutes(
  server: FastifyInstance,
  { accounts, administration }: AccountRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/apps',
    {
      schema: {
        tags,
        summary: 'Create an application',
        body: newAppSchema,
        response: { 201: createdAppSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const app = await administration.createApp(request.body);
      return reply.code(201).send({ ...appView(app), appSecret: app.appSecret });
    },
  );

  routes.get(
    '/apps',
    {
      schema: {
        tags,
        summary: 'All applications, in order of creation',
        response: { 200: z.object({ apps: z.array(appSchema) }), default: errorSchema },
      },
    },
    async () => ({ apps: (await accounts.apps()).map(appView) }),
  );

  routes.get(
    '/apps/:appKey',
    {
      schema: {
        tags,
        summary: 'One application',
        params,
        response: { 200: appSchema, default: errorSchema },
      },
    },
    async (request) => appView(await administration.app(request.params.appKey)),
  );

  routes.patch(
    '/apps/:appKey',
    {
      schema: {
        tags,
        summary: 'Change an application',
        description: 'Absent members stay as they are; null removes a push address.',
        params,
        body: appChangeSchema,
        response: { 200: appSchema, default: errorSchema },
      },
    },
    async (request) => appView(await administration.updateApp(request.params.appKey, request.body)),
  );
}
