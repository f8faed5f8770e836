import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import multipart from '@fastify/multipart';
import { z } from 'zod';
import type { VoiceFileAdministration } from '../../accounts/voice-file-administration.ts';
import type { SourceContainer, VoiceFile } from '../../accounts/voice-file.ts';
import { errorSchema } from './errors.ts';
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
      schema: {
        tags,
        summary: 'Upload a voice file',
        description:
          'It is judged by its content, converted to A-law at one loudness, and reviewed before calls use it. A file of the same name is replaced.',
        consumes: ['multipart/form-data'],
        body: uploadSchema,
        response: { 201: voiceFileSchema, default: errorSchema },
      },
      // The parts arrive one by one; `readUpload` validates them.
      validatorCompiler: () => (value) => ({ value }),
    },
    async (request, reply) => {
      const file = await voiceFiles.submit(await readUpload(request));
      return reply.code(201).send(voiceFileView(file));
    },
  );
}

function registerReading(server: FastifyInstance, voiceFiles: VoiceFileAdministration): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/voice-files',
    {
      schema: {
        tags,
        summary: 'All voice files, in order of creation',
        response: { 200: z.object({ voiceFiles: z.array(voiceFileSchema) }), default: errorSchema },
      },
    },
    async () => ({ voiceFiles: (await voiceFiles.files()).map(voiceFileView) }),
  );

  routes.get(
    '/voice-files/:name',
    {
      schema: {
        tags,
        summary: 'One voice file',
        params,
        response: { 200: voiceFileSchema, default: errorSchema },
      },
    },
    async (request) => voiceFileView(await voiceFiles.file(request.params.name)),
  );

  routes.get(
    '/voice-files/:name/audio',
    {
      schema: {
        tags,
        summary: 'The sound of a voice file',
        params,
        querystring: z.object({
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
      const { source } = await voiceFiles.file(name);
      const audio = await voiceFiles.audio(name, form);
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
      schema: {
        tags,
        summary: 'Let calls use a voice file',
        params,
        response: { 200: voiceFileSchema, default: errorSchema },
      },
    },
    async (request) => voiceFileView(await voiceFiles.approve(request.params.name)),
  );

  routes.post(
    '/voice-files/:name/reject',
    {
      schema: {
        tags,
        summary: 'Refuse a voice file, or take back its approval',
        params,
        body: rejectionSchema,
        response: { 200: voiceFileSchema, default: errorSchema },
      },
    },
    async (request) => voiceFileView(await voiceFiles.reject(request.params.name, request.body.reason)),
  );

  routes.delete(
    '/voice-files/:name',
    {
      schema: {
        tags,
        summary: 'Remove a voice file',
        params,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      await voiceFiles.remove(request.params.name);
      return reply.code(204).send();
    },
  );
}
