/** Bytes to messages (RFC 3261 sections 7, 18.3 and 25). */
import { isToken, parseInteger, trimmed } from './grammar.ts';
import { kindOf, knownKind } from './header-names.ts';
import { type HeaderField, Headers } from './headers.ts';
import { type SipMessage, SipRequest, SipResponse } from './message.ts';
import { defaultParseLimits, type ParseLimits } from './parse-limits.ts';
import { salvageRequest } from './salvage.ts';
import { SipParseError } from './sip-parse-error.ts';

/**
 * Reads one message. The body ends where Content-Length says, else with the bytes; what follows it is ignored, as a
 * datagram's surplus is (RFC 3261 section 18.3). `StreamFramer` cuts streams into messages.
 *
 * Read and checked at once: start line with its URI, header lines, that Via, From, To, Call-ID and CSeq are there and
 * readable, and Max-Forwards. All other values are parsed when asked for. `body` is a view of `bytes`.
 *
 * Throws SipParseError; with `partial` when a 400 can be sent.
 */
export function parseMessage(bytes: Uint8Array, limits: ParseLimits = defaultParseLimits): SipMessage {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length > limits.messageSize) {
    throw new SipParseError('message-too-large', `larger than ${limits.messageSize} bytes`, { status: 513 });
  }
  const start = afterLeadingLineBreaks(buffer);
  if (start === buffer.length) throw new SipParseError('empty', 'no message');
  const end = buffer.indexOf('\r\n\r\n', start, 'latin1');
  const bodyStart = end < 0 ? buffer.length : end + 4;
  const head = buffer.toString('utf8', start, end < 0 ? buffer.length : end + 2);
  try {
    if (end < 0) throw new SipParseError('header-end', 'no empty line after the headers');
    const message = parseHead(head, limits);
    message.body = bodyOf(message, buffer.subarray(bodyStart));
    checkMandatoryHeaders(message, limits);
    return message;
  } catch (error) {
    if (error instanceof SipParseError) error.partial = salvageRequest(head);
    throw error;
  }
}

/** RFC 3261 section 7.5: empty lines before the start line are ignored. */
function afterLeadingLineBreaks(buffer: Buffer): number {
  let start = 0;
  while (buffer[start] === 0x0d && buffer[start + 1] === 0x0a) start += 2;
  return start;
}

/** `head`: the start line and the header lines, each with its CRLF. */
function parseHead(head: string, limits: ParseLimits): SipMessage {
  const lineEnd = endOfLine(head, 0);
  if (lineEnd > limits.lineLength) throw new SipParseError('line-too-long', 'the start line is too long');
  const startLine = head.slice(0, lineEnd);
  const isResponse = /^SIP\//i.test(startLine);
  const message = isResponse ? parseStatusLine(startLine) : parseRequestLine(startLine);
  message.headers = Headers.ofFields(parseHeaderLines(head, lineEnd + 2, limits));
  return message;
}

/** Index of the CR that ends the line starting at `start`. A lone CR or LF ends nothing and is refused. */
function endOfLine(head: string, start: number): number {
  const lineFeed = head.indexOf('\n', start);
  const end = lineFeed - 1;
  if (lineFeed < 0 || head.charCodeAt(end) !== 0x0d || head.indexOf('\r', start) !== end) {
    throw new SipParseError('line-break', 'a line does not end with CRLF');
  }
  return end;
}

/** RFC 3261 section 7.1: Method SP Request-URI SP SIP-Version, with exactly one space at each place. */
function parseRequestLine(line: string): SipRequest {
  const first = line.indexOf(' ');
  const last = line.lastIndexOf(' ');
  const method = line.slice(0, Math.max(first, 0));
  const uri = line.slice(first + 1, last);
  const version = line.slice(last + 1);
  if (!isToken(method) || first === last || !/^[!#-;=?-~]+$/.test(uri)) {
    throw new SipParseError('start-line', 'not a request line');
  }
  if (version.toUpperCase() !== 'SIP/2.0') {
    if (!/^SIP\/\d+\.\d+$/i.test(version)) throw new SipParseError('start-line', 'not a request line');
    throw new SipParseError('version', 'only SIP/2.0 is spoken', { status: 505 });
  }
  return new SipRequest(method, uri);
}

/** RFC 3261 section 7.2: SIP-Version SP Status-Code SP Reason-Phrase; the phrase may be empty. */
function parseStatusLine(line: string): SipResponse {
  if (!/^SIP\/2\.0 /i.test(line)) throw new SipParseError('version', 'only SIP/2.0 is spoken');
  const status =
    line.charCodeAt(11) === 0x20 || line.length === 11 ? parseInteger(line.slice(8, 11), 699) : undefined;
  if (status === undefined || status < 100) throw new SipParseError('status-code', 'not a status of 100-699');
  return new SipResponse(status, line.slice(12));
}

function parseHeaderLines(head: string, start: number, limits: ParseLimits): HeaderField[] {
  if (isFold(head, start)) throw new SipParseError('header-line', 'the start line cannot be continued');
  const fields: HeaderField[] = [];
  const seen = new Set<string>();
  let at = start;
  while (at < head.length) {
    const lineStart = at;
    let end = endOfLine(head, at);
    at = end + 2;
    let folded: string | undefined;
    // RFC 3261 section 7.3.1: a line that starts with white space continues the one before.
    while (isFold(head, at)) {
      const next = endOfLine(head, at);
      folded = `${folded ?? trimmed(head, lineStart, end)} ${trimmed(head, at, next)}`;
      end = next;
      at = end + 2;
      if (end - lineStart > limits.lineLength) break;
    }
    if (end - lineStart > limits.lineLength)
      throw new SipParseError('line-too-long', 'a header line is too long');
    const field =
      folded === undefined ? parseField(head, lineStart, end) : parseField(folded, 0, folded.length);
    if (field.kind.isSingle) {
      if (seen.has(field.kind.key)) throw repeated(field.name);
      seen.add(field.kind.key);
    }
    if (field.kind.isList && commasIn(field.value) >= limits.listElements) {
      const failure = `more than ${limits.listElements} elements`;
      throw new SipParseError('too-many-elements', failure, { header: field.name });
    }
    fields.push(field);
    if (fields.length > limits.headerCount) {
      throw new SipParseError('too-many-headers', `more than ${limits.headerCount} header lines`);
    }
  }
  return fields;
}

/** Whether the line at `start` continues the one before. */
function isFold(head: string, start: number): boolean {
  const first = head.charCodeAt(start);
  return first === 0x20 || first === 0x09;
}

function commasIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf(','); at >= 0; at = text.indexOf(',', at + 1)) count++;
  return count;
}

function repeated(name: string): SipParseError {
  return new SipParseError('repeated-header', 'stands more than once', { header: name });
}

/** One header line: name, colon, value; white space may stand before the colon (RFC 3261 section 7.3.1). */
function parseField(text: string, start: number, end: number): HeaderField {
  const colon = text.indexOf(':', start);
  if (colon < 0 || colon >= end) throw new SipParseError('header-line', 'a header line without a colon');
  const written = text.slice(start, colon);
  const known = knownKind(written);
  if (known !== undefined) return { kind: known, name: written, value: trimmed(text, colon + 1, end) };
  const name = trimmed(written);
  if (!isToken(name)) {
    throw new SipParseError('header-line', 'a header name is no token');
  }
  return { kind: kindOf(name), name, value: trimmed(text, colon + 1, end) };
}

/** RFC 3261 section 18.3. */
function bodyOf(message: SipMessage, rest: Uint8Array): Uint8Array {
  const text = message.headers.get('Content-Length');
  if (text === undefined) return rest;
  const length = parseInteger(text, Number.MAX_SAFE_INTEGER);
  if (length === undefined) throw badLength('not a length');
  if (length > rest.length) throw badLength('more than there is');
  return length === rest.length ? rest : rest.subarray(0, length);
}

function badLength(what: string): SipParseError {
  return new SipParseError('content-length', what, { header: 'Content-Length' });
}

/** RFC 3261 section 8.1.1: what every layer above relies on. The message keeps the parsed values. */
function checkMandatoryHeaders(message: SipMessage, limits: ParseLimits): void {
  void message.via;
  void message.from;
  void message.to;
  void message.callId;
  void message.maxForwards;
  if (message.headers.getAll('Via').length > limits.viaCount) {
    throw new SipParseError('too-many-elements', `more than ${limits.viaCount} hops`, { header: 'Via' });
  }
  const { cseq } = message;
  if (message.kind === 'response') return;
  const { requestUri } = message;
  if (requestUri.kind === 'sip' && requestUri.headers.size > 0) {
    // RFC 3261 section 19.1.1, table 1.
    throw new SipParseError('uri', 'no place for header components', { header: 'Request-URI' });
  }
  if (cseq.method !== message.method) {
    throw new SipParseError('method-mismatch', 'not the method of the request line', { header: 'CSeq' });
  }
}
