import {
  formatParameters,
  isToken,
  noParameters,
  type Parameters,
  parseInteger,
  parseParameters,
  skipSpace,
  trimmed,
} from './grammar.ts';
import { formatHostPort, parseHostPort } from './host-port.ts';
import { SipParseError } from './sip-parse-error.ts';

export interface ViaParts {
  /** UDP, TCP, TLS, SCTP, WS ... in upper case. */
  readonly transport: string;
  /** sent-by host; IPv6 without brackets. */
  readonly host: string;
  readonly port?: number | undefined;
  readonly parameters?: Parameters;
  /** SIP version; default `2.0`. */
  readonly version?: string;
}

/** One Via element (RFC 3261 section 20.42, RFC 3581). Immutable. */
export class Via {
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly parameters: Parameters;
  /** `2.0`. Another one is readable, so that a request of another version can be answered with 505. */
  readonly version: string;

  constructor(parts: ViaParts) {
    this.transport = parts.transport;
    this.host = parts.host;
    this.port = parts.port;
    this.parameters = parts.parameters ?? noParameters;
    this.version = parts.version ?? '2.0';
  }

  /** Reads one element. Throws SipParseError `header-value`. */
  static parse(text: string): Via {
    const { version, end: transportStart } = readProtocol(text);
    let transportEnd = transportStart;
    while (transportEnd < text.length && text.charCodeAt(transportEnd) > 0x20) transportEnd++;
    const transport = text.slice(transportStart, transportEnd).toUpperCase();
    if (!isToken(transport)) throw malformed('no transport');
    const semicolon = text.indexOf(';', transportEnd);
    const sentByEnd = semicolon < 0 ? text.length : semicolon;
    const address = parseHostPort(sentBy(text, transportEnd, sentByEnd));
    if (address === undefined) throw malformed('no readable sent-by');
    return new Via({
      transport,
      host: address.host,
      port: address.port,
      parameters: parseParameters(text, sentByEnd),
      version,
    });
  }

  #text(name: string): string | undefined {
    const value = this.parameters.get(name);
    return value === true ? undefined : value;
  }

  get branch(): string | undefined {
    return this.#text('branch');
  }

  /** The source address the next element saw, when it differs from sent-by (RFC 3261 section 18.2.1). */
  get received(): string | undefined {
    const received = this.#text('received');
    return received?.startsWith('[') ? received.slice(1, -1) : received;
  }

  /** RFC 3581: `true` when asked for, the source port once filled in, undefined when absent or unreadable. */
  get rport(): number | true | undefined {
    const rport = this.parameters.get('rport');
    return typeof rport === 'string' ? parseInteger(rport, 65_535) : rport;
  }

  get maddr(): string | undefined {
    const maddr = this.#text('maddr');
    return maddr?.startsWith('[') ? maddr.slice(1, -1) : maddr;
  }

  /** `host` or `host:port`, as this Via was written. */
  get sentBy(): string {
    return formatHostPort(this.host, this.port);
  }

  /** The same Via with one parameter set; `undefined` removes it. */
  withParameter(name: string, value: string | true | undefined): Via {
    const parameters = new Map(this.parameters);
    if (value === undefined) parameters.delete(name);
    else parameters.set(name, value);
    const { transport, host, port, version } = this;
    return new Via({ transport, host, port, parameters, version });
  }

  toString(): string {
    return `SIP/${this.version}/${this.transport} ${this.sentBy}${formatParameters(this.parameters)}`;
  }
}

/** Reads `SIP/2.0/`, in which white space may stand around the slashes; `end` is where the transport starts. */
function readProtocol(text: string): { version: string; end: number } {
  if (text.startsWith('SIP/2.0/')) return { version: '2.0', end: skipSpace(text, 8) };
  const protocol = /^[ \t]*SIP[ \t]*\/[ \t]*(\d+\.\d+)[ \t]*\/[ \t]*/i.exec(text);
  if (protocol?.[1] === undefined) throw malformed('not SIP');
  return { version: protocol[1], end: protocol[0].length };
}

/** sent-by, in which white space may stand around the colon of the port. */
function sentBy(text: string, start: number, end: number): string {
  const written = trimmed(text, start, end);
  return /[ \t]/.test(written) ? written.replace(/[ \t]*:[ \t]*(?=\d+$)/, ':') : written;
}

function malformed(what: string): SipParseError {
  return new SipParseError('header-value', what);
}
