/** SIP requests and responses (RFC 3261 section 7). Header values are parsed when first asked for. */
import { isToken, parseInteger } from './grammar.ts';
import { Headers } from './headers.ts';
import { NameAddr } from './name-addr.ts';
import { reasonPhrase } from './reason-phrases.ts';
import { readingHeader, SipParseError } from './sip-parse-error.ts';
import { parseUri, type Uri } from './uri.ts';
import { Via } from './via.ts';

export type SipMessage = SipRequest | SipResponse;

export interface CSeq {
  /** 0 to 2^31 - 1 (RFC 3261 section 8.1.1.5). */
  readonly sequence: number;
  readonly method: string;
}

/** A parsed value with the text it came from: still good while the header says the same. */
interface Parsed<T> {
  readonly text: string;
  readonly value: T;
}

const noBody = new Uint8Array(0);

/**
 * What requests and responses have in common. The typed getters throw SipParseError naming the header when it is
 * absent or malformed; `parseMessage` has already read via, from, to, callId, cseq, maxForwards and requestUri, so on a
 * received message those do not throw.
 */
abstract class Message {
  headers: Headers;
  /** Empty when there is none. A view of the bytes that were parsed. */
  body: Uint8Array;
  #via: Parsed<Via> | undefined;
  #from: Parsed<NameAddr> | undefined;
  #to: Parsed<NameAddr> | undefined;
  #cseq: Parsed<CSeq> | undefined;

  constructor(headers: Headers = new Headers(), body: Uint8Array = noBody) {
    this.headers = headers;
    this.body = body;
  }

  /** The topmost Via. */
  get via(): Via {
    return (this.#via = reuse(this.#via, 'Via', this.headers.first('Via'), Via.parse)).value;
  }

  get from(): NameAddr {
    return (this.#from = reuse(this.#from, 'From', this.headers.get('From'), parseParty)).value;
  }

  get to(): NameAddr {
    return (this.#to = reuse(this.#to, 'To', this.headers.get('To'), parseParty)).value;
  }

  get cseq(): CSeq {
    return (this.#cseq = reuse(this.#cseq, 'CSeq', this.headers.get('CSeq'), parseCSeq)).value;
  }

  get callId(): string {
    const callId = this.headers.get('Call-ID');
    if (callId === undefined) throw missing('Call-ID');
    if (!/^[!-~]+$/.test(callId))
      throw new SipParseError('header-value', 'not a Call-ID', { header: 'Call-ID' });
    return callId;
  }

  /** All Via elements, topmost first. */
  get vias(): Via[] {
    return parseAll(this.headers, 'Via', Via.parse);
  }

  /** The first Contact; undefined when there is none or it is the `*` of a REGISTER. */
  get contact(): NameAddr | undefined {
    const first = this.headers.first('Contact');
    return first === undefined || first === '*'
      ? undefined
      : readingHeader('Contact', () => NameAddr.parse(first));
  }

  get contacts(): NameAddr[] {
    return this.headers.get('Contact') === '*' ? [] : parseAll(this.headers, 'Contact', NameAddr.parse);
  }

  get recordRoutes(): NameAddr[] {
    return parseAll(this.headers, 'Record-Route', NameAddr.parse);
  }

  get routes(): NameAddr[] {
    return parseAll(this.headers, 'Route', NameAddr.parse);
  }

  /** 0-255; undefined when absent. */
  get maxForwards(): number | undefined {
    const text = this.headers.get('Max-Forwards');
    if (text === undefined) return undefined;
    const hops = parseInteger(text, 255);
    if (hops === undefined) throw new SipParseError('header-value', 'not 0-255', { header: 'Max-Forwards' });
    return hops;
  }

  /** Type and subtype in lower case without parameters, e.g. `application/sdp`; undefined when absent. */
  get contentType(): string | undefined {
    const text = this.headers.get('Content-Type');
    if (text === undefined) return undefined;
    const type = text.split(';', 1)[0]?.replace(/[ \t]/g, '').toLowerCase() ?? '';
    const [main = '', sub = '', more] = type.split('/');
    if (!isToken(main) || !isToken(sub) || more !== undefined) {
      throw new SipParseError('header-value', 'not a media type', { header: 'Content-Type' });
    }
    return type;
  }

  /** The body as UTF-8 text; bytes that are none become U+FFFD. */
  get text(): string {
    return Buffer.from(this.body.buffer, this.body.byteOffset, this.body.byteLength).toString('utf8');
  }

  /** Sets body and Content-Type. Content-Length is written by `serializeMessage`. */
  setBody(contentType: string, body: string | Uint8Array): void {
    this.headers.set('Content-Type', contentType);
    this.body = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  }
}

/** A SIP request (RFC 3261 section 7.1). */
export class SipRequest extends Message {
  readonly kind = 'request';
  /** Case-sensitive token. */
  method: string;
  /** The Request-URI as written. */
  uri: string;
  #requestUri: Parsed<Uri> | undefined;

  constructor(method: string, uri: string, headers?: Headers, body?: Uint8Array) {
    super(headers, body);
    this.method = method;
    this.uri = uri;
  }

  /** The Request-URI taken apart; of kind `other` where 416 is the answer. Throws SipParseError `uri`. */
  get requestUri(): Uri {
    return (this.#requestUri = reuse(this.#requestUri, 'Request-URI', this.uri, parseUri)).value;
  }

  /** Headers can be changed on the copy without touching this one; the body's bytes are shared. */
  copy(): SipRequest {
    return new SipRequest(this.method, this.uri, this.headers.copy(), this.body);
  }
}

/** A SIP response (RFC 3261 section 7.2). */
export class SipResponse extends Message {
  readonly kind = 'response';
  /** 100-699. */
  status: number;
  /** The reason phrase; may be empty. */
  reason: string;

  constructor(status: number, reason: string = reasonPhrase(status), headers?: Headers, body?: Uint8Array) {
    super(headers, body);
    this.status = status;
    this.reason = reason;
  }

  /** Headers can be changed on the copy without touching this one; the body's bytes are shared. */
  copy(): SipResponse {
    return new SipResponse(this.status, this.reason, this.headers.copy(), this.body);
  }
}

function reuse<T>(
  previous: Parsed<T> | undefined,
  header: string,
  text: string | undefined,
  parse: (text: string) => T,
): Parsed<T> {
  if (text === undefined) throw missing(header);
  if (previous !== undefined && previous.text === text) return previous;
  return { text, value: readingHeader(header, () => parse(text)) };
}

/** RFC 3261 section 25.1: a tag of From and To has a value; a bare one could not be told from none. */
function parseParty(text: string): NameAddr {
  const party = NameAddr.parse(text);
  if (party.parameters.get('tag') === true) throw new SipParseError('header-value', 'a tag without a value');
  return party;
}

function parseAll<T>(headers: Headers, header: string, parse: (text: string) => T): T[] {
  return readingHeader(header, () => headers.getAll(header).map(parse));
}

function missing(header: string): SipParseError {
  return new SipParseError('missing-header', 'is missing', { header });
}

function parseCSeq(text: string): CSeq {
  const space = text.search(/[ \t]/);
  const sequence = space < 0 ? undefined : parseInteger(text.slice(0, space), 2 ** 31 - 1);
  const method = text.slice(space).trimStart();
  if (sequence === undefined || !isToken(method))
    throw new SipParseError('header-value', 'not a sequence number and a method');
  return { sequence, method };
}
