import { optionTags, readContentDisposition } from '../message/header-values.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { responseTo } from '../message/response.ts';
import {
  allow,
  allowedMethods,
  infoBodies,
  knownMethods,
  sessionBodies,
  supportedExtensions,
} from './capabilities.ts';
import { bodyTypeOf } from './session-body.ts';

/**
 * What RFC 3261 8.2 has every server check before it looks at what a request wants: method, Request-URI, Require, body.
 *
 * @param toTag for a response outside a dialog
 * @returns the response that refuses the request, or undefined when it can be processed
 */
export function refusalOf(request: SipRequest, toTag?: string): SipResponse | undefined {
  return (
    refuseMethod(request, toTag) ??
    refuseScheme(request, toTag) ??
    refuseExtension(request, toTag) ??
    refuseBody(request, toTag)
  );
}

/**
 * 20.1, 21.4.7: 406 to an INVITE whose sender could not read the session description that every answer to it would be.
 *
 * @returns undefined when there is nothing to refuse
 */
export function refuseAnswer(request: SipRequest, toTag?: string): SipResponse | undefined {
  if (!request.headers.has('Accept')) return undefined;
  const types = request.headers.getAll('Accept').map((value) => value.split(';', 1)[0]!.trim().toLowerCase());
  if (types.some((type) => readableSessions.includes(type))) return undefined;
  const response = responseTo(request, 406, optionsOf(toTag));
  response.headers.set('Warning', '399 - "the answer is a session description, which Accept rules out"');
  return response;
}

/** What in Accept stands for a session description. */
const readableSessions: readonly string[] = ['application/sdp', 'application/*', '*/*'];

/** 8.2.2.1: 416 for a scheme that nothing here can be reached by. */
function refuseScheme(request: SipRequest, toTag: string | undefined): SipResponse | undefined {
  return request.requestUri.kind === 'other' ? responseTo(request, 416, optionsOf(toTag)) : undefined;
}

/** 8.2.1: 405 for a method we know and do not take, 501 for one we never heard of (21.5.2); Allow in both. */
function refuseMethod(request: SipRequest, toTag: string | undefined): SipResponse | undefined {
  if (allowedMethods.includes(request.method)) return undefined;
  const response = responseTo(request, knownMethods.includes(request.method) ? 405 : 501, optionsOf(toTag));
  response.headers.set('Allow', allow);
  return response;
}

/** 8.2.2.3: 420 names what we do not understand. */
function refuseExtension(request: SipRequest, toTag: string | undefined): SipResponse | undefined {
  const unsupported = [...optionTags(request.headers, 'Require')].filter(
    (tag) => !supportedExtensions.includes(tag),
  );
  if (unsupported.length === 0) return undefined;
  const response = responseTo(request, 420, optionsOf(toTag));
  response.headers.set('Unsupported', unsupported.join(', '));
  return response;
}

/** 8.2.3: 415 names what we would take. A body that may be ignored is (20.11: handling=optional). */
function refuseBody(request: SipRequest, toTag: string | undefined): SipResponse | undefined {
  const type = bodyTypeOf(request);
  if (type === undefined || isOptional(request)) return undefined;
  const encodings = request.headers.getAll('Content-Encoding');
  const isEncoded = encodings.some((encoding) => encoding.toLowerCase() !== 'identity');
  const acceptable = acceptableBodies(request.method);
  if (!isEncoded && (acceptable === undefined || acceptable.includes(type))) return undefined;
  const response = responseTo(request, 415, optionsOf(toTag));
  response.headers.set('Accept', (acceptable ?? sessionBodies).join(', '));
  if (isEncoded) response.headers.set('Accept-Encoding', 'identity');
  return response;
}

/** Undefined: whatever it is, it is of no consequence (BYE, OPTIONS). */
function acceptableBodies(method: string): readonly string[] | undefined {
  if (method === 'INFO') return infoBodies;
  return method === 'INVITE' || method === 'UPDATE' || method === 'PRACK' ? sessionBodies : undefined;
}

function isOptional(request: SipRequest): boolean {
  return readContentDisposition(request.headers)?.handling === 'optional';
}

function optionsOf(toTag: string | undefined) {
  return toTag === undefined ? {} : { toTag };
}
