import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { CallQueries } from '../../call/queries.ts';
import type { FeedPage, FeedQuery, Reconciliation } from '../../call/reconciliation.ts';
import type { Clock } from '../../call/ports.ts';
import type { Deliveries } from '../../call/push-ledger.ts';
import { maySee } from './authorize.ts';
import { AdminRefusal, errorSchema } from './errors.ts';
import { readEventView, recordSchema, recordView } from './record-views.ts';
import { accountQuery, eventSchema } from './views.ts';

export interface ReconciliationRoutesOptions {
  readonly reconciliation: Reconciliation;
  readonly queries: CallQueries;
  readonly deliveries: Deliveries;
  readonly clock: Clock;
}

const tags = ['reconciliation'];

const time = z.iso.datetime({ offset: true });

/** Which ended calls, or events. */
export const rangeSchema = accountQuery.extend({
  appKey: z.string().optional(),
  since: time.optional().describe('Of the end of a call, or of an event: at this time or later.'),
  until: time.optional().describe('Before this time.'),
});

const feedSchema = rangeSchema.extend({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be the cursor of an earlier page')
    .optional()
    .describe('`nextCursor` of the page before, however long ago; absent: from the oldest there is.'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

const cursorSchema = {
  nextCursor: z.string().describe('Always there: also where nothing more has happened yet.'),
  more: z
    .boolean()
    .describe('False: that was everything at this moment. A page may be empty and not the last.'),
};

const promise =
  'In the order in which they were stored. Whoever goes on at nextCursor misses nothing and gets nothing twice, whatever is stored meanwhile; a cursor before something that retention removed is refused (410).';

export const rangeOf = (
  { appKey, since, until }: z.infer<typeof rangeSchema>,
  { spId }: Pick<FastifyRequest, 'spId'>,
) => ({
  spId,
  appKey,
  since: since === undefined ? undefined : Date.parse(since),
  until: until === undefined ? undefined : Date.parse(until),
});

async function pageOf<Entry>(
  read: (query: FeedQuery) => Promise<FeedPage<Entry>>,
  request: FastifyRequest<{ Querystring: z.infer<typeof feedSchema> }>,
) {
  const { cursor, limit } = request.query;
  const after = cursor === undefined ? undefined : Number(cursor);
  const page = await read({ ...rangeOf(request.query, request), after, limit });
  if (page.gap) {
    throw new AdminRefusal(
      410,
      'cursor-too-old',
      'Something after this cursor has been removed, because its time was over.',
      'Begin without a cursor, and read more often than --call-retention removes.',
    );
  }
  return { entries: page.entries, nextCursor: String(page.position), more: page.more };
}

export function registerReconciliationRoutes(
  server: FastifyInstance,
  options: ReconciliationRoutesOptions,
): void {
  registerFeeds(server, options);
  registerResending(server, options);
}

function registerFeeds(server: FastifyInstance, { reconciliation }: ReconciliationRoutesOptions): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/records',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'Ended calls with their records, each once, to be read on from a cursor',
        description: `${promise} Every accepted call ends, and is then in this list; those that run are in /calls?state=running. Numbers are masked for roles that may not manage.`,
        querystring: feedSchema,
        response: {
          200: z.object({ records: z.array(recordSchema), ...cursorSchema }),
          default: errorSchema,
        },
      },
    },
    async (request) => {
      const { entries, ...cursor } = await pageOf((query) => reconciliation.records(query), request);
      return { records: entries.map((entry) => recordView(entry, request.actor)), ...cursor };
    },
  );

  routes.get(
    '/events',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'Events of calls, each once, to be read on from a cursor',
        description: `${promise} Numbers and keys are masked for roles that may not manage.`,
        querystring: feedSchema,
        response: { 200: z.object({ events: z.array(eventSchema), ...cursorSchema }), default: errorSchema },
      },
    },
    async (request) => {
      const { entries, ...cursor } = await pageOf((query) => reconciliation.events(query), request);
      return { events: entries.map((event) => readEventView(event, request.actor)), ...cursor };
    },
  );
}

const resendSchema = z
  .strictObject({
    sessionId: z.string().optional().describe('The record of this call.'),
    appKey: z.string().optional(),
    since: time.optional().describe('Records of calls that ended at this time or later.'),
    until: time.optional(),
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
      .optional()
      .describe('Where to; absent: where each record went, else the CDR address of its application.'),
  })
  .refine(
    ({ sessionId, since, until }) =>
      sessionId === undefined ? since !== undefined && until !== undefined : since === undefined,
    'Name a call (sessionId), or a time (since and until).',
  );

const resentSchema = z.object({
  sent: z.int().describe('Records on their way again, with a whole schedule of attempts.'),
  waiting: z.int().describe('Records whose push to this address was on its way already.'),
  nowhere: z.int().describe('Records that have no address to go to.'),
});

function registerResending(server: FastifyInstance, options: ReconciliationRoutesOptions): void {
  const { reconciliation, queries, deliveries, clock } = options;
  server.withTypeProvider<ZodTypeProvider>().post(
    '/records/resend',
    {
      config: { right: 'manage', inClosedAccount: true },
      schema: {
        tags,
        summary: 'Push the record of a call, or those of a time, once more',
        description:
          'Whatever became of earlier pushes. A receiver knows a repetition by the icid. Only pushes that were given up: /pushes/replay.',
        querystring: accountQuery,
        body: resendSchema,
        response: { 202: resentSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const { sessionId, appKey, since, until, url } = request.body;
      if (sessionId !== undefined) {
        const owner = await queries.owner(sessionId);
        if (owner === undefined || !maySee(request, owner.spId)) {
          throw new AdminRefusal(
            404,
            'call-unknown',
            'There is no call with this session id.',
            'calls list shows the latest.',
          );
        }
      }
      const range = rangeOf({ appKey, since, until }, request);
      const resent = await reconciliation.resend({ ...range, sessionId }, { url, now: clock.now() });
      request.audit({
        object: { kind: 'records', id: sessionId ?? appKey ?? '' },
        spId: request.spId,
        after: { since, until, url, ...resent },
      });
      if (resent.sent > 0) deliveries.wakeForOld();
      return reply.code(202).send(resent);
    },
  );
}
