/** The media of a call second by second, while it runs and afterwards. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  heardOf,
  type LegQuality,
  type QualityColumn,
  qualityColumn,
  UNKNOWN,
} from '../../call/leg-quality.ts';
import type { CallService } from '../../call/call-service.ts';
import type { CallQueries } from '../../call/queries.ts';
import { maySee } from './authorize.ts';
import { unknownCall } from './call-routes.ts';
import { errorSchema } from './errors.ts';

export interface QualityRoutesOptions {
  readonly queries: CallQueries;
  /** Those that run. */
  readonly running: Pick<CallService, 'quality'>;
}

const counts = z.array(z.int().min(0));
const measures = z.array(z.number().nullable());

export const legQualitySchema = z
  .object({
    party: z.enum(['A', 'B']),
    from: z.iso.datetime().describe('When the first row begins.'),
    secondsPerRow: z
      .int()
      .describe('1; in calls of more than ten minutes rows are joined in pairs, again and again.'),
    milliseconds: z.int().describe('Of all rows together: the last may be shorter than the others.'),
    heard: z
      .array(z.enum(['audio', 'silence', 'no-packets', 'on-hold']))
      .describe(
        'Of the far end: something, packets without anything above -50 dBFS, no packet, or not listened to.',
      ),
    received: counts.describe('Packets from the far end.'),
    sent: counts.describe('Packets to it.'),
    lost: counts.describe('Packets from it that are missing, by their sequence numbers.'),
    late: counts.describe('Packets from it that came 100 ms or more behind the fastest.'),
    jitter: z.array(z.number()).describe('Interarrival jitter (RFC 3550), ms.'),
    level: measures.describe('dBFS of what could be heard; null: nothing.'),
    mos: measures.describe('Mean opinion score of what was received, 1-4.5, estimated; null: nothing came.'),
    farEnd: z
      .object({
        lost: measures.describe('Packets of ours that it newly reported lost.'),
        jitter: measures.describe('ms'),
        roundTrip: measures.describe('ms'),
      })
      .describe('What the far end reported by RTCP, every five seconds or so; null: nothing yet.'),
  })
  .describe(
    'Columns of one length; of joined rows counts are sums, the louder level and the worse of all else.',
  );

export const qualitySchema = z.object({
  live: z.boolean().describe('The call runs: there will be more.'),
  legs: z.array(legQualitySchema).describe('Those that had media, in the order in which they were dialled.'),
});

function legView(leg: LegQuality): z.infer<typeof legQualitySchema> {
  const { party, from, secondsPerRow, milliseconds } = leg;
  const column = (name: QualityColumn): number[] => qualityColumn(leg, name);
  const known = (name: QualityColumn, scale = 1): (number | null)[] =>
    column(name).map((value) => (value === UNKNOWN ? null : value / scale));
  return {
    party,
    from: new Date(from).toISOString(),
    secondsPerRow,
    milliseconds,
    heard: heardOf(leg),
    received: column('received'),
    sent: column('sent'),
    lost: column('lost'),
    late: column('late'),
    jitter: column('jitter').map((value) => value / 10),
    level: known('level').map((value) => (value === null ? null : -value)),
    mos: known('mos', 100),
    farEnd: { lost: known('farLost'), jitter: known('farJitter', 10), roundTrip: known('roundTrip') },
  };
}

export function registerQualityRoutes(
  server: FastifyInstance,
  { queries, running }: QualityRoutesOptions,
): void {
  server.withTypeProvider<ZodTypeProvider>().get(
    '/calls/:sessionId/quality',
    {
      config: { right: 'read' },
      schema: {
        tags: ['calls'],
        summary: 'The media of a call second by second, leg by leg',
        description:
          'While the call runs and afterwards, as long as the call is kept. Empty where no leg had media.',
        params: z.object({ sessionId: z.string() }),
        response: { 200: qualitySchema, default: errorSchema },
      },
    },
    async (request) => {
      const { sessionId } = request.params;
      const owner = await queries.owner(sessionId);
      if (owner === undefined || !maySee(request, owner.spId)) throw unknownCall();
      const live = await running.quality(sessionId);
      const legs = live ?? (await queries.quality(sessionId)) ?? [];
      return { live: live !== undefined, legs: legs.map(legView) };
    },
  );
}
