import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AuditTrail, StoredAuditEntry } from '../../accounts/audit.ts';
import { errorSchema } from './errors.ts';
import { accountQuery } from './views.ts';

export interface AuditRoutesOptions {
  readonly auditTrail: AuditTrail;
}

const time = z.iso.datetime({ offset: true });

const members = z.record(z.string(), z.unknown());

export const entrySchema = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  actor: z.object({
    id: z.string().describe('`operator`, the id of a user, or `nobody` where a sign-in failed.'),
    name: z.string(),
  }),
  account: z.string().optional(),
  address: z.string().describe('Where the request came from.'),
  action: z.string().describe('Method and path, such as `PATCH /apps/:appKey`.'),
  object: z.object({ kind: z.string(), id: z.string() }),
  before: members.optional().describe('Of the members that changed; secrets and phone numbers are hidden.'),
  after: members.optional(),
  outcome: z.enum(['done', 'refused']),
});

const querySchema = accountQuery.extend({
  actor: z.string().optional().describe('Id or name.'),
  kind: z.string().optional().describe('Of the object: `app`, `user`, `template` ...'),
  id: z.string().optional().describe('Of the object.'),
  since: time.optional(),
  until: time.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.coerce.number().int().positive().optional().describe('`nextCursor` of the page before.'),
});

function entryView({
  at,
  actorId,
  actorName,
  spId,
  ...shown
}: StoredAuditEntry): z.infer<typeof entrySchema> {
  return {
    ...shown,
    at: new Date(at).toISOString(),
    actor: { id: actorId, name: actorName },
    account: spId,
    before: shown.before && { ...shown.before },
    after: shown.after && { ...shown.after },
  };
}

export function registerAuditRoutes(server: FastifyInstance, { auditTrail }: AuditRoutesOptions): void {
  server.withTypeProvider<ZodTypeProvider>().get(
    '/audit',
    {
      config: { right: 'people' },
      schema: {
        tags: ['audit'],
        summary: 'Who changed what, newest first',
        querystring: querySchema,
        response: {
          200: z.object({ entries: z.array(entrySchema), nextCursor: z.int().optional() }),
          default: errorSchema,
        },
      },
    },
    async (request) => {
      const { kind, id, since, until, cursor, limit, actor } = request.query;
      const found = await auditTrail.list({
        spId: request.spId,
        actor,
        objectKind: kind,
        objectId: id,
        since: since === undefined ? undefined : Date.parse(since),
        until: until === undefined ? undefined : Date.parse(until),
        before: cursor,
        limit: limit + 1,
      });
      const entries = found.slice(0, limit);
      const nextCursor = found.length > limit ? entries.at(-1)?.id : undefined;
      return { entries: entries.map(entryView), nextCursor };
    },
  );
}
