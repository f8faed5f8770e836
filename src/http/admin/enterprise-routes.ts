/** Enterprises and their review. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Enterprise } from '../../accounts/enterprise.ts';
import type { Changed, EnterpriseAdministration } from '../../accounts/enterprise-administration.ts';
import type { EnterpriseStore } from '../../accounts/ports.ts';
import { approval, rejection } from '../../accounts/review.ts';
import type { AuditedChange } from '../../accounts/audit.ts';
import { ownAccount } from './authorize.ts';
import { errorSchema } from './errors.ts';
import { accountQuery } from './views.ts';

export interface EnterpriseRoutesOptions {
  readonly enterprises: EnterpriseStore;
  readonly enterpriseAdministration: EnterpriseAdministration;
}

const tags = ['enterprises'];
const params = z.object({ enterpriseId: z.string() });

const recordMembers = {
  name: z.string().describe('As on the licence.'),
  licenceCode: z.string(),
  legalPersonId: z.string().describe('Kept encrypted; shown in part only.'),
  scene: z.string().describe('What the calls are for.'),
  script: z.string().describe('What is said in them.'),
  peakConcurrency: z.int().describe('Calls at once at most.'),
  registeredCapital: z.number().optional().describe('CNY; the service wants 500,000 at least.'),
};

const recordSchema = z.strictObject(recordMembers);

export const enterpriseSchema = z.object({
  enterpriseId: z.string(),
  spId: z.string(),
  ...recordMembers,
  state: z.enum(['pending', 'approved', 'rejected']),
  reason: z.string().optional().describe('Why it was rejected.'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const SHOWN = 4;

function enterpriseView({ review, legalPersonId, createdAt, updatedAt, ...record }: Enterprise) {
  const tail = legalPersonId.length > 2 * SHOWN ? legalPersonId.slice(-SHOWN) : '';
  return {
    ...record,
    ...review,
    legalPersonId: `****${tail}`,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  } satisfies z.infer<typeof enterpriseSchema>;
}

const audited = ({ before, after }: Changed<Enterprise>): AuditedChange => ({
  object: { kind: 'enterprise', id: after.enterpriseId },
  spId: after.spId,
  before: enterpriseView(before),
  after: enterpriseView(after),
});

export function registerEnterpriseRoutes(
  server: FastifyInstance,
  { enterprises: store, enterpriseAdministration: enterprises }: EnterpriseRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/enterprises',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Submit an enterprise for review',
        querystring: accountQuery,
        body: recordSchema,
        response: { 201: enterpriseSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const view = enterpriseView(await enterprises.submit(request.body, ownAccount(request)));
      request.audit({ object: { kind: 'enterprise', id: view.enterpriseId }, spId: view.spId, after: view });
      return reply.code(201).send(view);
    },
  );

  routes.get(
    '/enterprises',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'All enterprises, in order of creation',
        querystring: accountQuery,
        response: { 200: z.object({ enterprises: z.array(enterpriseSchema) }), default: errorSchema },
      },
    },
    async ({ spId }) => ({ enterprises: (await store.enterprises(spId)).map(enterpriseView) }),
  );

  routes.get(
    '/enterprises/:enterpriseId',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'One enterprise',
        params,
        querystring: accountQuery,
        response: { 200: enterpriseSchema, default: errorSchema },
      },
    },
    async ({ params: { enterpriseId }, spId }) =>
      enterpriseView(await enterprises.enterprise(enterpriseId, spId)),
  );

  routes.patch(
    '/enterprises/:enterpriseId',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Change an enterprise, which is reviewed anew',
        params,
        querystring: accountQuery,
        body: recordSchema.partial(),
        response: { 200: enterpriseSchema, default: errorSchema },
      },
    },
    async (request) => {
      const { enterpriseId } = request.params;
      const changed = await enterprises.change(enterpriseId, request.body, request.spId);
      request.audit(audited(changed));
      return enterpriseView(changed.after);
    },
  );

  routes.post(
    '/enterprises/:enterpriseId/approve',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Approve an enterprise: it may order numbers',
        params,
        response: { 200: enterpriseSchema, default: errorSchema },
      },
    },
    async (request) => {
      const changed = await enterprises.review(request.params.enterpriseId, approval);
      request.audit(audited(changed));
      return enterpriseView(changed.after);
    },
  );

  routes.post(
    '/enterprises/:enterpriseId/reject',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Reject an enterprise; what it was granted stays',
        params,
        body: z.strictObject({ reason: z.string() }),
        response: { 200: enterpriseSchema, default: errorSchema },
      },
    },
    async (request) => {
      const changed = await enterprises.review(request.params.enterpriseId, rejection(request.body.reason));
      request.audit(audited(changed));
      return enterpriseView(changed.after);
    },
  );
}
