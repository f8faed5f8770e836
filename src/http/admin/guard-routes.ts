/** Guards of applications that ring numbers given by strangers, and the prices that their budgets count in. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Guard } from '../../limits/guard.ts';
import { errorSchema } from './errors.ts';
import type { LimitRoutesOptions } from './limit-routes.ts';
import { accountQuery } from './views.ts';

const tags = ['guards'];

/** ms in a second. */
const SECOND = 1_000;

const params = z.object({
  appKey: z.string().describe('`*`: each application that has no guard of its own.'),
});

const checksSchema = z.strictObject({
  calls: z.enum(['verification', 'all']).default('verification').describe('Which calls are guarded.'),
  coolDown: z.number().optional().describe('Seconds between two calls to one callee.'),
  prefixDigits: z.int().default(7).describe('Digits of a number that make its prefix.'),
  velocity: z
    .strictObject({ calls: z.int(), within: z.number().describe('Seconds.') })
    .optional()
    .describe('Calls to one prefix within a time.'),
  completion: z
    .strictObject({
      percent: z.int(),
      sample: z.int().default(20).describe('Calls from which on it is judged.'),
      within: z.number().describe('Seconds.'),
    })
    .optional()
    .describe('So many percent at least of the calls to one prefix are answered.'),
  countries: z.array(z.string()).optional().describe('Two letters each (ISO 3166): only these are called.'),
  dailyBudget: z.number().optional().describe("What a day's calls may cost, by the prices."),
  timeZone: z.string().default('UTC').describe('Of days, such as Asia/Shanghai.'),
});

export const guardSchema = checksSchema.extend({
  appKey: z.string(),
  account: z
    .string()
    .optional()
    .describe('Whose people set it, for their calls; absent: the operator, for all.'),
  since: z.iso.datetime().describe('Calls accepted earlier do not count.'),
  spent: z
    .array(z.object({ appKey: z.string(), cost: z.number() }))
    .describe("What this day's calls cost so far; of calls that run, the first minute."),
});

/** Times in other units: ms inside, seconds outside. */
function inUnits<Checks extends Partial<Pick<Guard, 'coolDown' | 'velocity' | 'completion'>>>(
  { coolDown, velocity, completion, ...rest }: Checks,
  factor: number,
) {
  return {
    ...rest,
    coolDown: coolDown === undefined ? undefined : coolDown * factor,
    velocity: velocity && { ...velocity, within: velocity.within * factor },
    completion: completion && { ...completion, within: completion.within * factor },
  };
}

export const priceSchema = z.object({
  prefix: z.string().describe('A plus sign and 1-15 digits.'),
  perMinute: z.number().describe('Of a minute begun, in the currency of the budgets.'),
});

export function registerGuardRoutes(server: FastifyInstance, options: LimitRoutesOptions): void {
  registerGuards(server, options);
  registerPrices(server, options);
}

function registerGuards(
  server: FastifyInstance,
  { limitAdministration: administration }: LimitRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const guardView = (guard: Guard): z.infer<typeof guardSchema> => {
    const { owner, since, countries, ...shown } = inUnits(guard, 1 / SECOND) as Guard;
    const spent = administration.spent(guard);
    const account = { account: owner, since: new Date(since).toISOString() };
    return { ...shown, countries: countries && [...countries], ...account, spent: [...spent] };
  };

  routes.get(
    '/guards',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'All guards, and what was spent today',
        querystring: accountQuery,
        response: { 200: z.object({ guards: z.array(guardSchema) }), default: errorSchema },
      },
    },
    async (request) => ({ guards: administration.guards(request.spId).map(guardView) }),
  );

  routes.put(
    '/guards/:appKey',
    {
      config: { right: 'manage', auditsBody: true },
      schema: {
        tags,
        summary: 'Set a guard, in place of the one there was',
        params,
        querystring: accountQuery,
        body: checksSchema,
        response: { 200: guardSchema, default: errorSchema },
      },
    },
    async (request) => {
      const { appKey } = request.params;
      const { countries, ...checks } = inUnits(request.body, SECOND);
      const codes = countries?.map((code) => code.toUpperCase());
      const asked = { ...checks, countries: codes, appKey, owner: request.spId };
      const { before, after } = await administration.setGuard(asked);
      request.audit({ object: { kind: 'guard', id: appKey }, spId: request.spId, before, after });
      return guardView(after);
    },
  );

  routes.delete(
    '/guards/:appKey',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Remove a guard',
        params,
        querystring: accountQuery,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { appKey } = request.params;
      const before = await administration.removeGuard({ appKey, owner: request.spId });
      request.audit({ object: { kind: 'guard', id: appKey }, spId: request.spId, before });
      return reply.code(204).send();
    },
  );
}

function registerPrices(
  server: FastifyInstance,
  { limitAdministration: administration }: LimitRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const prefixParams = priceSchema.pick({ prefix: true });

  routes.get(
    '/prices',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'What a minute to a number costs, by prefix',
        response: { 200: z.object({ prices: z.array(priceSchema) }), default: errorSchema },
      },
    },
    async () => ({ prices: administration.prices }),
  );

  routes.put(
    '/prices/:prefix',
    {
      config: { right: 'operate', auditsBody: true },
      schema: {
        tags,
        summary: 'Set the price of a prefix',
        params: prefixParams,
        body: z.strictObject({ perMinute: z.number() }),
        response: { 200: priceSchema, default: errorSchema },
      },
    },
    async (request) => {
      const price = { ...request.params, ...request.body };
      const { before, after } = await administration.setPrice(price);
      request.audit({ object: { kind: 'price', id: price.prefix }, before, after });
      return after;
    },
  );

  routes.delete(
    '/prices/:prefix',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Remove the price of a prefix',
        params: prefixParams,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const before = await administration.removePrice(request.params.prefix);
      request.audit({ object: { kind: 'price', id: before.prefix }, before });
      return reply.code(204).send();
    },
  );
}
