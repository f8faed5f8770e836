import {
  allowedMethods,
  optionTags,
  readContentDisposition,
  readExpires,
  readMinSe,
  readRAck,
  readRSeq,
  readSessionExpires,
} from '../message/header-values.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { SipParseError } from '../message/sip-parse-error.ts';

/** The header fields this agent reads beyond those the parser has read, each with what reads it. */
const readers: readonly (readonly [header: string, read: (message: SipMessage) => unknown])[] = [
  ['Contact', (message) => message.contacts],
  ['Record-Route', (message) => message.recordRoutes],
  ['Content-Type', (message) => message.contentType],
  ['Content-Disposition', ({ headers }) => readContentDisposition(headers)],
  ['Content-Encoding', ({ headers }) => headers.getAll('Content-Encoding')],
  ['Require', ({ headers }) => optionTags(headers, 'Require')],
  ['Supported', ({ headers }) => optionTags(headers, 'Supported')],
  ['Allow', ({ headers }) => allowedMethods(headers)],
  ['Reason', ({ headers }) => headers.getAll('Reason')],
  ['Session-Expires', ({ headers }) => readSessionExpires(headers)],
  ['Min-SE', ({ headers }) => readMinSe(headers)],
  ['Expires', ({ headers }) => readExpires(headers)],
  ['RSeq', ({ headers }) => readRSeq(headers)],
  ['RAck', ({ headers }) => readRAck(headers)],
];

/** Why a request cannot be processed: the first part of it that does not follow its grammar (RFC 3261 21.4.1). */
export function unreadable(request: SipRequest): SipParseError | undefined {
  for (const [header, read] of readers) {
    const error = request.headers.has(header) ? failureOf(() => read(request)) : undefined;
    if (error !== undefined) return error;
  }
  return failureOf(() => request.requestUri);
}

/**
 * Takes what cannot be read out of a response: nobody can be told, and a call need not fail for it.
 *
 * @returns how many header fields were taken out
 */
export function dropUnreadable(response: SipResponse): number {
  let dropped = 0;
  for (const [header, read] of readers) {
    if (!response.headers.has(header) || failureOf(() => read(response)) === undefined) continue;
    response.headers.delete(header);
    dropped += 1;
  }
  return dropped;
}

function failureOf(read: () => unknown): SipParseError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof SipParseError) return error;
    throw error;
  }
}
