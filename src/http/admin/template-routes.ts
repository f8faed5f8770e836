import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { actorName } from '../../accounts/actor.ts';
import type { TemplateAdministration } from '../../accounts/template-administration.ts';
import { type Template, type TemplateContent, templateWarnings } from '../../accounts/template.ts';
import { ownAccount } from './authorize.ts';
import { errorSchema } from './errors.ts';
import { registerReviewRoutes, reviewSchema, reviewView } from './review-routes.ts';
import { accountQuery } from './views.ts';

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

export const templateSchema = reviewSchema.extend({
  templateId: z.string(),
  name: z.string(),
  content,
  speed,
  warnings: z
    .array(z.string())
    .optional()
    .describe('What in the latest content is hardly meant, such as {TXT_3} without its $.'),
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

const contentSchema = z.object({ content });
const contentView = ({ text }: TemplateContent): z.infer<typeof contentSchema> => ({ content: text });

function templateView(template: Template): z.infer<typeof templateSchema> {
  const { templateId, name, latest, speed, createdAt, updatedAt } = template;
  const warnings = templateWarnings(latest.content.text);
  return {
    templateId,
    name,
    ...contentView(latest.content),
    speed,
    warnings: warnings.length === 0 ? undefined : warnings,
    ...reviewView(template),
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}

function noteChange(
  request: FastifyRequest,
  before: Template | undefined,
  after: Template | undefined,
): void {
  const { templateId: id = '', spId } = after ?? before ?? {};
  const shown = (template: Template | undefined): object | undefined => template && templateView(template);
  request.audit({ object: { kind: 'template', id }, spId, before: shown(before), after: shown(after) });
}

export function registerTemplateRoutes(server: FastifyInstance, { templates }: TemplateRoutesOptions): void {
  registerTemplates(server, templates);
  registerReviewRoutes(server, {
    path: '/templates/:templateId',
    param: 'templateId',
    tags,
    article: 'a template',
    administration: templates,
    schema: templateSchema,
    view: templateView,
    contentSchema,
    contentView,
    note: noteChange,
  });
}

function registerTemplates(server: FastifyInstance, templates: TemplateAdministration): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/templates',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Submit a template',
        querystring: accountQuery,
        body: newTemplateSchema,
        response: { 201: templateSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const template = await templates.create(
        { ...request.body, by: actorName(request.actor) },
        ownAccount(request),
      );
      noteChange(request, undefined, template);
      return reply.code(201).send(templateView(template));
    },
  );

  routes.get(
    '/templates',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'All templates of an account, in order of creation',
        querystring: accountQuery,
        response: { 200: z.object({ templates: z.array(templateSchema) }), default: errorSchema },
      },
    },
    async (request) => ({ templates: (await templates.list(ownAccount(request))).map(templateView) }),
  );

  routes.get(
    '/templates/:templateId',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'One template',
        params,
        querystring: accountQuery,
        response: { 200: templateSchema, default: errorSchema },
      },
    },
    async (request) => templateView(await templates.find(request.params.templateId, ownAccount(request))),
  );

  routes.patch(
    '/templates/:templateId',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Change a template',
        description:
          'Absent members stay as they are. Another content is the next revision; the one in service stays so until it is approved.',
        params,
        querystring: accountQuery,
        body: templateChangeSchema,
        response: { 200: templateSchema, default: errorSchema },
      },
    },
    async (request) => {
      const [{ templateId }, spId] = [request.params, ownAccount(request)];
      const before = await templates.find(templateId, spId);
      const template = await templates.update(
        templateId,
        { ...request.body, by: actorName(request.actor) },
        spId,
      );
      noteChange(request, before, template);
      return templateView(template);
    },
  );
}
