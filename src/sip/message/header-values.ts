/**
 * The small headers, each read from a message's `Headers`. Absent is undefined (or an empty set); malformed throws
 * SipParseError `header-value` naming the header, unless said otherwise.
 */
import { isToken, parseInteger, parseParameters, trimmed } from './grammar.ts';
import type { Headers } from './headers.ts';
import { readingHeader, SipParseError } from './sip-parse-error.ts';

/** Longest time a header can say, in seconds (RFC 3261 section 25.1: delta-seconds; RFC 7234: greater means this). */
const longestSeconds = 2 ** 32 - 1;

/** Option tags in lower case (RFC 3261 section 19.2). */
export function optionTags(
  headers: Headers,
  name: 'Supported' | 'Require' | 'Proxy-Require' | 'Unsupported',
): ReadonlySet<string> {
  return new Set(tokens(headers, name).map((tag) => tag.toLowerCase()));
}

/** The methods of Allow, case-sensitive; undefined when the header is absent, which says nothing about support. */
export function allowedMethods(headers: Headers): ReadonlySet<string> | undefined {
  return headers.has('Allow') ? new Set(tokens(headers, 'Allow')) : undefined;
}

/** Empty elements, as in `timer,`, are harmless here. */
function tokens(headers: Headers, name: string): string[] {
  const elements = headers.getAll(name).filter((element) => element !== '');
  if (!elements.every(isToken)) throw malformed(name, 'not a list of tokens');
  return elements;
}

/** RFC 4028 section 4. */
export interface SessionExpires {
  /** Session interval in seconds. */
  readonly seconds: number;
  readonly refresher?: 'uac' | 'uas';
}

export function readSessionExpires(headers: Headers): SessionExpires | undefined {
  const value = secondsAndParameters(headers, 'Session-Expires');
  if (value === undefined) return undefined;
  const refresher = value.parameters.get('refresher');
  const role = typeof refresher === 'string' ? refresher.toLowerCase() : refresher;
  if (role === undefined) return { seconds: value.seconds };
  if (role !== 'uac' && role !== 'uas')
    throw malformed('Session-Expires', 'the refresher is neither uac nor uas');
  return { seconds: value.seconds, refresher: role };
}

export function formatSessionExpires(value: SessionExpires): string {
  return value.refresher === undefined
    ? String(value.seconds)
    : `${value.seconds};refresher=${value.refresher}`;
}

/** Smallest session interval in seconds that an element accepts (RFC 4028 section 5). */
export function readMinSe(headers: Headers): number | undefined {
  return secondsAndParameters(headers, 'Min-SE')?.seconds;
}

function secondsAndParameters(headers: Headers, name: string) {
  const text = headers.get(name);
  if (text === undefined) return undefined;
  const semicolon = text.indexOf(';');
  const end = semicolon < 0 ? text.length : semicolon;
  const seconds = deltaSeconds(trimmed(text, 0, end));
  if (seconds === undefined) throw malformed(name, 'no number of seconds');
  return { seconds, parameters: readingHeader(name, () => parseParameters(text, end)) };
}

/** Seconds; more than 2^32 - 1 count as that many. */
function deltaSeconds(text: string): number | undefined {
  return /^\d+$/.test(text) ? Math.min(Number(text), longestSeconds) : undefined;
}

/** Seconds a registration, an invitation or a body holds (RFC 3261 section 20.19). */
export function readExpires(headers: Headers): number | undefined {
  const text = headers.get('Expires');
  if (text === undefined) return undefined;
  const seconds = deltaSeconds(text);
  if (seconds === undefined) throw malformed('Expires', 'no number of seconds');
  return seconds;
}

/**
 * Seconds to wait before trying again (RFC 3261 section 20.33); comment and duration are not read. Advice on a request
 * that has failed anyway, so an unreadable value is as good as none.
 */
export function readRetryAfter(headers: Headers): number | undefined {
  const text = headers.get('Retry-After');
  return text === undefined ? undefined : deltaSeconds(/^\d+(?=[ \t]*(?:[;(]|$))/.exec(text)?.[0] ?? '');
}

/** Number of a reliable provisional response, 1 to 2^32 - 1 (RFC 3262 section 7.1). */
export function readRSeq(headers: Headers): number | undefined {
  const text = headers.get('RSeq');
  if (text === undefined) return undefined;
  const number = parseInteger(text, 2 ** 32 - 1);
  if (number === undefined || number === 0) throw malformed('RSeq', 'not 1 to 2^32 - 1');
  return number;
}

/** What a PRACK acknowledges (RFC 3262 section 7.2). */
export interface RAck {
  readonly rseq: number;
  readonly sequence: number;
  readonly method: string;
}

export function readRAck(headers: Headers): RAck | undefined {
  const text = headers.get('RAck');
  if (text === undefined) return undefined;
  const [first = '', second = '', method = '', more] = text.split(/[ \t]+/);
  const rseq = parseInteger(first, 2 ** 32 - 1);
  const sequence = parseInteger(second, 2 ** 31 - 1);
  if (!rseq || sequence === undefined || !isToken(method) || more !== undefined) {
    throw malformed('RAck', 'not two numbers and a method');
  }
  return { rseq, sequence, method };
}

export function formatRAck(rack: RAck): string {
  return `${rack.rseq} ${rack.sequence} ${rack.method}`;
}

/** How a body is meant to be used (RFC 3261 section 20.11). */
export interface ContentDisposition {
  /** `session`, `render` ...; in lower case. */
  readonly type: string;
  /** Whether the body may be ignored when it is not understood; `required` unless said otherwise. */
  readonly handling: 'optional' | 'required';
}

export function readContentDisposition(headers: Headers): ContentDisposition | undefined {
  const text = headers.get('Content-Disposition');
  if (text === undefined) return undefined;
  const semicolon = text.indexOf(';');
  const end = semicolon < 0 ? text.length : semicolon;
  const type = trimmed(text, 0, end).toLowerCase();
  if (!isToken(type)) throw malformed('Content-Disposition', 'no disposition type');
  const handling = readingHeader('Content-Disposition', () => parseParameters(text, end)).get('handling');
  return { type, handling: String(handling).toLowerCase() === 'optional' ? 'optional' : 'required' };
}

function malformed(header: string, what: string): SipParseError {
  return new SipParseError('header-value', what, { header });
}
