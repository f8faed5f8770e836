import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { AdminRefusal } from './errors.ts';

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Checks the operator's token, in a time that does not depend on where it differs. */
export class OperatorAuthorization {
  readonly #expected: Buffer;

  constructor(token: string) {
    this.#expected = digestOf(token);
  }

  /**
   * @param queryToken taken where a browser cannot set headers (EventSource)
   * @throws {AdminRefusal} 401
   */
  check(request: FastifyRequest, queryToken?: string): void {
    const bearer = /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const given = bearer ?? queryToken;
    if (given !== undefined && timingSafeEqual(digestOf(given), this.#expected)) return;
    const remedy = 'Send "Authorization: Bearer TOKEN" with the token of DATA/admin.json.';
    throw new AdminRefusal(401, 'unauthorized', 'The bearer token is missing or wrong.', remedy);
  }
}
