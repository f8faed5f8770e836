import type { FastifyReply } from 'fastify';
import type { QueuePlace } from '../../call/admission.ts';
import { type ResultCode, resultCodes } from '../../call/catalogue/result-codes.ts';

export type AnswerFields = Readonly<Record<string, string | number | object | undefined>>;

/** Where a call stands that has to wait for its turn; times are ISO 8601 in UTC. */
export interface QueueView {
  readonly position: number;
  readonly expectedStart: string;
  readonly expiresAt: string;
}

export const queueView = ({ position, expectedStart, expiresAt }: QueuePlace): QueueView => ({
  position,
  expectedStart: new Date(expectedStart).toISOString(),
  expiresAt: new Date(expiresAt).toISOString(),
});

/** Sends a result code with the answer's other members (spec 00 section 4). */
export function sendAnswer(reply: FastifyReply, result: ResultCode, fields: AnswerFields = {}): FastifyReply {
  const body = { resultcode: result.code, resultdesc: result.description, ...fields };
  return reply
    .code(result.http)
    .header('content-type', 'application/json;charset=UTF-8')
    .send(JSON.stringify(body));
}

export const sendSuccess = (reply: FastifyReply, fields?: AnswerFields): FastifyReply =>
  sendAnswer(reply, resultCodes.success, fields);
