import { Parameters } from './parameters.ts';
import { Refused } from './refused.ts';
import { invalidRequest } from '../../call/catalogue/result-codes.ts';

/**
 * POST /rest/httpsessions/callStop/v2.0 (spec 05).
 * @returns the session to end
 * @throws {Refused} 1010002 naming the parameter
 */
export function parseCallStop(body: unknown): string {
  const parameters = new Parameters(body);
  const sessionId = parameters.text('sessionid', 1, 256);
  if (parameters.text('signal', 1, 128) !== 'call_stop') throw new Refused(invalidRequest('signal'));
  return sessionId;
}
