import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import multipart from '@fastify/multipart';
import { z } from 'zod';
import type { VoiceFileAdministration } from '../../accounts/voice-file-administration.ts';
import type { SourceContainer, VoiceFile } from '../../accounts/voice-file.ts';
import { ownAccount } from './authorize.ts';
import { errorSchema } from './errors.ts';
import { accountQuery } from './views.ts';
import { readUpload } from './voice-file-upload.ts';

export interface VoiceFileRoutesOptions {
  readonly voiceFiles: VoiceFileAdministration;
}

const tags = ['voice files'];
const params = z.object({ name: z.string() });

export const reviewSchema = z.object({
  state: z.enum(['pending', 'approved', 'rejected']).describe('Calls use only what is approved.'),
  reason: z.string().optional().describe('Why it was rejected.'),
});

export const rejectionSchema = z.strictObject({ reason: z.string() });

const voiceFileSchema = reviewSchema.extend({
  name: z.string(),
  description: z.string(),
  source: z.object({
    container: z.enum(['WAV', 'MP3', 'Ogg Opus', 'FLAC']),
    description: z.string().describe('What was uploaded.'),
    size: z.int().describe('Octets.'),
  }),
  duration: z.int().describe('ms'),
  createdAt: z.iso.datetime(),
  uploadedAt: z.iso.datetime().describe('Later than createdAt when the file was replaced.'),
});

const uploadSchema = z.object({
  file: z.file().describe('WAV, MP3, Ogg Opus or FLAC; at most 6 MB, and 2 MB (262 s) once converted.'),
  name: z.string().describe('1-128 digits, letters and - _ . @, ending in .wav whatever is uploaded.'),
  description: z.string().optional().describe('For the reviewer.'),
  approve: z.enum(['true', 'false']).optional().describe('Approved at once.'),
});

const mediaTypes: Readonly<Record<SourceContainer, string>> = {
  WAV: 'audio/wav',
  MP3: 'audio/mpeg',
  'Ogg Opus': 'audio/ogg',
  FLAC: 'audio/flac',
};

function voiceFileView(file: VoiceFile): z.infer<typeof voiceFileSchema> {
  const { spId: _spId, revision: _revision, createdAt, uploadedAt, ...shown } = file;
  return {
    ...shown,
    createdAt: new Date(createdAt).toISOString(),
    uploadedAt: new Date(uploadedAt).toISOString(),
  };
}

function noteChange(
  request: FastifyRequest,
  before: VoiceFile | undefined,
  after: VoiceFile | undefined,
): void {
  const { name: id = '', spId } = after ?? before ?? {};
  const shown = (file: VoiceFile | undefined): object | undefined => file && voiceFileView(file);
  request.audit({ object: { kind: 'voice-file', id }, spId, before: shown(before), after: shown(after) });
}

export async function registerVoiceFileRoutes(
  server: FastifyInstance,
  { voiceFiles }: VoiceFileRoutesOptions,
): Promise<void> {
  await server.register(async (scope) => {
    await scope.register(multipart);
    registerUpload(scope, voiceFiles);
  });
  registerReading(server, voiceFiles);
  registerReview(server, voiceFiles);
}

function registerUpload(server: FastifyInstance, voiceFiles: VoiceFileAdministration): void {
  server.post(
    '/voice-files',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Upload a voice file',
        description:
          'It is judged by its content, converted to A-law at one loudness, and reviewed before calls use it. A file of the same name is replaced.',
        querystring: accountQuery,
        consumes: ['multipart/form-data'],
        body: uploadSchema,
        response: { 201: voiceFileSchema, default: errorSchema },
      },
      // The parts arrive one by one; `readUpload` validates them.
      validatorCompiler: () => (value) => ({ value }),
    },
    async (request, reply) => {
      const file = await voiceFiles.submit(await readUpload(request), ownAccount(request));
      noteChange(request, undefined, file);
      return reply.code(201).send(voiceFileView(file));
    },
  );
}

function registerReading(server: FastifyInstance, voiceFiles: VoiceFileAdministration): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/voice-files',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'All voice files of an account, in order of creation',
        querystring: accountQuery,
        response: { 200: z.object({ voiceFiles: z.array(voiceFileSchema) }), default: errorSchema },
      },
    },
    async (request) => ({ voiceFiles: (await voiceFiles.files(ownAccount(request))).map(voiceFileView) }),
  );

  routes.get(
    '/voice-files/:name',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'One voice file',
        params,
        querystring: accountQuery,
        response: { 200: voiceFileSchema, default: errorSchema },
      },
    },
    async (request) => voiceFileView(await voiceFiles.file(request.params.name, ownAccount(request))),
  );

  routes.get(
    '/voice-files/:name/audio',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'The sound of a voice file',
        params,
        querystring: accountQuery.extend({
          form: z
            .enum(['converted', 'original'])
            .default('converted')
            .describe('As calls play it, a WAV file; or as it was uploaded.'),
        }),
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const { form } = request.query;
      const { source } = await voiceFiles.file(name, ownAccount(request));
      const audio = await voiceFiles.audio(name, form, ownAccount(request));
      return reply
        .type(form === 'converted' ? 'audio/wav' : mediaTypes[source.container])
        .header('x-content-type-options', 'nosniff')
        .send(audio);
    },
  );
}

function registerReview(server: FastifyInstance, voiceFiles: VoiceFileAdministration): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/voice-files/:name/approve',
    {
      config: { right: 'review' },
      schema: {
        tags,
        summary: 'Let calls use a voice file',
        params,
        querystring: accountQuery,
        response: { 200: voiceFileSchema, default: errorSchema },
      },
    },
    async (request) => {
      const [{ name }, spId] = [request.params, ownAccount(request)];
      const before = await voiceFiles.file(name, spId);
      const file = await voiceFiles.approve(name, spId);
      noteChange(request, before, file);
      return voiceFileView(file);
    },
  );

  routes.post(
    '/voice-files/:name/reject',
    {
      config: { right: 'review' },
      schema: {
        tags,
        summary: 'Refuse a voice file, or take back its approval',
        params,
        querystring: accountQuery,
        body: rejectionSchema,
        response: { 200: voiceFileSchema, default: errorSchema },
      },
    },
    async (request) => {
      const [{ name }, spId] = [request.params, ownAccount(request)];
      const before = await voiceFiles.file(name, spId);
      const file = await voiceFiles.reject(name, request.body.reason, spId);
      noteChange(request, before, file);
      return voiceFileView(file);
    },
  );

  routes.delete(
    '/voice-files/:name',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Remove a voice file',
        params,
        querystring: accountQuery,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const [{ name }, spId] = [request.params, ownAccount(request)];
      const before = await voiceFiles.file(name, spId);
      await voiceFiles.remove(name, spId);
      noteChange(request, before, undefined);
      return reply.code(204).send();
    },
  );
}
