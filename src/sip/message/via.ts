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
}

/** One Via element (RFC 3261 section 20.42, RFC 3581). Immutable. */
export class Via {
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly parameters: Parameters;

  constructor(parts: ViaParts) {
    this.transport = parts.transport;
    this.host = parts.host;
    this.port = parts.port;
    this.parameters = parts.parameters ?? noParameters;
  }

  /** Reads one element. Throws SipParseError `header-value`. */
  static parse(text: string): Via {
    const transportStart = endOfProtocol(text);
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
    return new Via({ transport: this.transport, host: this.host, port: this.port, parameters });
  }

  toString(): string {
    return `SIP/2.0/${this.transport} ${this.sentBy}${formatParameters(this.parameters)}`;
  }
}

/** Index of the transport: after `SIP/2.0/`, in which white space may stand around the slashes. */
function endOfProtocol(text: string): number {
  if (text.startsWith('SIP/2.0/')) return skipSpace(text, 8);
  const protocol = /^[ \t]*SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*/i.exec(text);
  if (protocol === null) throw malformed('not SIP/2.0');
  return protocol[0].length;
}

/** sent-by, in which white space may stand around the colon of the port. */
function sentBy(text: string, start: number, end: number): string {
  const written = trimmed(text, start, end);
  return /[ \t]/.test(written) ? written.replace(/[ \t]*:[ \t]*(?=\d+$)/, ':') : written;
}

function malformed(what: string): SipParseError {
  return new SipParseError('header-value', what);
}
