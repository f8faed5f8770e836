import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import multipart from '@fastify/multipart';
import { z } from 'zod';
import { actorName } from '../../accounts/actor.ts';
import type { VoiceFileAdministration } from '../../accounts/voice-file-administration.ts';
import type { SourceContainer, VoiceFile, VoiceFileContent } from '../../accounts/voice-file.ts';
import { ownAccount } from './authorize.ts';
import { errorSchema } from './errors.ts';
import { registerReviewRoutes, reviewSchema, reviewView } from './review-routes.ts';
import { accountQuery } from './views.ts';
import { readUpload } from './voice-file-upload.ts';

export interface VoiceFileRoutesOptions {
  readonly voiceFiles: VoiceFileAdministration;
}

const tags = ['voice files'];
const params = z.object({ name: z.string() });

const contentSchema = z.object({
  description: z.string(),
  source: z.object({
    container: z.enum(['WAV', 'MP3', 'Ogg Opus', 'FLAC']),
    description: z.string().describe('What was uploaded.'),
    size: z.int().describe('Octets.'),
    loudness: z
      .number()
      .optional()
      .describe('dBFS of what is not a pause; absent of silence, and of older uploads.'),
  }),
  duration: z.int().describe('ms'),
  loudness: z.number().optional().describe('dBFS, as calls play it; absent as that of the source.'),
});

export const voiceFileSchema = reviewSchema.extend({
  name: z.string(),
  ...contentSchema.shape,
  createdAt: z.iso.datetime(),
  uploadedAt: z.iso.datetime().describe('When the latest revision was.'),
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

const contentView = ({ sound: _sound, ...shown }: VoiceFileContent): z.infer<typeof contentSchema> => shown;

function voiceFileView(file: VoiceFile): z.infer<typeof voiceFileSchema> {
  const { name, latest, createdAt } = file;
  return {
    name,
    ...reviewView(file),
    ...contentView(latest.content),
    createdAt: new Date(createdAt).toISOString(),
    uploadedAt: new Date(latest.submittedAt).toISOString(),
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
  registerReviewRoutes(server, {
    path: '/voice-files/:name',
    param: 'name',
    tags,
    article: 'a voice file',
    administration: voiceFiles,
    schema: voiceFileSchema,
    view: voiceFileView,
    contentSchema,
    contentView,
    note: noteChange,
  });
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
          'It is judged by its content, converted to A-law at one loudness, and reviewed before calls use it. Under a name that there is already it is the next revision, and the one in service stays so until it is approved.',
        querystring: accountQuery,
        consumes: ['multipart/form-data'],
        body: uploadSchema,
        response: { 201: voiceFileSchema, default: errorSchema },
      },
      // The parts arrive one by one; `readUpload` validates them.
      validatorCompiler: () => (value) => ({ value }),
    },
    async (request, reply) => {
      const upload = { ...(await readUpload(request)), by: actorName(request.actor) };
      const { file, previous } = await voiceFiles.submit(upload, ownAccount(request));
      noteChange(request, previous, file);
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
    async (request) => ({ voiceFiles: (await voiceFiles.list(ownAccount(request))).map(voiceFileView) }),
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
    async (request) => voiceFileView(await voiceFiles.find(request.params.name, ownAccount(request))),
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
          revision: z.coerce
            .number()
            .int()
            .optional()
            .describe('The latest, or the one in service; absent: the latest.'),
        }),
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const { form, revision } = request.query;
      const { audio, container } = await voiceFiles.audio(name, { form, revision }, ownAccount(request));
      return reply
        .type(form === 'converted' ? 'audio/wav' : mediaTypes[container])
        .header('x-content-type-options', 'nosniff')
        .send(audio);
    },
  );
}
