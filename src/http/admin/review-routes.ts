/** What voice files and templates have in common: review, removal, and the history of revisions. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { actorName } from '../../accounts/actor.ts';
import type { ReviewedAdministration } from '../../accounts/reviewed-administration.ts';
import { type Revised, type Revision, revisionState } from '../../accounts/revision.ts';
import { ownAccount } from './authorize.ts';
import { errorSchema } from './errors.ts';
import { accountQuery } from './views.ts';

const reason = z.string().optional().describe('Why it was rejected.');

/** Members of every file and template: the review of its latest revision. */
export const reviewSchema = z.object({
  state: z.enum(['pending', 'approved', 'rejected']).describe('Of the latest revision.'),
  reason,
  revision: z.int().describe('Number of the latest revision.'),
  inService: z
    .int()
    .optional()
    .describe(
      'Number of the revision that calls use; absent: they cannot use it. Differs while a new one is reviewed.',
    ),
});

export const reviewView = ({ latest, inService }: Revised<unknown>): z.infer<typeof reviewSchema> => ({
  state: latest.state,
  reason: latest.reason,
  revision: latest.number,
  inService: inService?.number,
});

const time = z.iso.datetime();
const timeOf = (at: number): string => new Date(at).toISOString();

export const revisionSchema = z.object({
  number: z.int(),
  state: z
    .enum(['pending', 'approved', 'rejected', 'replaced'])
    .describe('`replaced`: by a later one, submitted before this one was reviewed or approved after it.'),
  inService: z.boolean(),
  reason,
  submittedAt: time,
  submittedBy: z.string().optional().describe('Name of a user, `operator` or `platform`.'),
  reviewedAt: time.optional(),
  reviewedBy: z.string().optional(),
});

const revisionNumber = z
  .int()
  .optional()
  .describe('The revision that was reviewed. May be absent only while there has been one.');

const approvalSchema = z.strictObject({ revision: revisionNumber }).nullish();
const rejectionSchema = z.strictObject({ reason: z.string(), revision: revisionNumber });

export interface ReviewRoutesOptions<Content, Subject extends Revised<Content>> {
  /** `/voice-files/:name`. */
  readonly path: string;
  /** `name`. */
  readonly param: string;
  readonly tags: readonly string[];
  /** For people: `a voice file`. */
  readonly article: string;
  readonly administration: ReviewedAdministration<Content, Subject>;
  readonly schema: z.ZodType;
  readonly view: (subject: Subject) => object;
  /** What a revision shows beside its review. */
  readonly contentSchema: z.ZodObject;
  readonly contentView: (content: Content) => object;
  readonly note: (request: FastifyRequest, before: Subject | undefined, after: Subject | undefined) => void;
}

export function registerReviewRoutes<Content, Subject extends Revised<Content>>(
  server: FastifyInstance,
  options: ReviewRoutesOptions<Content, Subject>,
): void {
  registerDecisions(server, options);
  registerHistory(server, options);
}

function registerDecisions<Content, Subject extends Revised<Content>>(
  server: FastifyInstance,
  { path, param, tags, article, administration, schema, view, note }: ReviewRoutesOptions<Content, Subject>,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const shared = { tags, params: z.object({ [param]: z.string() }), querystring: accountQuery };
  const subjectOf = ({ params }: { readonly params: Readonly<Record<string, string>> }): string =>
    params[param]!;
  const response = { 200: schema, default: errorSchema };

  routes.post(
    `${path}/approve`,
    {
      config: { right: 'review' },
      schema: {
        ...shared,
        summary: `Let calls use ${article}`,
        description:
          'The revision takes the place of the one in service. 409 where another one was submitted meanwhile.',
        body: approvalSchema,
        response,
      },
    },
    async (request) => {
      const [id, spId] = [subjectOf(request), ownAccount(request)];
      const before = await administration.find(id, spId);
      const decision = { revision: request.body?.revision, by: actorName(request.actor) };
      const after = await administration.approve(id, decision, spId);
      note(request, before, after);
      return view(after);
    },
  );

  routes.post(
    `${path}/reject`,
    {
      config: { right: 'review' },
      schema: {
        ...shared,
        summary: `Refuse ${article}, or take back its approval`,
        description:
          'The revision in service stays so, unless it is the one that is named. 409 where another one was submitted meanwhile.',
        body: rejectionSchema,
        response,
      },
    },
    async (request) => {
      const [id, spId] = [subjectOf(request), ownAccount(request)];
      const before = await administration.find(id, spId);
      const decision = { revision: request.body.revision, by: actorName(request.actor) };
      const after = await administration.reject(id, request.body.reason, decision, spId);
      note(request, before, after);
      return view(after);
    },
  );

  routes.delete(
    path,
    {
      config: { right: 'manage' },
      schema: {
        ...shared,
        summary: `Remove ${article}`,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const [id, spId] = [subjectOf(request), ownAccount(request)];
      const before = await administration.find(id, spId);
      await administration.remove(id, spId);
      note(request, before, undefined);
      return reply.code(204).send();
    },
  );
}

function registerHistory<Content, Subject extends Revised<Content>>(
  server: FastifyInstance,
  {
    path,
    param,
    tags,
    article,
    administration,
    contentSchema,
    contentView,
  }: ReviewRoutesOptions<Content, Subject>,
): void {
  const revisionView = (subject: Subject, revision: Revision<Content>): object => {
    const { number, submittedAt, submittedBy, reviewedAt, reviewedBy } = revision;
    return {
      number,
      state: revisionState(subject, revision),
      inService: number === subject.inService?.number,
      reason: revision.reason,
      submittedAt: timeOf(submittedAt),
      submittedBy,
      reviewedAt: reviewedAt === undefined ? undefined : timeOf(reviewedAt),
      reviewedBy,
      ...contentView(revision.content),
    };
  };
  const revisions = z.array(revisionSchema.extend(contentSchema.shape));

  server.withTypeProvider<ZodTypeProvider>().get(
    `${path}/revisions`,
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: `The revisions of ${article}, in order of submission`,
        params: z.object({ [param]: z.string() }),
        querystring: accountQuery,
        response: { 200: z.object({ revisions }), default: errorSchema },
      },
    },
    async (request) => {
      const found = await administration.revisions(request.params[param]!, ownAccount(request));
      const shown = found.revisions.map((revision) => revisionView(found.subject, revision));
      return { revisions: shown as z.infer<typeof revisions> };
    },
  );
}
