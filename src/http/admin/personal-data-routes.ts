/** What is known of one phone number: handed out, and erased (as data protection law lets people ask for). */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { writtenNumber } from '../../accounts/e164.ts';
import type { AccountStore } from '../../accounts/ports.ts';
import type { CallRecord } from '../../call/call-record.ts';
import type { NumberQuery, PersonalData } from '../../call/personal-data.ts';
import type { Logger } from '../../call/ports.ts';
import { describeFailure } from '../failure.ts';
import type { RecordingDownloads } from '../recording-downloads.ts';
import { AdminRefusal, errorSchema } from './errors.ts';
import { accountQuery, callHistoryView, type PhoneRecordings } from './views.ts';

export interface PersonalDataRoutesOptions {
  readonly personalData: PersonalData;
  /** Removes what is kept of a call elsewhere: its recording, and what was spoken in it. */
  readonly clearCall: (call: CallRecord) => Promise<void>;
  /** Stands for a number in the audit trail; nobody without the platform's key can tell which. */
  readonly digestOfNumber: (number: string) => string;
  readonly accounts: AccountStore;
  readonly recordings: PhoneRecordings;
  readonly downloads: RecordingDownloads;
  readonly log: Logger;
}

const tags = ['personal data'];

const bodySchema = z.strictObject({
  number: z.string().max(60).describe('With its country, such as +86 135 0000 0001.'),
});

export const erasureSchema = z.object({
  calls: z.int().describe('Calls in which the number stood; it is masked there now.'),
  postponed: z
    .int()
    .describe('Calls that run, or that something is still to be pushed of: as they were. Ask again later.'),
  refusals: z.int(),
  auditEntries: z.int(),
});

async function queryOf(
  { accounts }: PersonalDataRoutesOptions,
  text: string,
  spId: string | undefined,
): Promise<NumberQuery> {
  const sought = writtenNumber(text);
  if (sought === undefined) {
    const remedy = 'Write it with its country, such as +8613500000001.';
    throw new AdminRefusal(422, 'number-wrong', 'This is no phone number.', remedy);
  }
  if ((await accounts.number(sought.number)) !== undefined) {
    throw new AdminRefusal(
      409,
      'number-is-ours',
      'This is a number of the platform, nobody’s personal one.',
      'Remove it with number remove, if it is not used any more.',
    );
  }
  return { sought, spId };
}

export function registerPersonalDataRoutes(
  server: FastifyInstance,
  options: PersonalDataRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/personal-data/export',
    {
      config: { right: 'people', inClosedAccount: true },
      schema: {
        tags,
        summary: 'Everything that is known of one phone number, as JSON Lines',
        description:
          'One call or refused request a line, told apart by `kind`, with what was said and pressed.',
        querystring: accountQuery,
        body: bodySchema,
        produces: ['application/jsonl'],
        response: { 200: z.string(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const query = await queryOf(options, request.body.number, request.spId);
      noteRequest(options, request, query);
      const stream = Readable.from(linesOf(options, query, request), { objectMode: false });
      reply.type('application/jsonl').header('cache-control', 'private, no-store');
      // Sent as it is: the schema describes what it amounts to.
      return reply.send(stream as unknown as string);
    },
  );

  routes.post(
    '/personal-data/erase',
    {
      config: { right: 'people', inClosedAccount: true },
      schema: {
        tags,
        summary: 'Erase what is known of one phone number',
        description:
          'The number, what was said to it and what it pressed are masked in calls, events, records, pushes, refusals and the audit trail; recordings and cached speech of its calls are removed. That there was a call stays. Black lists stay: they protect whoever is on them.',
        querystring: accountQuery,
        body: bodySchema,
        response: { 200: erasureSchema, default: errorSchema },
      },
    },
    async (request) => {
      const query = await queryOf(options, request.body.number, request.spId);
      const erasure = await options.personalData.erase(query, options.clearCall);
      noteRequest(options, request, query, erasure);
      return erasure;
    },
  );
}

function noteRequest(
  { digestOfNumber }: PersonalDataRoutesOptions,
  request: FastifyRequest,
  { sought, spId }: NumberQuery,
  after?: object,
): void {
  request.audit({ object: { kind: 'phone-number', id: digestOfNumber(sought.number) }, spId, after });
}

async function* linesOf(
  { personalData, recordings, downloads, log }: PersonalDataRoutesOptions,
  query: NumberQuery,
  request: FastifyRequest,
): AsyncGenerator<Buffer> {
  for await (const history of personalData.calls(query)) {
    const { call } = history;
    const url = await downloads.addressOf(call, request).catch((error: unknown) => {
      log.warn(
        { sessionId: call.sessionId, ...describeFailure(error) },
        'where a recording is could not be found out',
      );
      return undefined;
    });
    // Unlike for the operator nothing is hidden: it is whoever asks who was told it.
    const shown = { ...callHistoryView(history, recordings, url), order: call.order };
    const keys = call.played?.collected;
    yield Buffer.from(`${JSON.stringify({ kind: 'call', ...shown, keys })}\n`);
  }
  for await (const { at, ...refusal } of personalData.refusals(query)) {
    yield Buffer.from(`${JSON.stringify({ kind: 'refusal', at: new Date(at).toISOString(), ...refusal })}\n`);
  }
}
