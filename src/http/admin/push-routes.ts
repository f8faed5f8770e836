import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../call/ports.ts';
import { actorName } from '../../accounts/actor.ts';
import type { Deliveries, LedgerPush, PushLedger } from '../../call/push-ledger.ts';
import type { PushState } from '../../call/queries.ts';
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
      .enum(['failed', 'dead', 'delivered', 'any'])
      .optional()
      .describe(
        'Absent: for a call what was given up, else only `dead`, which are the records of calls. `delivered`, and `any` for whatever became of them, only with a call.',
      ),
  })
  .refine(
    ({ sessionId, url: to, appKey }) => sessionId !== undefined || to !== undefined || appKey !== undefined,
    'Name a call (sessionId), a receiver (url) or an application (appKey).',
  )
  .refine(({ sessionId, state }) => sessionId !== undefined || (state !== 'delivered' && state !== 'any'), {
    path: ['state'],
    error:
      'What was delivered is sent again call by call: name a call (sessionId). Records of a time: /records/resend.',
  });

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

const givenUp: readonly PushState[] = ['failed', 'dead'];
const any: readonly PushState[] = ['failed', 'dead', 'delivered', 'pending'];

/** Which pushes are meant where one of these words, or none, is said of a call, or of a receiver or application. */
function statesOf({ state, sessionId }: z.infer<typeof replaySchema>): readonly PushState[] {
  if (state === 'any') return any;
  if (state !== undefined) return [state];
  return sessionId === undefined ? ['dead'] : givenUp;
}

/** Why a push is not sent again, or not at this moment. */
function notReplayed({ erased, nextAttemptAt }: LedgerPush): AdminRefusal {
  if (erased)
    return new AdminRefusal(
      409,
      'push-erased',
      'A number that stood in the push was erased, so it cannot be sent as it was.',
      'Tell the receiver by other means, if it may still be told.',
    );
  return new AdminRefusal(
    409,
    'push-pending',
    `The push is on its way${nextAttemptAt === undefined ? ', behind an earlier push of its call' : ''}.`,
    'Wait until its attempt is over; receivers shows whether its receiver is left alone for a while.',
  );
}

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
        summary:
          'Send pushes again: of a call, to a receiver, or of an application; by default those given up',
        body: replaySchema,
        response: { 202: replayedSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const { state: _state, ...wanted } = request.body;
      const states = statesOf(request.body);
      const { spId } = request;
      const { sessionId, appKey, url: to } = wanted;
      const object = { kind: 'pushes', id: sessionId ?? appKey ?? '' };
      const order = { by: actorName(request.actor), at: clock.now() };
      request.changing({ object, spId });
      const replayed = await pushLedger.replay({ ...wanted, spId, states }, order);
      request.audit({ object, spId, after: { url: to, states, replayed } });
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
        summary: 'Send a push again, whatever became of it',
        description: `What was given up gets a whole schedule of attempts; what waits for its next attempt gets it now. What was delivered is sent once more as it was stored, signed anew, and stays delivered: its receiver sees it a second time, under the same \`webhook-id\` (a record that had gone with others goes alone and has one of its own; its icid is the same). Refused: 409 \`push-pending\` while it is on its way, 409 \`push-erased\` where a number in it was erased, 410 \`push-removed\` where it was removed with its call.`,
        params: z.object({ id: z.string() }),
        response: { 202: replayedSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const id = /^\d{1,15}$/.test(request.params.id) ? Number(request.params.id) : 0;
      const push = await pushLedger.push(id);
      if (push === undefined) throw await missing(pushLedger, id);
      const owner = (await accounts.app(push.appKey))?.spId;
      if (request.spId !== undefined && request.spId !== owner) throw unknown();
      const { sessionId, kind, state } = push;
      const change = { object: { kind: 'push', id: String(id) }, spId: owner };
      const order = { by: actorName(request.actor), at: clock.now() };
      request.changing(change);
      const replayed = await pushLedger.replay({ id, states: any }, order);
      if (replayed === 0) throw notReplayed((await pushLedger.push(id)) ?? push);
      request.audit({ ...change, after: { sessionId, kind, was: state } });
      deliveries.wakeForOld();
      return reply.code(202).send({ replayed });
    },
  );
}

const unknown = (): AdminRefusal =>
  new AdminRefusal(404, 'push-unknown', 'There is no such push.', 'pushes list shows the latest.');

/** Ids count up: what has one of those given out and is not there was removed. */
async function missing(pushLedger: PushLedger, id: number): Promise<AdminRefusal> {
  if (id < 1 || id > (await pushLedger.lastId())) return unknown();
  return new AdminRefusal(
    410,
    'push-removed',
    'The push is not there any more: its call was removed, and all that was told of it.',
    'Calls are kept for as long as --call-retention says.',
  );
}
