import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { RuleViolation, type Rule } from '../../accounts/rule-violation.ts';
import { HasherBusyError } from '../../accounts/password.ts';
import { SignInRefusal } from '../../accounts/sign-ins.ts';
import { VoiceFileRefusal } from '../../accounts/voice-file-refusal.ts';
import type { Logger } from '../../call/ports.ts';
import { StoreUnavailableError } from '../../call/store-unavailable-error.ts';
import { describeFailure } from '../failure.ts';
import { Refused } from '../voicecall/refused.ts';
import { remedyOf } from './remedies.ts';

/** Every refusal of the operator's API. */
export const errorSchema = z.object({
  resultcode: z.string().optional().describe('Where the compatible API would refuse too: its answer.'),
  resultdesc: z.string().optional(),
  error: z.object({
    code: z.string().describe('A stable word, or the result code of the compatible API.'),
    message: z.string(),
    field: z.string().optional().describe('The member of the request that is wrong.'),
    remedy: z.string().optional().describe('What to do about it.'),
    found: z.string().optional().describe('What a refused file is.'),
    accepted: z.string().optional().describe('What would be accepted in its place.'),
  }),
});

type ErrorBody = z.infer<typeof errorSchema>;

/** A refusal of the operator's API itself. */
export class AdminRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly remedy: string | undefined;
  /** Seconds after which it may be granted. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, message: string, remedy?: string, retryAfter?: number) {
    super(message);
    this.name = 'AdminRefusal';
    this.status = status;
    this.code = code;
    this.remedy = remedy;
    this.retryAfter = retryAfter;
  }
}

const statusOfRule: Partial<Record<Rule, number>> = {
  'app-unknown': 404,
  'number-unknown': 404,
  'voice-file-unknown': 404,
  'template-unknown': 404,
  'revision-needed': 409,
  'revision-unknown': 404,
  'revision-replaced': 409,
  'account-unknown': 404,
  'account-closed': 409,
  'held-by-operator': 403,
  'ports-of-operator': 403,
  'account-taken': 409,
  'user-unknown': 404,
  'user-name-taken': 409,
  'last-owner': 409,
  'password-wrong': 403,
  'code-wrong': 403,
  'totp-unknown': 404,
  'token-unknown': 404,
  'sign-in-unknown': 404,
  'trunk-taken': 409,
  'trunk-unknown': 404,
  'limit-unknown': 404,
  'barred-unknown': 404,
  'guard-unknown': 404,
  'price-unknown': 404,
  'pool-unknown': 404,
  'enterprise-unknown': 404,
  'enterprise-not-approved': 409,
  'order-unknown': 404,
  'order-state': 409,
  'number-not-granted': 403,
  'number-taken': 409,
  'too-many-apps': 409,
};

interface Answer {
  readonly status: number;
  readonly body: ErrorBody;
  /** Seconds. */
  readonly retryAfter?: number;
}

function signInAnswer({ reason, retryAfter }: SignInRefusal): Answer {
  switch (reason) {
    case 'wrong': {
      const message = 'Account, name, password or code is wrong.';
      return { status: 401, body: { error: { code: 'sign-in-refused', message } } };
    }
    case 'code-needed': {
      const message = 'The code of your authenticator is needed too.';
      return { status: 401, body: { error: { code: 'code-needed', message, field: 'code' } } };
    }
    case 'locked': {
      const seconds = Math.ceil(retryAfter / 1_000);
      const message = 'There were too many failures to sign in.';
      const remedy = `Try again in ${seconds} s.`;
      return { status: 429, retryAfter: seconds, body: { error: { code: 'locked-out', message, remedy } } };
    }
  }
}

function answerOf(error: unknown): Answer | undefined {
  if (error instanceof AdminRefusal) {
    const { status, code, message, remedy, retryAfter } = error;
    return { status, retryAfter, body: { error: { code, message, remedy } } };
  }
  if (error instanceof SignInRefusal) return signInAnswer(error);
  if (error instanceof HasherBusyError) {
    const message = 'Too many people sign in at this moment.';
    const remedy = 'Try again in a moment.';
    return { status: 429, retryAfter: 1, body: { error: { code: 'busy', message, remedy } } };
  }
  if (error instanceof RuleViolation) {
    const { rule, message, field, remedy } = error;
    return { status: statusOfRule[rule] ?? 422, body: { error: { code: rule, message, field, remedy } } };
  }
  if (error instanceof VoiceFileRefusal) {
    const { reason, message, found, accepted } = error;
    const remedy = `Accepted is ${accepted}.`;
    const code = `voice-file-${reason}`;
    const status = reason === 'too-large' ? 413 : 422;
    return { status, body: { error: { code, message, field: 'file', remedy, found, accepted } } };
  }
  if (error instanceof Refused) {
    const { http, code, description } = error.code;
    const answer = { resultcode: code, resultdesc: description };
    return {
      status: http,
      body: {
        ...answer,
        error: { code, message: description, remedy: error.kept?.explanation ?? remedyOf(code) },
      },
    };
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first] = error.validation;
    const field = first?.instancePath.slice(1).replaceAll('/', '.') || undefined;
    const message = first?.message ?? 'The request is not as described.';
    return { status: 400, body: { error: { code: 'invalid-request', message, field } } };
  }
  if (error instanceof StoreUnavailableError) {
    const remedy = 'Try again in a moment; calls that run go on meanwhile. /readyz says when it is back.';
    const body = { error: { code: 'database-unavailable', message: error.message, remedy } };
    return { status: 503, retryAfter: 5, body };
  }
  const { statusCode, code, message } = error as FastifyError;
  if (statusCode === undefined || statusCode >= 500) return undefined;
  return { status: statusCode, body: { error: { code: code ?? 'invalid-request', message } } };
}

/** Answers any error as `{error: {code, message, field?, remedy?}}`. */
export function adminErrorAnswer(log: Logger) {
  return (error: unknown, _request: FastifyRequest, reply: FastifyReply): void => {
    const answer = answerOf(error);
    if (answer !== undefined) {
      if (answer.retryAfter !== undefined) reply.header('retry-after', answer.retryAfter);
      reply.code(answer.status).send(answer.body);
      return;
    }
    log.error(describeFailure(error), 'a request of the operator failed');
    const message = 'Something broke inside the platform.';
    const remedy = 'The log on standard error says where; /readyz says what is not ready.';
    reply.code(500).send({ error: { code: 'internal', message, remedy } } satisfies ErrorBody);
  };
}
