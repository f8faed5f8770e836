import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { TemplateAdministration } from '../../accounts/template-administration.ts';
import type { Template } from '../../accounts/template.ts';
import { errorSchema } from './errors.ts';
import { rejectionSchema, reviewSchema } from './voice-file-routes.ts';

export interface TemplateRoutesOptions {
  readonly templates: TemplateAdministration;
}

const tags = ['templates'];
const params = z.object({ templateId: z.string() });

const content = z
  .string()
  .describe(
    'At most 900 octets of UTF-8, beginning with a Chinese character; ${TXT_n}, ${NUM_n}, ${DATE} and ${TIME} are filled by each call.',
  );
const speed = z.int().describe('-200 to 500; 0 is normal.');

const templateSchema = reviewSchema.extend({
  templateId: z.string(),
  name: z.string(),
  content,
  speed,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const newTemplateSchema = z.strictObject({
  name: z.string(),
  content,
  speed: speed.optional(),
  approve: z.boolean().optional().describe('Approved at once.'),
});

const templateChangeSchema = z.strictObject({
  name: z.string().optional(),
  content: content.optional(),
  speed: speed.optional(),
});

function templateView(template: Template): z.infer<typeof templateSchema> {
  const { spId: _spId, createdAt, updatedAt, ...shown } = template;
  return {
    ...shown,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}

export function registerTemplateRoutes(server: FastifyInstance, { templates }: TemplateRoutesOptions): void {
  registerTemplates(server, templates);
  registerReview(server, templates);
}

function registerTemplates(server: FastifyInstance, templates: TemplateAdministration): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/templates',
    {
      schema: {
        tags,
        summary: 'Submit a template',
        body: newTemplateSchema,
        response: { 201: templateSchema, default: errorSchema },
      },
    },
    async (request, reply) => reply.code(201).send(templateView(await templates.create(request.body))),
  );

  routes.get(
    '/templates',
    {
      schema: {
        tags,
        summary: 'All templates, in order of creation',
        response: { 200: z.object({ templates: z.array(templateSchema) }), default: errorSchema },
      },
    },
    async () => ({ templates: (await templates.templates()).map(templateView) }),
  );

  routes.get(
    '/templates/:templateId',
    {
      schema: {
        tags,
        summary: 'One template',
        params,
        response: { 200: templateSchema, default: errorSchema },
      },
    },
    async (request) => templateView(await templates.template(request.params.templateId)),
  );

  routes.patch(
    '/templates/:templateId',
    {
      schema: {
        tags,
        summary: 'Change a template',
        description: 'Absent members stay as they are. Another content is reviewed again.',
        params,
        body: templateChangeSchema,
        response: { 200: templateSchema, default: errorSchema },
      },
    },
    async (request) => templateView(await templates.update(request.params.templateId, request.body)),
  );
}

function registerReview(server: FastifyInstance, templates: TemplateAdministration): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/templates/:templateId/approve',
    {
      schema: {
        tags,
        summary: 'Let calls use a template',
        params,
        response: { 200: templateSchema, default: errorSchema },
      },
    },
    async (request) => templateView(await templates.approve(request.params.templateId)),
  );

  routes.post(
    '/templates/:templateId/reject',
    {
      schema: {
        tags,
        summary: 'Refuse a template, or take back its approval',
        params,
        body: rejectionSchema,
        response: { 200: templateSchema, default: errorSchema },
      },
    },
    async (request) => templateView(await templates.reject(request.params.templateId, request.body.reason)),
  );

  routes.delete(
    '/templates/:templateId',
    {
      schema: {
        tags,
        summary: 'Remove a template',
        params,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      await templates.remove(request.params.templateId);
      return reply.code(204).send();
    },
  );
}
