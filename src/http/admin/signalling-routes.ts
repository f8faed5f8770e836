/** The SIP messages of a call, to be read and to be taken along. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { withNumbersMasked } from '../../accounts/audit.ts';
import type { CallRecord } from '../../call/call-record.ts';
import type { CallQueries } from '../../call/queries.ts';
import type { CallPlacing } from '../voicecall/place-call.ts';
import { maySee } from './authorize.ts';
import { unknownCall } from './call-routes.ts';
import { AdminRefusal, errorSchema } from './errors.ts';
import { seesNumbersOfCalls } from './record-views.ts';
import { type RevealedCalls, revealHeaders } from './revealed-calls.ts';

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
  /** Whether calls cost money: then people are behind the numbers. */
  readonly placing: CallPlacing;
  readonly revealed: RevealedCalls;
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

/** What somebody may see who does not see numbers: no keys either (RFC 6086, `application/dtmf-relay`). */
const maskedMessage = (text: string): string =>
  withNumbersMasked(text).replaceAll(/^(Signal *= *)[^\r\n]*/gim, '$1****');

const notKept = (): AdminRefusal =>
  new AdminRefusal(
    404,
    'messages-unknown',
    'Neither SIP messages nor RTP headers of this call are kept.',
    'They are kept in memory for the latest calls (--sip-log-legs, --rtp-log-legs), until the platform is started again.',
  );

export function registerSignallingRoutes(
  server: FastifyInstance,
  { queries, signalling, placing, revealed }: SignallingRoutesOptions,
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
        description:
          "The operator's: they show carriers and how the platform signs in to them. In the console numbers and keys are masked, unless the platform is a sandbox, until the call is revealed.",
        params,
        headers: revealHeaders,
        response: { 200: signallingSchema, default: errorSchema },
      },
    },
    async (request) => {
      const legs = await legsOf(request, request.params.sessionId);
      const messages = legs.flatMap(({ party, callId }) =>
        callId === undefined ? [] : signalling.messages(callId).map((message) => ({ ...message, party })),
      );
      const inOrder = messages.toSorted((one, other) => one.at - other.at);
      const sees = revealed.seesNumbers(request, request.params.sessionId, placing);
      const shown = inOrder.map(({ at, text, ...message }) => ({
        ...message,
        at: new Date(at).toISOString(),
        text: sees ? text : maskedMessage(text),
      }));
      return { messages: shown };
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
          'Of RTP packets the headers alone, and never audio, of the latest legs: --rtp-log-legs. Of a long call its last minute or so. Numbers are in it as they were sent: fetched in the console it goes on record, unless the platform is a sandbox.',
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
      if (!seesNumbersOfCalls(request, placing)) request.audit({ object: { kind: 'call', id: sessionId } });
      const name = sessionId.replaceAll(/[^\w.-]/g, '_');
      return reply
        .type('application/vnd.tcpdump.pcap')
        .header('content-disposition', `attachment; filename="${name}.pcap"`)
        .send(Buffer.from(capture));
    },
  );
}
