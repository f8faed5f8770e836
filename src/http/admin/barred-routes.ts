/** Black lists: numbers that are not called, and callers of callbacks that are not served. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { BarredNumber } from '../../limits/black-lists.ts';
import { errorSchema } from './errors.ts';
import type { LimitRoutesOptions } from './limit-routes.ts';
import { numbersFor } from './record-views.ts';
import { accountQuery } from './views.ts';

const tags = ['black lists'];

const params = z.object({
  role: z.enum(['callee', 'caller']),
  number: z.string().describe('In global format; with `*` at its end: all that begin so.'),
});

export const barredSchema = params.extend({
  note: z.string().optional(),
  account: z.string().optional().describe('For whose calls; absent: for all.'),
  since: z.iso.datetime(),
});

const barredView = ({ owner, since, ...entry }: BarredNumber): z.infer<typeof barredSchema> => ({
  ...entry,
  account: owner,
  since: new Date(since).toISOString(),
});

export function registerBarredRoutes(
  server: FastifyInstance,
  { limitAdministration: administration }: LimitRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/barred-numbers',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'The black lists',
        querystring: accountQuery,
        response: { 200: z.object({ numbers: z.array(barredSchema) }), default: errorSchema },
      },
    },
    async ({ actor, spId }) => ({
      numbers: numbersFor(actor, administration.barred(spId).map(barredView)),
    }),
  );

  routes.put(
    '/barred-numbers/:role/:number',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Put a number on a black list',
        params,
        querystring: accountQuery,
        body: z.strictObject({ note: z.string().max(200).optional().describe('Why, for people.') }),
        response: { 200: barredSchema, default: errorSchema },
      },
    },
    async (request) => {
      const { role, number } = request.params;
      const entry = { role, number, note: request.body.note, owner: request.spId };
      const { before, after } = await administration.bar(entry);
      const object = { kind: 'barred number', id: `${role} ${number}` };
      request.audit({ object, spId: request.spId, before, after });
      return barredView(after);
    },
  );

  routes.delete(
    '/barred-numbers/:role/:number',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Take a number off a black list',
        params,
        querystring: accountQuery,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { role, number } = request.params;
      const before = await administration.unbar({ role, number, owner: request.spId });
      const object = { kind: 'barred number', id: `${role} ${number}` };
      request.audit({ object, spId: request.spId, before });
      return reply.code(204).send();
    },
  );
}
