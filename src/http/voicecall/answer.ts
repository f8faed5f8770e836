import type { FastifyReply } from 'fastify';
import { type ResultCode, resultCodes } from '../../call/catalogue/result-codes.ts';

export type AnswerFields = Readonly<Record<string, string | number>>;

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
