/** What waits for a review, of one account or of all. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Revision } from '../../accounts/revision.ts';
import type { TemplateAdministration } from '../../accounts/template-administration.ts';
import type { VoiceFileAdministration } from '../../accounts/voice-file-administration.ts';
import { errorSchema } from './errors.ts';
import { accountQuery } from './views.ts';

export interface ReviewQueueOptions {
  readonly voiceFiles: VoiceFileAdministration;
  readonly templates: TemplateAdministration;
}

export const waitingReviewSchema = z.object({
  kind: z.enum(['voice-file', 'template']),
  account: z.string(),
  id: z.string().describe('The name of the voice file, or the id of the template.'),
  name: z.string(),
  revision: z.int().describe('To be named by whoever approves or rejects it.'),
  submittedAt: z.iso.datetime(),
  submittedBy: z.string().optional(),
});

type WaitingReview = z.infer<typeof waitingReviewSchema>;

const revisionOf = ({ number, submittedAt, submittedBy }: Revision<unknown>) => ({
  revision: number,
  submittedAt: new Date(submittedAt).toISOString(),
  submittedBy,
});

export function registerReviewQueueRoutes(
  server: FastifyInstance,
  { voiceFiles, templates }: ReviewQueueOptions,
): void {
  server.withTypeProvider<ZodTypeProvider>().get(
    '/reviews',
    {
      config: { right: 'read' },
      schema: {
        tags: ['reviews'],
        summary: 'Voice files and templates that wait for a review, the longest waiting first',
        querystring: accountQuery,
        response: { 200: z.object({ reviews: z.array(waitingReviewSchema) }), default: errorSchema },
      },
    },
    async ({ spId }) => {
      const files = (await voiceFiles.waiting(spId)).map(
        ({ spId: account, name, latest }): WaitingReview => ({
          kind: 'voice-file',
          account,
          id: name,
          name,
          ...revisionOf(latest),
        }),
      );
      const submitted = (await templates.waiting(spId)).map(
        ({ spId: account, templateId: id, name, latest }): WaitingReview => ({
          kind: 'template',
          account,
          id,
          name,
          ...revisionOf(latest),
        }),
      );
      const since = ({ submittedAt }: WaitingReview): number => Date.parse(submittedAt);
      return { reviews: [...files, ...submitted].toSorted((one, other) => since(one) - since(other)) };
    },
  );
}
