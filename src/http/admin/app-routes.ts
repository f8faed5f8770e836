import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Administration } from '../../accounts/administration.ts';
import type { AccountStore } from '../../accounts/ports.ts';
import { changedBy, ownAccount } from './authorize.ts';
import { errorSchema } from './errors.ts';
import type { VoiceFileRoutesOptions } from './voice-file-routes.ts';
import { accountQuery, appSchema, appView, createdAppSchema } from './views.ts';

export interface AccountRoutesOptions {
  readonly accounts: AccountStore;
  readonly administration: Administration;
}

const allowedAddresses = z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).max(100);

const recordingPrompt = z
  .string()
  .describe(
    'What is played before a recording where the request has no recordHintTone: an approved voice file, or `none`; absent: the platform’s own words.',
  );

const newAppSchema = z.strictObject({
  name: z.string(),
  capability: z.enum(['callback', 'notification', 'verification']),
  recording: z.boolean().optional(),
  recordingPrompt: recordingPrompt.optional(),
  statusUrl: z.string().optional(),
  feeUrl: z.string().optional(),
  pushSignature: z.enum(['newline', 'concatenated', 'none']).optional(),
  ports: z.int().optional(),
  allowedAddresses: allowedAddresses.optional(),
});

const appChangeSchema = z.strictObject({
  name: z.string().optional(),
  state: z.enum(['active', 'suspended']).optional(),
  recording: z.boolean().optional(),
  recordingPrompt: recordingPrompt.nullable().optional(),
  statusUrl: z.string().nullable().optional(),
  feeUrl: z.string().nullable().optional(),
  pushSignature: z.enum(['newline', 'concatenated', 'none']).optional(),
  ports: z.int().optional(),
  allowedAddresses: allowedAddresses.optional(),
});

const renewalSchema = z.strictObject({
  graceSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .optional()
    .describe('How long the old secret works on, 0: not at all; absent: as the platform is set.'),
});

const tags = ['apps'];
const params = z.object({ appKey: z.string() });

export function registerAppRoutes(
  server: FastifyInstance,
  { accounts, administration, voiceFiles }: AccountRoutesOptions & VoiceFileRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/apps',
    {
      config: { right: 'manage', auditsBody: true },
      schema: {
        tags,
        summary: 'Create an application',
        querystring: accountQuery,
        body: newAppSchema,
        response: { 201: createdAppSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      await voiceFiles.checkRecordingPrompt(request.body.recordingPrompt, ownAccount(request));
      const app = await administration.createApp(request.body, ownAccount(request), changedBy(request));
      request.audit({ object: { kind: 'app', id: app.appKey }, spId: app.spId, after: appView(app) });
      return reply.code(201).send({ ...appView(app), appSecret: app.appSecret });
    },
  );

  routes.get(
    '/apps',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'All applications, in order of creation',
        querystring: accountQuery,
        response: { 200: z.object({ apps: z.array(appSchema) }), default: errorSchema },
      },
    },
    async ({ spId }) => ({ apps: (await accounts.apps(spId)).map(appView) }),
  );

  routes.get(
    '/apps/:appKey',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'One application',
        params,
        querystring: accountQuery,
        response: { 200: appSchema, default: errorSchema },
      },
    },
    async (request) => appView(await administration.app(request.params.appKey, request.spId)),
  );

  routes.patch(
    '/apps/:appKey',
    {
      config: { right: 'manage', auditsBody: true },
      schema: {
        tags,
        summary: 'Change an application',
        description: 'Absent members stay as they are; null removes a push address, or the recording prompt.',
        params,
        querystring: accountQuery,
        body: appChangeSchema,
        response: { 200: appSchema, default: errorSchema },
      },
    },
    async (request) => {
      const { appKey } = request.params;
      const app = await administration.app(appKey, request.spId);
      await voiceFiles.checkRecordingPrompt(request.body.recordingPrompt, app.spId);
      const change = { object: { kind: 'app', id: appKey }, spId: app.spId, before: appView(app) };
      request.changing(change);
      const after = appView(
        await administration.updateApp(appKey, request.body, request.spId, changedBy(request)),
      );
      request.audit({ ...change, after });
      return after;
    },
  );

  routes.post(
    '/apps/:appKey/secret',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Give an application a new secret',
        description:
          'It is shown only now. The old one works on for a while; one from before that is void at once.',
        params,
        querystring: accountQuery,
        body: renewalSchema,
        response: { 201: createdAppSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const { appKey } = request.params;
      const { graceSeconds } = request.body;
      const grace = graceSeconds === undefined ? undefined : graceSeconds * 1_000;
      const { before, after } = await administration.renewSecret(appKey, request.spId, grace);
      request.audit({
        object: { kind: 'app', id: appKey },
        spId: after.spId,
        before: { appSecret: before.appSecret },
        after: { appSecret: after.appSecret, oldOneWorksUntil: appView(after).previousSecretValidUntil },
      });
      return reply.code(201).send({ ...appView(after), appSecret: after.appSecret });
    },
  );
}
