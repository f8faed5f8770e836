/** Limits: how often and how many calls an account, an application, a number or a callee may have. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { RuleViolation } from '../../accounts/rule-violation.ts';
import type { LimitAdministration } from '../../limits/limit-administration.ts';
import { type LimitRule, limitScopes } from '../../limits/limit-rule.ts';
import { errorSchema } from './errors.ts';
import { numbersFor } from './record-views.ts';
import { accountQuery } from './views.ts';

export interface LimitRoutesOptions {
  readonly limitAdministration: LimitAdministration;
}

const tags = ['limits'];

const params = z.object({
  scope: z.enum(limitScopes),
  subject: z
    .string()
    .describe(
      'A trunk, an account, an app key, a number; `*` for each that has no limit of its own, and of the platform.',
    ),
});

const amount = z.int().optional();

/** ms in a second. */
const SECOND = 1_000;

const amountsSchema = z.strictObject({
  callsPerSecond: amount.describe('In any second.'),
  callsPerMinute: amount.describe('In any minute.'),
  callsPerDay: amount,
  concurrentCalls: amount,
  voicePorts: amount,
  requestsPerMinute: amount.describe('To the compatible API; of the platform, accounts and applications.'),
  quietHours: z
    .strictObject({ from: z.string(), to: z.string() })
    .optional()
    .describe('No calls from one time of day to the other, such as 22:00 to 08:00.'),
  timeZone: z.string().default('UTC').describe('Of days and quiet hours, such as Asia/Shanghai.'),
  excess: z
    .enum(['refuse', 'queue'])
    .default('refuse')
    .describe('What happens to calls beyond those of a second or a minute.'),
  longestWait: z.number().default(300).describe('Seconds that a call waits at most.'),
  longestQueue: z.int().default(1_000).describe('Calls that wait at most.'),
});

export const limitSchema = amountsSchema.extend({
  scope: z.enum(limitScopes),
  subject: z.string(),
  account: z
    .string()
    .optional()
    .describe('Whose people set it, for their calls; absent: the operator, for all.'),
  since: z.iso.datetime().describe('Calls accepted earlier do not count.'),
});

export const useSchema = z.object({
  subject: z.string(),
  lastSecond: z.int(),
  lastMinute: z.int(),
  today: z.int(),
  running: z.int(),
  voicePorts: z.int(),
  waiting: z.int(),
  requestsLastMinute: z.int().describe('To the compatible API.'),
});

export const limitInShortSchema = limitSchema.extend({
  subjects: z.int().describe('Those that something is counted of at this moment.'),
  nearest: useSchema
    .optional()
    .describe('The subject that is nearest to what it may; absent where there is none, or more than 1,000.'),
});

function limitView({ owner, since, longestWait, ...rule }: LimitRule): z.infer<typeof limitSchema> {
  const times = { longestWait: longestWait / SECOND, since: new Date(since).toISOString() };
  return { ...rule, account: owner, ...times };
}

/** What the audit trail keeps of a limit. */
const audited = ({ since: _since, ...rule }: LimitRule): object => rule;

export function registerLimitRoutes(
  server: FastifyInstance,
  { limitAdministration: administration }: LimitRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/limits',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'All limits, and what they counted in short',
        querystring: accountQuery,
        response: { 200: z.object({ limits: z.array(limitInShortSchema) }), default: errorSchema },
      },
    },
    async ({ actor, spId }) => {
      const limits = administration.limits(spId);
      const inShort = limits.map((limit) => ({ ...limitView(limit), ...administration.useInShort(limit) }));
      return { limits: numbersFor(actor, inShort) };
    },
  );

  routes.get(
    '/limits/:scope/:subject',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'One limit, and what it counted',
        params,
        querystring: accountQuery,
        response: { 200: limitSchema.extend({ use: z.array(useSchema) }), default: errorSchema },
      },
    },
    async (request) => {
      const name = { ...request.params, owner: request.spId };
      const limit = administration
        .limits()
        .find(
          ({ owner, scope, subject }) =>
            owner === name.owner && scope === name.scope && subject === name.subject,
        );
      if (limit === undefined) throw new RuleViolation('limit-unknown', 'There is no such limit.');
      return numbersFor(request.actor, { ...limitView(limit), use: administration.use(name) });
    },
  );

  routes.put(
    '/limits/:scope/:subject',
    {
      config: { right: 'manage', auditsBody: true },
      schema: {
        tags,
        summary: 'Set a limit, in place of the one there was',
        params,
        querystring: accountQuery,
        body: amountsSchema,
        response: { 200: limitSchema, default: errorSchema },
      },
    },
    async (request) => {
      const { scope, subject } = request.params;
      const { longestWait, ...amounts } = request.body;
      const { before, after } = await administration.setLimit({
        ...amounts,
        longestWait: longestWait * SECOND,
        owner: request.spId,
        scope,
        subject,
      });
      const object = { kind: 'limit', id: `${scope} ${subject}` };
      const change = { before: before && audited(before), after: audited(after) };
      request.audit({ object, spId: request.spId, ...change });
      return limitView(after);
    },
  );

  routes.delete(
    '/limits/:scope/:subject',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Remove a limit',
        params,
        querystring: accountQuery,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { scope, subject } = request.params;
      const before = await administration.removeLimit({ scope, subject, owner: request.spId });
      const object = { kind: 'limit', id: `${scope} ${subject}` };
      request.audit({ object, spId: request.spId, before: audited(before) });
      return reply.code(204).send();
    },
  );
}
