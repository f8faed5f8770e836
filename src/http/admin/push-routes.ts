import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../call/ports.ts';
import type { Deliveries, GivenUp, PushLedger } from '../../call/push-ledger.ts';
import type { AccountStore } from '../../accounts/ports.ts';
import { AdminRefusal, errorSchema } from './errors.ts';
import { accountQuery, pushSchema, pushView } from './views.ts';

export interface PushRoutesOptions {
  readonly pushLedger: PushLedger;
  readonly deliveries: Deliveries;
  /** Whose the applications are. */
  readonly accounts: AccountStore;
  readonly clock: Clock;
}

const tags = ['pushes'];

const url = z.string().describe('Where they go; without a query: whatever the query is.');

const listSchema = accountQuery.extend({
  state: z.enum(['pending', 'delivered', 'failed', 'dead']).default('dead'),
  appKey: z.string().optional(),
  sessionId: z.string().optional(),
  url: url.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().optional().describe('`nextCursor` of the page before.'),
});

export const ledgerPushSchema = pushSchema.extend({ sessionId: z.string(), appKey: z.string() });

const replaySchema = z
  .strictObject({
    sessionId: z.string().optional().describe('Those of this call.'),
    url: url.optional(),
    appKey: z.string().optional().describe('Those of this application.'),
    state: z
      .enum(['failed', 'dead'])
      .optional()
      .describe('Absent: for a call both, else only `dead`, which are the records of calls.'),
  })
  .refine(
    ({ sessionId, url: to, appKey }) => sessionId !== undefined || to !== undefined || appKey !== undefined,
    'Name a call (sessionId), a receiver (url) or an application (appKey).',
  );

const replayedSchema = z.object({ replayed: z.int().describe('How many are on their way again.') });

export const receiverSchema = z.object({
  appKey: z.string(),
  url: z.string(),
  breaker: z
    .enum(['closed', 'open', 'probing'])
    .describe('closed: all is well; open: nothing is sent until probeAt; probing: one push finds out.'),
  failures: z.int().describe('In a row, up to now.'),
  probeAt: z.iso.datetime().optional(),
  onTheirWay: z.int().describe('POSTs on their way.'),
});

const BOTH: readonly GivenUp[] = ['failed', 'dead'];

export function registerPushRoutes(server: FastifyInstance, options: PushRoutesOptions): void {
  registerReading(server, options);
  registerReplay(server, options);
}

function registerReading(
  server: FastifyInstance,
  { pushLedger, deliveries, accounts }: PushRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/pushes',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'Pushes in one state, newest first; by default the dead letters',
        querystring: listSchema,
        response: {
          200: z.object({ pushes: z.array(ledgerPushSchema), nextCursor: z.string().optional() }),
          default: errorSchema,
        },
      },
    },
    async (request) => {
      const { account: _account, ...query } = request.query;
      const { pushes, nextCursor } = await pushLedger.list({ ...query, spId: request.spId });
      const shown = pushes.map((push) => ({
        ...pushView(push),
        sessionId: push.sessionId,
        appKey: push.appKey,
      }));
      return { pushes: shown, nextCursor };
    },
  );

  routes.get(
    '/receivers',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'Receivers that have pushes on their way, or failed lately',
        querystring: accountQuery,
        response: { 200: z.object({ receivers: z.array(receiverSchema) }), default: errorSchema },
      },
    },
    async ({ spId }) => {
      const mine =
        spId === undefined ? undefined : new Set((await accounts.apps(spId)).map(({ appKey }) => appKey));
      const receivers = deliveries.receivers().filter(({ appKey }) => mine?.has(appKey) ?? true);
      const shown = receivers.map(({ probeAt, ...health }) => ({
        ...health,
        probeAt: probeAt === undefined ? undefined : new Date(probeAt).toISOString(),
      }));
      return { receivers: shown };
    },
  );
}

function registerReplay(server: FastifyInstance, options: PushRoutesOptions): void {
  const { pushLedger, deliveries, accounts, clock } = options;
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/pushes/replay',
    {
      config: { right: 'manage', inClosedAccount: true },
      schema: {
        tags,
        summary: 'Send pushes that were given up again: of a call, to a receiver, or of an application',
        body: replaySchema,
        response: { 202: replayedSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const { state, ...wanted } = request.body;
      const unnamed = wanted.sessionId === undefined ? (['dead'] as const) : BOTH;
      const states = state === undefined ? unnamed : [state];
      const { spId } = request;
      const replayed = await pushLedger.replay({ ...wanted, spId, states }, clock.now());
      const { sessionId, appKey, url: to } = wanted;
      const id = sessionId ?? appKey ?? '';
      request.audit({ object: { kind: 'pushes', id }, spId, after: { url: to, states, replayed } });
      if (replayed > 0) deliveries.wakeForOld();
      return reply.code(202).send({ replayed });
    },
  );

  routes.post(
    '/pushes/:id/replay',
    {
      config: { right: 'manage', inClosedAccount: true },
      schema: {
        tags,
        summary: 'Send one push that was given up again',
        params: z.object({ id: z.string() }),
        response: { 202: replayedSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const id = /^\d{1,15}$/.test(request.params.id) ? Number(request.params.id) : 0;
      const push = await pushLedger.push(id);
      const { spId } = request;
      const apps = spId === undefined ? undefined : await accounts.apps(spId);
      if (push === undefined || (apps && !apps.some(({ appKey }) => appKey === push.appKey))) {
        throw new AdminRefusal(
          404,
          'push-unknown',
          'There is no such push.',
          'pushes list shows the latest.',
        );
      }
      const replayed = await pushLedger.replay({ id, states: BOTH }, clock.now());
      if (replayed === 0) {
        const remedy = 'Only pushes that failed or are dead are sent again.';
        throw new AdminRefusal(409, 'push-not-given-up', `The push is ${push.state}.`, remedy);
      }
      deliveries.wakeForOld();
      return reply.code(202).send({ replayed });
    },
  );
}
