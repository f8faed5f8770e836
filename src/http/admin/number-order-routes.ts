/** Orders of numbers, and the states that they go through. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { MOST_NUMBERS_ORDERED, type NumberOrder, type NumberOrderStep } from '../../accounts/number-order.ts';
import type { AccountRoutesOptions } from './app-routes.ts';
import type { EnterpriseRoutesOptions } from './enterprise-routes.ts';
import { errorSchema } from './errors.ts';
import { accountQuery } from './views.ts';

const tags = ['number orders'];
const params = z.object({ orderId: z.string() });

const orderMembers = {
  enterpriseId: z.string(),
  city: z.string(),
  quantity: z.int().describe(`1-${MOST_NUMBERS_ORDERED}`),
};

export const orderSchema = z.object({
  orderId: z.string(),
  spId: z.string(),
  ...orderMembers,
  state: z.enum(['submitted', 'reviewing', 'granted', 'rejected', 'released']),
  reason: z.string().optional().describe('Why it was rejected.'),
  numbers: z.array(z.string()).describe('What was granted; also of an order that was released.'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const orderView = ({
  numbers,
  createdAt,
  updatedAt,
  ...order
}: NumberOrder): z.infer<typeof orderSchema> => ({
  ...order,
  numbers: [...numbers],
  createdAt: new Date(createdAt).toISOString(),
  updatedAt: new Date(updatedAt).toISOString(),
});

export function registerNumberOrderRoutes(
  server: FastifyInstance,
  {
    enterprises: store,
    enterpriseAdministration: enterprises,
    accounts,
  }: EnterpriseRoutesOptions & Pick<AccountRoutesOptions, 'accounts'>,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  const moved = async (request: FastifyRequest, orderId: string, step: NumberOrderStep) => {
    const bound = await accounts.numbers(undefined, request.spId);
    const { before, after } = await enterprises.move(orderId, step, request.spId);
    const change = { before: orderView(before), after: orderView(after) };
    request.audit({ object: { kind: 'number order', id: orderId }, spId: after.spId, ...change });
    for (const { number, appKey, kind, state } of bound) {
      if (after.state !== 'released' || !after.numbers.includes(number)) continue;
      request.audit({
        object: { kind: 'number', id: number },
        spId: after.spId,
        before: { appKey, kind, state },
      });
    }
    return change.after;
  };

  routes.post(
    '/number-orders',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Order numbers of a city for an enterprise that was approved',
        querystring: accountQuery,
        body: z.strictObject(orderMembers),
        response: { 201: orderSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const order = orderView(await enterprises.order(request.body, request.spId));
      const object = { kind: 'number order', id: order.orderId };
      request.audit({ object, spId: order.spId, after: order });
      return reply.code(201).send(order);
    },
  );

  routes.get(
    '/number-orders',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'All orders of numbers, in order of creation',
        querystring: accountQuery,
        response: { 200: z.object({ orders: z.array(orderSchema) }), default: errorSchema },
      },
    },
    async ({ spId }) => ({ orders: (await store.orders(spId)).map(orderView) }),
  );

  routes.get(
    '/number-orders/:orderId',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'One order of numbers',
        params,
        querystring: accountQuery,
        response: { 200: orderSchema, default: errorSchema },
      },
    },
    async ({ params: { orderId }, spId }) => orderView(await enterprises.numberOrder(orderId, spId)),
  );

  routes.post(
    '/number-orders/:orderId/review',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Take an order up',
        params,
        response: { 200: orderSchema, default: errorSchema },
      },
    },
    (request) => moved(request, request.params.orderId, { state: 'reviewing' }),
  );

  routes.post(
    '/number-orders/:orderId/grant',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Grant the numbers of an order: the account may give them to its applications',
        params,
        body: z.strictObject({
          numbers: z.array(z.string()).max(MOST_NUMBERS_ORDERED).describe('As many as were ordered.'),
        }),
        response: { 200: orderSchema, default: errorSchema },
      },
    },
    (request) => moved(request, request.params.orderId, { state: 'granted', ...request.body }),
  );

  routes.post(
    '/number-orders/:orderId/reject',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Reject an order',
        params,
        body: z.strictObject({ reason: z.string() }),
        response: { 200: orderSchema, default: errorSchema },
      },
    },
    (request) => moved(request, request.params.orderId, { state: 'rejected', ...request.body }),
  );

  routes.post(
    '/number-orders/:orderId/release',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Give the numbers of an order back, for good',
        description: 'They are taken from their applications.',
        params,
        querystring: accountQuery,
        response: { 200: orderSchema, default: errorSchema },
      },
    },
    (request) => moved(request, request.params.orderId, { state: 'released' }),
  );
}
