/** The SIP messages of a call, to be read and to be taken along. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { CallRecord } from '../../call/call-record.ts';
import type { CallQueries } from '../../call/queries.ts';
import { maySee } from './authorize.ts';
import { unknownCall } from './call-routes.ts';
import { AdminRefusal, errorSchema } from './errors.ts';

export interface SignallingMessage {
  /** ms since 1970-01-01T00:00:00Z. */
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly transport: 'UDP' | 'TCP' | 'TLS';
  /** HOST:PORT of ours. */
  readonly local: string;
  readonly remote: string;
  readonly text: string;
}

/** What is kept of the signalling of the latest calls, by the Call-IDs of their legs. */
export interface Signalling {
  /** In their order; empty where nothing is kept. */
  messages(callId: string): readonly SignallingMessage[];
  /** A capture file, with the headers of RTP packets as far as they are kept; undefined where nothing is. */
  capture(sessionId: string, callIds: readonly string[]): Uint8Array | undefined;
}

export interface SignallingRoutesOptions {
  readonly queries: CallQueries;
  readonly signalling: Signalling;
}

export const signallingSchema = z.object({
  messages: z.array(
    z.object({
      at: z.iso.datetime(),
      party: z.enum(['A', 'B']),
      direction: z.enum(['in', 'out']),
      transport: z.enum(['UDP', 'TCP', 'TLS']),
      local: z.string(),
      remote: z.string(),
      text: z.string(),
    }),
  ),
});

const tags = ['calls'];
const params = z.object({ sessionId: z.string() });

const notKept = (): AdminRefusal =>
  new AdminRefusal(
    404,
    'messages-unknown',
    'Neither SIP messages nor RTP headers of this call are kept.',
    'They are kept in memory for the latest calls (--sip-log-legs, --rtp-log-legs), until the platform is started again.',
  );

export function registerSignallingRoutes(
  server: FastifyInstance,
  { queries, signalling }: SignallingRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const legsOf = async (request: FastifyRequest, sessionId: string): Promise<CallRecord['legs']> => {
    const history = await queries.history(sessionId);
    if (history === undefined || !maySee(request, history.call.owner.spId)) throw unknownCall();
    return history.call.legs;
  };

  routes.get(
    '/calls/:sessionId/messages',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'The SIP messages of a call, in their order',
        description: "The operator's: they show carriers and how the platform signs in to them.",
        params,
        response: { 200: signallingSchema, default: errorSchema },
      },
    },
    async (request) => {
      const legs = await legsOf(request, request.params.sessionId);
      const messages = legs.flatMap(({ party, callId }) =>
        callId === undefined ? [] : signalling.messages(callId).map((message) => ({ ...message, party })),
      );
      const inOrder = messages.toSorted((one, other) => one.at - other.at);
      return { messages: inOrder.map((message) => ({ ...message, at: new Date(message.at).toISOString() })) };
    },
  );

  routes.get(
    '/calls/:sessionId/capture',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'The same as a capture file (PCAP) for Wireshark, with the headers of RTP packets',
        description:
          'Of RTP packets the headers alone, and never audio, of the latest legs: --rtp-log-legs. Of a long call its last minute or so.',
        params,
        produces: ['application/vnd.tcpdump.pcap'],
        response: { 200: z.any(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { sessionId } = request.params;
      const legs = await legsOf(request, sessionId);
      const callIds = legs.flatMap(({ callId }) => (callId === undefined ? [] : [callId]));
      const capture = signalling.capture(sessionId, callIds);
      if (capture === undefined) throw notKept();
      const name = sessionId.replaceAll(/[^\w.-]/g, '_');
      return reply
        .type('application/vnd.tcpdump.pcap')
        .header('content-disposition', `attachment; filename="${name}.pcap"`)
        .send(Buffer.from(capture));
    },
  );
}
