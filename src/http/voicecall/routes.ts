/** The compatible API, exactly as the service documents it (spec 00-02, 05, 09). */
import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../accounts/account.ts';
import { type ResultCode, resultCodes } from '../../call/catalogue/result-codes.ts';
import type { Logger } from '../../call/ports.ts';
import { describeFailure } from '../failure.ts';
import type { HttpMetrics } from '../metrics.ts';
import { type AnswerFields, queueView, sendAnswer, sendSuccess } from './answer.ts';
import type { Authenticator, Credentials } from './authenticate.ts';
import { parseCallStop } from './call-stop.ts';
import { addressOf } from './client-address.ts';
import type { LegacyFeature } from './legacy-features.ts';
import { login, type LoginContext, logout, queryOf, refresh } from './login.ts';
import {
  type CallApi,
  callNotify,
  type CallPlacing,
  callVerify,
  click2Call,
  placeCall,
} from './place-call.ts';
import { type DownloadContext, recordingAddress } from './recording-download.ts';
import { Refused } from './refused.ts';
import { keyedRequest } from './request-keys.ts';
import { parseBody, readBody } from './request-body.ts';

/** A request that was answered, for whoever traces requests. */
export interface AnsweredRequest {
  readonly api: string;
  readonly resultcode: string;
  /** The call it placed or stopped. */
  readonly sessionId: string | undefined;
  /** Milliseconds since it began to arrive. */
  readonly duration: number;
  /** The header of that name. */
  readonly traceparent: string | undefined;
}

/** Must not throw. */
export type OnAnswered = (request: AnsweredRequest) => void;

interface Told {
  readonly reply: FastifyReply;
  readonly sessionId: string | undefined;
}

export interface VoiceCallRoutesOptions extends DownloadContext, LoginContext {
  readonly legacy: ReadonlySet<LegacyFeature>;
  readonly placing: CallPlacing;
  /** Takes a request from what may be sent in a minute. @returns what is answered when nothing is left */
  readonly takeRequest: (app: Pick<App, 'appKey' | 'spId'>) => ResultCode | undefined;
  readonly metrics: HttpMetrics;
  readonly onAnswered?: OnAnswered;
  readonly log: Logger;
  /** Leave connections open after an answer; the service closes them (spec 10 D). */
  readonly keepAlive: boolean;
}

/** Resolves with the session it placed or stopped, if any. */
type Operation = (app: App, request: FastifyRequest, reply: FastifyReply) => Promise<string | undefined>;

interface Api {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Members that a refusal carries besides its code. */
  readonly onFailure: AnswerFields;
  readonly run: (sandbox: boolean) => Operation;
}

function placingApi(name: string, version: string, api: CallApi, placing: CallPlacing): Api {
  return {
    name,
    method: 'POST',
    path: `/rest/httpsessions/${name}/${version}`,
    onFailure: { sessionId: '' },
    run: (sandbox) => async (app, request, reply) => {
      const body = parseBody(request.body);
      const keyed = keyedRequest(request.headers['idempotency-key'], [
        request.routeOptions.url ?? '',
        request.body as Buffer,
      ]);
      const placed = await placeCall(placing, api, { app, body, sandbox, keyed });
      const { sessionId, idlePort, queue, start } = placed;
      // No push may overtake the answer; a client that went away does not take its call along.
      if (start !== undefined) finished(reply.raw, start);
      sendSuccess(reply, { sessionId, idlePort, queue: queue && queueView(queue) });
      return sessionId;
    },
  };
}

function apis(options: VoiceCallRoutesOptions): Api[] {
  const { placing } = options;
  return [
    placingApi('click2Call', 'v2.0', click2Call, placing),
    placingApi('callnotify', 'v2.0', callNotify('v2.0'), placing),
    placingApi('callnotify', 'v1.0', callNotify('v1.0'), placing),
    placingApi('callVerify', 'v1.0', callVerify, placing),
    {
      name: 'callStop',
      method: 'POST',
      path: '/rest/httpsessions/callStop/v2.0',
      onFailure: {},
      run: () => async (app, request, reply) => {
        const sessionId = parseCallStop(parseBody(request.body));
        if (!(await placing.calls.stop(app.appKey, sessionId)))
          throw new Refused(resultCodes.invalidSessionId);
        sendSuccess(reply);
        return sessionId;
      },
    },
    {
      name: 'record',
      method: 'GET',
      path: '/rest/provision/voice/record/v1.0',
      onFailure: {},
      run: () => async (app, request, reply) => {
        const location = await recordingAddress(app, request, options);
        reply.code(301).header('location', location).type('application/json;charset=UTF-8').send('{}');
        return undefined;
      },
    },
  ];
}

/** Registers the API's paths below `server`'s prefix. `sandbox` calls never reach a trunk. */
export function registerVoiceCallRoutes(
  server: FastifyInstance,
  options: VoiceCallRoutesOptions,
  sandbox: boolean,
): void {
  const { authenticator, metrics, keepAlive, onAnswered } = options;
  const answered = (api: string, code: ResultCode, request: FastifyRequest, told: Told): void => {
    metrics.answered(api, code.code);
    if (onAnswered === undefined) return;
    const { traceparent } = request.headers;
    onAnswered({
      api,
      resultcode: code.code,
      sessionId: told.sessionId,
      duration: told.reply.elapsedTime,
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    });
  };
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage) => readBody(payload));
  if (!keepAlive) {
    server.addHook('onRequest', async (_request, reply) => {
      reply.header('connection', 'close');
    });
  }
  for (const { name, method, path, onFailure, run } of served(options, authenticator, sandbox)) {
    const errorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
      const code = codeOf(error, request, options.log);
      answered(name, code, request, { reply, sessionId: undefined });
      sendAnswer(reply, code, onFailure);
    };
    const perform = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const sessionId = await run(request, reply);
      answered(name, resultCodes.success, request, { reply, sessionId });
      return reply;
    };
    const refuseMethod = async (): Promise<never> => {
      throw new Refused(resultCodes.invalidRestApi);
    };
    const otherMethods = server.supportedMethods.filter((other) => other !== method);
    const hidden = { schema: { hide: true }, errorHandler };
    server.route({ method, url: path, exposeHeadRoute: false, ...hidden, handler: perform });
    server.route({ method: otherMethods, url: path, ...hidden, handler: refuseMethod });
  }
}

/** An API as it is served: with authentication where it needs one. */
type Served = Omit<Api, 'run'> & {
  readonly run: (request: FastifyRequest, reply: FastifyReply) => Promise<string | undefined>;
};

function served(options: VoiceCallRoutesOptions, authenticator: Authenticator, sandbox: boolean): Served[] {
  const signed = apis(options)
    .filter(({ path }) => options.legacy.has('v1.0') || !path.endsWith('callnotify/v1.0'))
    .map(({ run, ...api }) => {
      const operation = run(sandbox);
      const perform: Served['run'] = async (request, reply) => {
        const app = await authenticator.authenticate(credentialsOf(request));
        const refusal = options.takeRequest(app);
        if (refusal !== undefined) throw new Refused(refusal);
        return operation(app, request, reply);
      };
      return { ...api, run: perform };
    });
  if (!options.legacy.has('login')) return signed;
  const loginApi = (name: string, path: string, perform: typeof login): Served => ({
    name,
    method: 'POST',
    path,
    onFailure: {},
    run: async (request, reply) => {
      await perform(options, request, reply);
      return undefined;
    },
  });
  return [
    ...signed,
    loginApi('fastlogin', '/rest/fastlogin/v1.0', login),
    loginApi('refresh', '/omp/oauth/refresh', refresh),
    loginApi('logout', '/rest/logout/v1.0', logout),
  ];
}

function credentialsOf(request: FastifyRequest): Credentials {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const query = queryOf(request);
  const accessToken = query.get('access_token');
  return {
    authorization: request.headers.authorization,
    xAksk: header('x-aksk'),
    xWsse: header('x-wsse'),
    address: addressOf(request),
    token: accessToken === undefined ? undefined : { appKey: query.get('app_key'), accessToken },
  };
}

/** What the client is told of an error: our refusal, its own bad HTTP, or that something broke here. */
function codeOf(error: unknown, { raw }: FastifyRequest, log: Logger): ResultCode {
  if (error instanceof Refused) return error.code;
  const status = error instanceof Error ? (error as FastifyError).statusCode : undefined;
  // It may also have gone away within its request, and hears nothing at all.
  const isTheirs = (status !== undefined && status < 500) || (raw.destroyed && !raw.complete);
  if (isTheirs) return resultCodes.invalidRequest;
  log.error(describeFailure(error), 'a request failed');
  return resultCodes.internalSystemError;
}
