/** Templates that are not submitted yet, read and heard. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { previewOf, spokenPreview } from '../../accounts/template-preview.ts';
import { FASTEST, LONGEST_CONTENT, SLOWEST } from '../../accounts/template.ts';
import type { Clock } from '../../call/ports.ts';
import { PromptUnavailable } from '../../call/prompt-unavailable.ts';
import { ownAccount } from './authorize.ts';
import { AdminRefusal, errorSchema } from './errors.ts';
import { PreviewLimits } from './preview-limits.ts';
import { accountQuery } from './views.ts';

export interface TemplatePreviewOptions {
  /** A text of an account as calls hear it, as a WAV file. Rejects with PromptUnavailable. */
  readonly speak: (text: string, speed: number, spId: string) => Promise<Uint8Array>;
  readonly clock: Clock;
}

const tags = ['templates'];

/** Characters; beyond what any content may have, so that the reason is told and nothing is spent on more. */
const MOST_CHARACTERS = 5_000;

const bodySchema = z.strictObject({
  content: z.string().max(MOST_CHARACTERS),
  values: z
    .array(z.string().max(200).nullable())
    .max(MOST_CHARACTERS)
    .default([])
    .describe('For the gaps in order of appearance; null or none: a sample.'),
});

export const templatePreviewSchema = z.object({
  octets: z.int().describe(`Of UTF-8, of the content; at most ${LONGEST_CONTENT}.`),
  pieces: z
    .array(z.object({ text: z.string(), gap: z.int().optional().describe('Index of `gaps`.') }))
    .describe('The text in order of speaking.'),
  gaps: z.array(
    z.object({
      name: z.string().describe('Such as ${NUM_6}.'),
      value: z.string(),
      isAccepted: z.boolean().describe('Whether a call may fill it so.'),
    }),
  ),
  problem: z
    .object({ message: z.string(), remedy: z.string().optional() })
    .optional()
    .describe('Why it cannot be submitted.'),
  warnings: z
    .array(z.string())
    .optional()
    .describe('What is hardly meant, such as {TXT_3} without its $; it can be submitted all the same.'),
});

export function registerTemplatePreviewRoutes(
  server: FastifyInstance,
  { speak, clock }: TemplatePreviewOptions,
): void {
  const limits = new PreviewLimits(clock);
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/templates/preview',
    {
      config: { right: 'read', reads: true },
      schema: {
        tags,
        summary: 'What a template would say, and what is wrong with it',
        description: 'Nothing is stored.',
        querystring: accountQuery,
        body: bodySchema,
        response: { 200: templatePreviewSchema, default: errorSchema },
      },
    },
    async ({ body }) => {
      const { octets, pieces, gaps, violation, warnings } = previewOf(body.content, body.values);
      const problem = violation && { message: violation.message, remedy: violation.remedy };
      return {
        octets,
        pieces: [...pieces],
        gaps: [...gaps],
        problem,
        warnings: warnings.length === 0 ? undefined : [...warnings],
      };
    },
  );

  routes.post(
    '/templates/preview/audio',
    {
      config: { right: 'read', reads: true },
      schema: {
        tags,
        summary: 'What a template would sound like, as a WAV file',
        description:
          'As calls would hear it. No template is stored; the sound stays in the cache of spoken texts. At most 10 a minute and one at a time of each account, 30 a minute and two at a time of all.',
        querystring: accountQuery,
        body: bodySchema.extend({ speed: z.int().min(SLOWEST).max(FASTEST).default(0) }),
        produces: ['audio/wav'],
        response: { 200: z.string(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { content, values, speed } = request.body;
      const text = spokenPreview(content, values);
      const spId = ownAccount(request);
      const sound = await limits.run(spId, () => speak(text, speed, spId).catch(refuseUnspoken));
      reply.type('audio/wav').header('cache-control', 'no-store');
      // Sent as it is: the schema describes what it amounts to.
      return reply.send(Buffer.from(sound) as unknown as string);
    },
  );
}

function refuseUnspoken(error: unknown): never {
  if (!(error instanceof PromptUnavailable)) throw error;
  const remedy = 'The log on standard error says why each voice failed; try openvoicecall doctor.';
  throw new AdminRefusal(503, 'speech-failed', 'No voice could speak this text.', remedy);
}
