import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AccountRoutesOptions } from './app-routes.ts';
import { errorSchema } from './errors.ts';
import { numberSchema, numberView } from './views.ts';

const tags = ['numbers'];
const params = z.object({ number: z.string() });

const newNumberSchema = z.strictObject({
  number: z.string().describe('Global format, plus sign included.'),
  appKey: z.string(),
  kind: z.enum(['display', 'service']).optional(),
});

export function registerNumberRoutes(
  server: FastifyInstance,
  { accounts, administration }: AccountRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/numbers',
    {
      schema: {
        tags,
        summary: 'Give a number to an application',
        body: newNumberSchema,
        response: { 201: numberSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const { number, appKey, kind } = request.body;
      return reply.code(201).send(numberView(await administration.addNumber(number, appKey, kind)));
    },
  );

  routes.get(
    '/numbers',
    {
      schema: {
        tags,
        summary: 'All numbers, or those of one application',
        querystring: z.object({ appKey: z.string().optional() }),
        response: { 200: z.object({ numbers: z.array(numberSchema) }), default: errorSchema },
      },
    },
    async (request) => ({ numbers: (await accounts.numbers(request.query.appKey)).map(numberView) }),
  );

  routes.patch(
    '/numbers/:number',
    {
      schema: {
        tags,
        summary: 'Suspend or resume a number',
        params,
        body: z.strictObject({ state: z.enum(['in-use', 'suspended']) }),
        response: { 200: numberSchema, default: errorSchema },
      },
    },
    async (request) =>
      numberView(await administration.setNumberState(request.params.number, request.body.state)),
  );

  routes.delete(
    '/numbers/:number',
    {
      schema: {
        tags,
        summary: 'Take a number from its application',
        params,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      await administration.removeNumber(request.params.number);
      return reply.code(204).send();
    },
  );
}
