/** SIP and SIPS URIs (RFC 3261 section 19.1), and `parseUri` for whatever may stand in a name-addr. */
import { characterClass, consistsOf, noParameters, type Parameters } from './grammar.ts';
import { formatHostPort, parseHostPort } from './host-port.ts';
import { SipParseError } from './sip-parse-error.ts';
import { TelUri } from './tel-uri.ts';

export type Uri = SipUri | TelUri | OtherUri;

/** Reads a URI of any scheme; sip, sips and tel are taken apart. */
export function parseUri(text: string): Uri {
  const scheme = schemeOf(text);
  if (scheme === 'sip' || scheme === 'sips') return SipUri.parse(text);
  if (scheme === 'tel') return TelUri.parse(text);
  return OtherUri.parse(text);
}

const schemeCharacters = characterClass('+-.');

/** The scheme in lower case; throws when there is none. */
function schemeOf(text: string): string {
  const colon = text.indexOf(':');
  if (colon <= 0 || !consistsOf(schemeCharacters, text, 0, colon)) throw malformed('no scheme');
  return text.slice(0, colon).toLowerCase();
}

const mark = "-_.!~*'()";
const userCharacters = characterClass(`${mark}%&=+$,;?/`);
// A bare # is no user character by the RFC, yet common in dialled strings, and it separates nothing in a SIP URI.
const readableUserCharacters = characterClass(`${mark}%&=+$,;?/#`);
const passwordCharacters = characterClass(`${mark}%&=+$,`);
const parameterCharacters = characterClass(`${mark}%[]/:&+$`);
const headerCharacters = characterClass(`${mark}%[]/?:+$`);

export interface SipUriParts {
  /** Default `sip`. */
  readonly scheme?: 'sip' | 'sips';
  /** Unescaped: `+8613800000001`, a name. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Host name or IP address; IPv6 without brackets. */
  readonly host: string;
  /** 1-65535. */
  readonly port?: number | undefined;
  readonly parameters?: Parameters;
  /** Header fields of the request to be made from this URI, names in lower case. */
  readonly headers?: ReadonlyMap<string, string>;
}

/** An immutable `sip:` or `sips:` URI. One that was parsed is written as it was read. */
export class SipUri {
  readonly kind = 'sip';
  readonly scheme: 'sip' | 'sips';
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
  /** URI parameters (`transport`, `lr`, `user` ...), names in lower case, unescaped. */
  readonly parameters: Parameters;
  readonly headers: ReadonlyMap<string, string>;
  #text: string | undefined;

  constructor(parts: SipUriParts, text?: string) {
    this.scheme = parts.scheme ?? 'sip';
    this.user = parts.user;
    this.password = parts.password;
    this.host = parts.host;
    this.port = parts.port;
    this.parameters = parts.parameters ?? noParameters;
    this.headers = parts.headers ?? noHeaders;
    this.#text = text;
  }

  /** Throws SipParseError `uri`. */
  static parse(text: string): SipUri {
    const colon = text.indexOf(':');
    const scheme = text.slice(0, colon).toLowerCase();
    if (scheme !== 'sip' && scheme !== 'sips') throw malformed('neither sip nor sips');
    // The user part may hold ; and ? (RFC 3261 section 25.1, user-unreserved), so the @ is looked for first.
    const sign = text.indexOf('@', colon + 1);
    const hostStart = sign < 0 ? colon + 1 : sign + 1;
    const question = text.indexOf('?', hostStart);
    const parametersEnd = question < 0 ? text.length : question;
    const semicolon = text.indexOf(';', hostStart);
    const hostEnd = semicolon < 0 || semicolon > parametersEnd ? parametersEnd : semicolon;
    const address = parseHostPort(text.slice(hostStart, hostEnd));
    if (address === undefined) throw malformed('no readable host and port');
    const { user, password } = sign < 0 ? nobody : parseUserPart(text.slice(colon + 1, sign));
    return new SipUri(
      {
        scheme,
        user,
        password,
        host: address.host,
        port: address.port,
        parameters:
          hostEnd === parametersEnd
            ? noParameters
            : parseUriParameters(text.slice(hostEnd + 1, parametersEnd)),
        headers: question < 0 ? noHeaders : parseUriHeaders(text.slice(question + 1)),
      },
      text,
    );
  }

  /** This URI with some parts changed; `undefined` removes one. */
  with(changes: Partial<SipUriParts>): SipUri {
    return new SipUri({ ...this.#parts(), ...changes });
  }

  #parts(): SipUriParts {
    const { scheme, user, password, host, port, parameters, headers } = this;
    return { scheme, user, password, host, port, parameters, headers };
  }

  toString(): string {
    return (this.#text ??= this.#format());
  }

  #format(): string {
    let text = `${this.scheme}:`;
    if (this.user !== undefined) {
      text += escapeUri(this.user, userCharacters);
      if (this.password !== undefined) text += `:${escapeUri(this.password, passwordCharacters)}`;
      text += '@';
    }
    text += formatHostPort(this.host, this.port);
    for (const [name, value] of this.parameters) {
      text += `;${escapeUri(name, parameterCharacters)}`;
      if (value !== true) text += `=${escapeUri(value, parameterCharacters)}`;
    }
    let separator = '?';
    for (const [name, value] of this.headers) {
      text += `${separator}${escapeUri(name, headerCharacters)}=${escapeUri(value, headerCharacters)}`;
      separator = '&';
    }
    return text;
  }
}

const noHeaders: ReadonlyMap<string, string> = new Map();
const nobody = { user: undefined, password: undefined };

function parseUserPart(text: string): { user: string; password: string | undefined } {
  const colon = text.indexOf(':');
  const user = colon < 0 ? text : text.slice(0, colon);
  const password = colon < 0 ? undefined : text.slice(colon + 1);
  if (user === '' || !consistsOf(readableUserCharacters, user))
    throw malformed('the user part is empty or not escaped');
  if (password !== undefined && !consistsOf(passwordCharacters, password))
    throw malformed('the password is not escaped');
  return { user: unescapeUri(user), password: password === undefined ? undefined : unescapeUri(password) };
}

function parseUriParameters(text: string): Parameters {
  const parameters = new Map<string, string | true>();
  for (const piece of text.split(';')) {
    const equal = piece.indexOf('=');
    const name = equal < 0 ? piece : piece.slice(0, equal);
    const value = equal < 0 ? true : piece.slice(equal + 1);
    if (name === '' || !consistsOf(parameterCharacters, name))
      throw malformed('a parameter name is empty or not escaped');
    if (value === '' || (value !== true && !consistsOf(parameterCharacters, value))) {
      throw malformed('a parameter value is empty or not escaped');
    }
    const key = unescapeUri(name).toLowerCase();
    if (parameters.has(key)) throw malformed('a parameter stands twice'); // RFC 3261 section 19.1.1
    parameters.set(key, value === true ? true : unescapeUri(value));
  }
  return parameters;
}

function parseUriHeaders(text: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const piece of text.split('&')) {
    const equal = piece.indexOf('=');
    const name = piece.slice(0, Math.max(equal, 0));
    const value = piece.slice(equal + 1);
    if (name === '' || !consistsOf(headerCharacters, name) || !consistsOf(headerCharacters, value)) {
      throw malformed('a header component is malformed');
    }
    headers.set(unescapeUri(name).toLowerCase(), unescapeUri(value));
  }
  return headers;
}

/** Undoes `%HH`; bytes that are no UTF-8 become U+FFFD. */
function unescapeUri(text: string): string {
  if (!text.includes('%')) return text;
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw malformed('% without two hexadecimal digits');
  const bytes = text.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Escapes what the class does not allow, and `%` itself, byte by byte of the UTF-8 form. */
function escapeUri(text: string, allowed: Uint8Array): string {
  if (!text.includes('%') && consistsOf(allowed, text)) return text;
  let escaped = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const literal = byte !== 0x25 && allowed[byte] === 1;
    escaped += literal ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

/** A URI of a scheme this stack does not route: kept as text, for 416 or to be handed on. */
export class OtherUri {
  readonly kind = 'other';
  /** In lower case. */
  readonly scheme: string;
  #text: string;

  constructor(scheme: string, text: string) {
    this.scheme = scheme;
    this.#text = text;
  }

  /** Throws SipParseError `uri` when there is no scheme, nothing after it, or what no URI may hold. */
  static parse(text: string): OtherUri {
    const scheme = schemeOf(text);
    if (text.length === scheme.length + 1 || !/^[!#-;=?-~]+$/.test(text)) throw malformed('not a URI');
    return new OtherUri(scheme, text);
  }

  toString(): string {
    return this.#text;
  }
}

function malformed(what: string): SipParseError {
  return new SipParseError('uri', what);
}
