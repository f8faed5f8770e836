import { finished } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Administration } from '../../accounts/administration.ts';
import { writtenNumber } from '../../accounts/e164.ts';
import type { Logger } from '../../call/ports.ts';
import { resultCodes } from '../../call/catalogue/result-codes.ts';
import type { PromptUse } from '../../call/prompt-use.ts';
import type { CallQueries } from '../../call/queries.ts';
import { describeFailure } from '../failure.ts';
import { queueView } from '../voicecall/answer.ts';
import { apiOf, type CallPlacing, placeCall } from '../voicecall/place-call.ts';
import { Refused } from '../voicecall/refused.ts';
import { keyedRequest } from '../voicecall/request-keys.ts';
import { checkAccountActive } from '../voicecall/authenticate.ts';
import type { RecordingDownloads } from '../recording-downloads.ts';
import { forbidden, maySee } from './authorize.ts';
import { AdminRefusal, errorSchema } from './errors.ts';
import { queueSchema } from './queue-routes.ts';
import { maskedCall, seesNumbers, seesNumbersOfCalls } from './record-views.ts';
import { type RevealedCalls, revealHeaders } from './revealed-calls.ts';
import {
  accountQuery,
  callHistorySchema,
  callHistoryView,
  callSchema,
  callView,
  type PhoneRecordings,
} from './views.ts';

export interface CallRoutesOptions {
  readonly administration: Administration;
  readonly placing: CallPlacing;
  readonly queries: CallQueries;
  /** What phones of the sandbox heard. */
  readonly recordings: PhoneRecordings;
  /** What was recorded because the caller asked for it. */
  readonly downloads: RecordingDownloads;
  readonly log: Logger;
  readonly revealed: RevealedCalls;
}

const tags = ['calls'];
const params = z.object({ sessionId: z.string() });

const revealedSchema = callHistorySchema.extend({
  revealKey: z
    .string()
    .describe('As `x-reveal-key` it shows the call on, while it is looked at at least every five minutes.'),
});

const listSchema = accountQuery.extend({
  appKey: z.string().optional(),
  state: z.enum(['accepted', 'running', 'ended']).optional(),
  voiceFile: z.string().optional().describe('Accepted to play the voice file of this name.'),
  templateId: z.string().optional().describe('Accepted to speak this template.'),
  sessionId: z.string().optional(),
  number: z
    .string()
    .max(60)
    .optional()
    .describe('Caller of a callback, or callee, with the country: +8613500000001. Write + as %2B.'),
  cause: z.coerce.number().int().min(0).max(99_999).optional().describe('Ended with this release cause.'),
  since: z.iso.datetime({ offset: true }).optional().describe('Accepted at this time or later.'),
  until: z.iso.datetime({ offset: true }).optional().describe('Accepted before this time.'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().optional().describe('`nextCursor` of the page before.'),
});

function usingOf(voiceFile: string | undefined, templateId: string | undefined): PromptUse | undefined {
  if (voiceFile !== undefined && templateId !== undefined) {
    throw new AdminRefusal(
      400,
      'invalid-request',
      'Ask for the calls of a voice file or of a template, not of both.',
    );
  }
  if (voiceFile !== undefined) return { kind: 'voice-file', id: voiceFile };
  return templateId === undefined ? undefined : { kind: 'template', id: templateId };
}

function soughtNumber(text: string): string {
  const written = writtenNumber(text);
  if (written !== undefined) return written.number;
  const remedy = 'Write it with its country, such as +8613500000001 (in an address %2B8613500000001).';
  throw new AdminRefusal(400, 'number-wrong', 'number is no phone number.', remedy);
}

const newCallSchema = z
  .looseObject({
    appKey: z.string().describe('The application that places the call.'),
    sandbox: z.boolean().optional().describe('Never on a trunk, as with the /sandbox prefix.'),
  })
  .describe(
    "The members of click2Call, callnotify or callVerify, by the app's capability, beside these two.",
  );

const keyDescription =
  'A name of your own for this request: sent again with the same body within 24 h it is answered as the first time, and places no second call.';

/** As the compatible API answers. */
const placedSchema = z.object({
  resultcode: z.string(),
  resultdesc: z.string(),
  sessionId: z.string(),
  idlePort: z.int().optional(),
  queue: queueSchema.optional().describe('Where it stands, where it has to wait for its turn.'),
});

export const unknownCall = (): AdminRefusal =>
  new AdminRefusal(
    404,
    'call-unknown',
    'There is no call with this session id.',
    'calls list shows the latest.',
  );

const noSandbox = (): AdminRefusal =>
  new AdminRefusal(
    409,
    'no-sandbox',
    'Calls leave on a trunk here; there are no sandbox phones.',
    'For the sandbox start a platform without --trunk.',
  );

type CallView = z.infer<typeof callSchema>;

/** By which carriers calls leave is the operator's business. */
function withoutCarriers<View extends CallView>({ actor }: FastifyRequest, call: View): View {
  if (actor.kind === 'operator') return call;
  return { ...call, legs: call.legs.map(({ attempts: _attempts, ...leg }) => leg) };
}

export function registerCallRoutes(server: FastifyInstance, options: CallRoutesOptions): void {
  registerReading(server, options);
  registerPlacing(server, options);
}

function registerReading(server: FastifyInstance, options: CallRoutesOptions): void {
  const { queries, recordings, placing, revealed } = options;
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const shown = <View extends CallView>(request: FastifyRequest, call: View): View => {
    const own = withoutCarriers(request, call);
    return seesNumbersOfCalls(request, placing) ? own : maskedCall(own);
  };

  routes.get(
    '/calls',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'Calls, newest first',
        querystring: listSchema,
        response: {
          200: z.object({ calls: z.array(callSchema), nextCursor: z.string().optional() }),
          default: errorSchema,
        },
      },
    },
    async (request) => {
      const { since, until, number, voiceFile, templateId, account: _account, ...rest } = request.query;
      if (number !== undefined && !seesNumbers(request.actor))
        throw forbidden('Your role does not see numbers, and so does not search for them.');
      const { calls, nextCursor } = await queries.list({
        ...rest,
        spId: request.spId,
        number: number === undefined ? undefined : soughtNumber(number),
        since: since ? Date.parse(since) : undefined,
        until: until ? Date.parse(until) : undefined,
        using: usingOf(voiceFile, templateId),
      });
      return { calls: calls.map((call) => shown(request, callView(call, recordings))), nextCursor };
    },
  );

  routes.get(
    '/calls/:sessionId',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'One call with its legs, events, pushes and record',
        description:
          'Numbers and keys are masked for roles that may not manage; in the console for all, unless the platform is a sandbox, until they are revealed.',
        params,
        headers: revealHeaders,
        response: { 200: callHistorySchema, default: errorSchema },
      },
    },
    async (request) => {
      const view = await historyView(request, options);
      const own = withoutCarriers(request, view);
      return revealed.seesNumbers(request, view.sessionId, placing) ? own : maskedCall(own);
    },
  );

  routes.post(
    '/calls/:sessionId/reveal',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'One call with its numbers and keys; that they were looked at goes on record',
        params,
        response: { 200: revealedSchema, default: errorSchema },
      },
    },
    async (request) => {
      const view = await historyView(request, options);
      request.audit({ object: { kind: 'call', id: view.sessionId }, spId: request.spId });
      const revealKey = revealed.open(view.sessionId, request.actor);
      return { ...withoutCarriers(request, view), revealKey };
    },
  );

  routes.post(
    '/calls/:sessionId/conceal',
    {
      config: { right: 'read', reads: true },
      schema: {
        tags,
        summary: 'Shows the call no longer to who has the key: their page was closed',
        params,
        body: z.strictObject({ revealKey: z.string() }),
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async ({ body }, reply) => {
      revealed.close(body.revealKey);
      return reply.code(204).send();
    },
  );
}

/** @throws {AdminRefusal} 404 */
async function historyView(
  request: FastifyRequest<{ Params: { sessionId: string } }>,
  { queries, recordings, downloads, log }: CallRoutesOptions,
): Promise<z.infer<typeof callHistorySchema>> {
  const history = await queries.history(request.params.sessionId);
  if (history === undefined || !maySee(request, history.call.owner.spId)) throw unknownCall();
  // A bucket that is away hides no call from the operator.
  const url = await downloads.addressOf(history.call, request).catch((error: unknown) => {
    log.warn(
      { sessionId: history.call.sessionId, ...describeFailure(error) },
      'where a recording is could not be found out',
    );
    return undefined;
  });
  return callHistoryView(history, recordings, url);
}

function registerPlacing(
  server: FastifyInstance,
  { administration, placing, queries }: CallRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/calls',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'Place a call as an application',
        description:
          'The same checks as click2Call, callnotify (v2.0) and callVerify, without the signature. A refusal has its result code in error.code.',
        headers: z.looseObject({ 'idempotency-key': z.string().optional().describe(keyDescription) }),
        body: newCallSchema,
        response: { 200: placedSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const { appKey, sandbox = false, ...body } = request.body;
      if (sandbox && placing.commercial) throw noSandbox();
      const app = await administration.app(appKey, request.spId);
      await checkAccountActive(placing.accounts, app);
      if (app.state === 'suspended') throw new Refused(resultCodes.appKeyUnavailable);
      const key = request.headers['idempotency-key'];
      const keyed = keyedRequest(key, ['/admin/v1/calls', JSON.stringify(request.body)]);
      const asked = { app, body, sandbox, keyed };
      const { sessionId, idlePort, queue, start } = await placeCall(placing, apiOf[app.capability], asked);
      request.audit({ object: { kind: 'call', id: sessionId }, spId: app.spId, after: { appKey } });
      if (start !== undefined) finished(reply.raw, start);
      return {
        resultcode: resultCodes.success.code,
        resultdesc: resultCodes.success.description,
        sessionId,
        idlePort,
        queue: queue && queueView(queue),
      };
    },
  );

  routes.post(
    '/calls/:sessionId/stop',
    {
      config: { right: 'manage' },
      schema: {
        tags,
        summary: 'End a running call',
        params,
        response: { 202: z.object({ sessionId: z.string() }), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { sessionId } = request.params;
      const history = await queries.history(sessionId);
      if (history === undefined || !maySee(request, history.call.owner.spId)) throw unknownCall();
      if (!(await placing.calls.stop(history.call.owner.appKey, sessionId))) {
        throw new AdminRefusal(409, 'call-ended', 'The call has ended already.');
      }
      request.audit({ object: { kind: 'call', id: sessionId }, spId: history.call.owner.spId });
      return reply.code(202).send({ sessionId });
    },
  );
}
