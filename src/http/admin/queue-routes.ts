/** Calls that wait for their turn, and calls that were refused. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { CallService } from '../../call/call-service.ts';
import type { Clock } from '../../call/ports.ts';
import type { Limits } from '../../limits/limits.ts';
import { type RefusalLog, refusalReasons, type StoredRefusal } from '../../limits/refusal.ts';
import { queueView } from '../voicecall/answer.ts';
import { maySee } from './authorize.ts';
import { AdminRefusal, errorSchema } from './errors.ts';
import { numbersFor } from './record-views.ts';
import { accountQuery } from './views.ts';

export interface QueueRoutesOptions {
  readonly limits: Pick<Limits, 'waiting'>;
  readonly refusalLog: RefusalLog;
  readonly calls: Pick<CallService, 'stop' | 'portsOf'>;
  readonly clock: Clock;
}

export const queueSchema = z.object({
  position: z.int().describe('1 is next.'),
  expectedStart: z.iso.datetime(),
  expiresAt: z.iso.datetime().describe('When it ends unmade.'),
});

const capability = z.enum(['callback', 'notification', 'verification']);

export const waitingSchema = queueSchema.extend({
  sessionId: z.string(),
  appKey: z.string(),
  capability,
  acceptedAt: z.iso.datetime(),
});

export const refusalSchema = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  account: z.string(),
  appKey: z.string(),
  capability,
  sandbox: z.boolean(),
  displayNbr: z.string(),
  callerNbr: z.string().optional(),
  calleeNbr: z.string(),
  code: z.string().describe('What the API answered.'),
  reason: z
    .enum(refusalReasons)
    .describe('Which limit or guard it was; or the values of a template that do not fit it.'),
  explanation: z.string(),
});

const refusalQuery = accountQuery.extend({
  appKey: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.coerce.number().int().positive().optional().describe('`nextCursor` of the page before.'),
});

const refusalView = ({ spId, at, ...shown }: StoredRefusal): z.infer<typeof refusalSchema> => ({
  ...shown,
  account: spId,
  at: new Date(at).toISOString(),
});

export function registerQueueRoutes(
  server: FastifyInstance,
  { limits, calls, refusalLog, clock }: QueueRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/queue',
    {
      config: { right: 'read' },
      schema: {
        tags: ['queue'],
        summary: 'Calls that wait for their turn, in its order',
        querystring: accountQuery,
        response: { 200: z.object({ calls: z.array(waitingSchema) }), default: errorSchema },
      },
    },
    async (request) => ({
      calls: limits
        .waiting(clock.now())
        .filter(({ call }) => maySee(request, call.owner.spId))
        .map(({ call, place }) => ({
          ...queueView(place),
          sessionId: call.sessionId,
          appKey: call.owner.appKey,
          capability: call.order.capability,
          acceptedAt: new Date(call.acceptedAt).toISOString(),
        })),
    }),
  );

  routes.delete(
    '/queue/:sessionId',
    {
      config: { right: 'manage' },
      schema: {
        tags: ['queue'],
        summary: 'Cancel a call that waits; it ends unmade, with its record',
        params: z.object({ sessionId: z.string() }),
        response: { 202: z.object({ sessionId: z.string() }), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { sessionId } = request.params;
      const waiting = limits.waiting(clock.now()).find(({ call }) => call.sessionId === sessionId);
      const owner = waiting?.call.owner;
      if (
        owner === undefined ||
        !maySee(request, owner.spId) ||
        !(await calls.stop(owner.appKey, sessionId))
      ) {
        const remedy = 'queue list shows those that wait; stop ends one that runs.';
        throw new AdminRefusal(404, 'not-waiting', 'No call of this session id waits.', remedy);
      }
      request.audit({ object: { kind: 'call', id: sessionId }, spId: owner.spId });
      return reply.code(202).send({ sessionId });
    },
  );

  routes.get(
    '/calls/refused',
    {
      config: { right: 'read' },
      schema: {
        tags: ['calls'],
        summary: 'Calls that a limit or a guard refused, newest first, and why',
        querystring: refusalQuery,
        response: {
          200: z.object({ refusals: z.array(refusalSchema), nextCursor: z.int().optional() }),
          default: errorSchema,
        },
      },
    },
    async (request) => {
      const { appKey, limit, cursor } = request.query;
      const asked = { spId: request.spId, appKey, before: cursor, limit: limit + 1 };
      const found = await refusalLog.list(asked);
      const refusals = found.slice(0, limit);
      const nextCursor = found.length > limit ? refusals.at(-1)?.id : undefined;
      return { refusals: numbersFor(request.actor, refusals.map(refusalView)), nextCursor };
    },
  );
}
