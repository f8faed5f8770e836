import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AccountRoutesOptions } from './app-routes.ts';
import { changedBy } from './authorize.ts';
import type { EnterpriseRoutesOptions } from './enterprise-routes.ts';
import { errorSchema } from './errors.ts';
import { accountQuery, numberSchema, numberView } from './views.ts';

const tags = ['numbers'];
const params = z.object({ number: z.string() });

const newNumberSchema = z.strictObject({
  number: z.string().describe('Global format, plus sign included.'),
  appKey: z.string(),
  kind: z.enum(['display', 'service']).optional(),
});

export function registerNumberRoutes(
  server: FastifyInstance,
  options: AccountRoutesOptions & EnterpriseRoutesOptions,
): void {
  const { accounts, administration, enterpriseAdministration: enterprises } = options;
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/numbers',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Give a number to an application',
        description:
          'People of an account may give the numbers that were granted to it; the operator any but those of other accounts.',
        querystring: accountQuery,
        body: newNumberSchema,
        response: { 201: numberSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const { number, appKey, kind } = request.body;
      const { spId } = await administration.app(appKey, request.spId);
      await enterprises.checkMayHold(number, spId, { byOperator: request.actor.kind === 'operator' });
      const entry = numberView(await administration.addNumber(number, appKey, kind, spId));
      request.audit({
        object: { kind: 'number', id: number },
        spId,
        after: { appKey, kind: entry.kind, state: entry.state },
      });
      return reply.code(201).send(entry);
    },
  );

  routes.get(
    '/numbers',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'All numbers, or those of one application',
        querystring: accountQuery.extend({ appKey: z.string().optional() }),
        response: { 200: z.object({ numbers: z.array(numberSchema) }), default: errorSchema },
      },
    },
    async (request) => ({
      numbers: (await accounts.numbers(request.query.appKey, request.spId)).map(numberView),
    }),
  );

  routes.patch(
    '/numbers/:number',
    {
      config: { right: 'manage', auditsBody: true },
      schema: {
        tags,
        summary: 'Suspend or resume a number',
        params,
        querystring: accountQuery,
        body: z.strictObject({ state: z.enum(['in-use', 'suspended']) }),
        response: { 200: numberSchema, default: errorSchema },
      },
    },
    async (request) => {
      const { number } = request.params;
      const { state, appKey } = await administration.number(number, request.spId);
      const { spId } = await administration.app(appKey);
      const change = { object: { kind: 'number', id: number }, spId, before: { state } };
      request.changing(change);
      const entry = await administration.setNumberState(
        number,
        request.body.state,
        request.spId,
        changedBy(request),
      );
      request.audit({ ...change, after: { state: entry.state } });
      return numberView(entry);
    },
  );

  routes.delete(
    '/numbers/:number',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Take a number from its application',
        params,
        querystring: accountQuery,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { number } = request.params;
      const { appKey, kind, state } = await administration.number(number, request.spId);
      const { spId } = await administration.app(appKey);
      const change = { object: { kind: 'number', id: number }, spId, before: { appKey, kind, state } };
      request.changing(change);
      await administration.removeNumber(number, request.spId, changedBy(request));
      request.audit(change);
      return reply.code(204).send();
    },
  );
}
