import type { SipRequest, SipResponse } from '../message/message.ts';
import { responseTo } from '../message/response.ts';
import { allowedMethods, knownMethods, writeCapabilities } from './capabilities.ts';
import { refusalOf } from './request-check.ts';

/**
 * The answer to a request outside any dialog when nobody may call us. OPTIONS is answered, since carriers ask by it
 * whether we are alive (RFC 3261 11.2); an INVITE is understood and refused (21.4.4); nothing is relayed.
 */
export function answerStranger(request: SipRequest, toTag: string): SipResponse {
  if (request.method === 'INVITE') return responseTo(request, 403, { toTag });
  return answerOutsideDialog(request, toTag);
}

/** The answer to a request outside any dialog other than INVITE. */
export function answerOutsideDialog(request: SipRequest, toTag: string): SipResponse {
  const refusal = refusalOf(request, toTag);
  if (refusal !== undefined) return refusal;
  // 12.2.2: BYE, INFO, UPDATE and PRACK mean something within a dialog only.
  if (request.method !== 'OPTIONS') return responseTo(request, 481, { toTag });
  const response = responseTo(request, 200, { toTag });
  writeCapabilities(response);
  return response;
}

/** Whether a method has a name we know; others are counted together, so that strangers cannot invent counters. */
export function isKnownMethod(method: string): boolean {
  return allowedMethods.includes(method) || knownMethods.includes(method);
}
