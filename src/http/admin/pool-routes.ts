/** Pools of display numbers. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { MOST_NUMBERS_OF_POOL, type NumberPool } from '../../limits/number-pool.ts';
import type { PoolAdministration } from '../../limits/pool-administration.ts';
import type { AccountRoutesOptions } from './app-routes.ts';
import { errorSchema } from './errors.ts';
import { accountQuery } from './views.ts';

export interface PoolRoutesOptions {
  readonly poolAdministration: PoolAdministration;
}

const tags = ['number pools'];
const params = z.object({ appKey: z.string(), name: z.string() });

const poolMembers = {
  numbers: z.array(z.string()).max(MOST_NUMBERS_OF_POOL).describe('Display numbers of the application.'),
  choice: z
    .enum(['sticky', 'rotating'])
    .describe(
      'sticky: a phone sees the same number each time while that is free; rotating: the one longest unused.',
    ),
  callsPerDay: z.int().optional().describe('Of each number; absent: any number of them.'),
  concurrentCalls: z.int().optional().describe('Of each number; absent: any number of them.'),
  timeZone: z.string().describe('Whose days are counted.'),
};

export const poolSchema = z.object({
  appKey: z.string(),
  name: z.string(),
  ...poolMembers,
  since: z.iso.datetime(),
});

const usedPoolSchema = poolSchema.extend({
  use: z.array(z.object({ number: z.string(), today: z.int(), running: z.int() })),
});

const poolView = ({ since, numbers, ...pool }: NumberPool): z.infer<typeof poolSchema> => ({
  ...pool,
  numbers: [...numbers],
  since: new Date(since).toISOString(),
});

export function registerPoolRoutes(
  server: FastifyInstance,
  { accounts, administration, poolAdministration: pools }: AccountRoutesOptions & PoolRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/pools',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'All pools of numbers, or those of one application',
        querystring: accountQuery.extend({ appKey: z.string().optional() }),
        response: { 200: z.object({ pools: z.array(poolSchema) }), default: errorSchema },
      },
    },
    async ({ query: { appKey }, spId }) => {
      const keys = (await accounts.apps(spId)).map((app) => app.appKey);
      const wanted = keys.filter((key) => appKey === undefined || key === appKey);
      return { pools: pools.pools(new Set(wanted)).map(poolView) };
    },
  );

  routes.get(
    '/apps/:appKey/pools/:name',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'One pool, and how much its numbers are used',
        params,
        querystring: accountQuery,
        response: { 200: usedPoolSchema, default: errorSchema },
      },
    },
    async (request) => {
      const { appKey } = await administration.app(request.params.appKey, request.spId);
      const pool = pools.pool({ appKey, name: request.params.name });
      return { ...poolView(pool), use: pools.use(pool) };
    },
  );

  routes.put(
    '/apps/:appKey/pools/:name',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Let numbers of an application share calls',
        description:
          'A request that names one of them as display number shows the one that the pool chooses.',
        params,
        querystring: accountQuery,
        body: z.strictObject({
          ...poolMembers,
          choice: poolMembers.choice.default('sticky'),
          timeZone: poolMembers.timeZone.default('Asia/Shanghai'),
        }),
        response: { 200: poolSchema, default: errorSchema },
      },
    },
    async (request) => {
      const { appKey, name } = request.params;
      const app = await administration.app(appKey, request.spId);
      const { before, after } = await pools.set({ app, name }, request.body);
      request.audit({
        object: { kind: 'number pool', id: `${appKey} ${name}` },
        spId: app.spId,
        before,
        after,
      });
      return poolView(after);
    },
  );

  routes.delete(
    '/apps/:appKey/pools/:name',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Remove a pool; its numbers stay',
        params,
        querystring: accountQuery,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { appKey, name } = request.params;
      const app = await administration.app(appKey, request.spId);
      const before = await pools.remove({ app, name });
      request.audit({ object: { kind: 'number pool', id: `${appKey} ${name}` }, spId: app.spId, before });
      return reply.code(204).send();
    },
  );
}
