import { isIPv6 } from 'node:net';
import type { Flow } from '../sip/flow.ts';
import type { SipMessage } from '../sip/message/message.ts';
import { parseMessage } from '../sip/message/parse.ts';
import { serializeMessage } from '../sip/message/serialize.ts';
import { SipParseError } from '../sip/message/sip-parse-error.ts';
import { type AddressResolver, DnsCache } from './dns-cache.ts';
import type { StrangerGate } from './stranger-gate.ts';
import type { TcpLimits } from './tcp-connection.ts';
import { TcpTransport } from './tcp-transport.ts';
import { UdpTransport } from './udp-transport.ts';

export interface SipSocketEvents {
  onMessage(message: SipMessage, flow: Flow, bytes: Uint8Array): void;
  /** Something came that is no SIP message. */
  onUnreadable(error: SipParseError, flow: Flow): void;
  /** What was sent on a flow could not be, or may have been lost with its connection. */
  onFailure(flow: Flow): void;
  /** A socket of our own reports an error; it goes on. */
  onError(error: Error): void;
}

export interface SipSocketOptions {
  readonly host: string;
  readonly port: number;
  /** ms, monotonic. */
  readonly clock: () => number;
  readonly tcpLimits?: TcpLimits | undefined;
  /** Keeps out strangers who send too much; all are let in unless there is one. */
  readonly gate?: StrangerGate | undefined;
  /** PEM certificates of those who vouch for TLS peers; the usual ones unless given. */
  readonly authorities?: readonly string[] | undefined;
  /** The system's unless a test brings its own. */
  readonly resolve?: AddressResolver | undefined;
}

/** How often a port that is free for UDP may turn out to be taken for TCP before we give up. */
const portAttempts = 20;

/** UDP and TCP on one address and port, as RFC 3261 18 wants it, with messages going in and out. */
export class SipSockets {
  readonly #udp: UdpTransport;
  readonly #tcp: TcpTransport;
  readonly #dns: DnsCache;
  readonly #gate: StrangerGate | undefined;

  private constructor(udp: UdpTransport, tcp: TcpTransport, dns: DnsCache, gate: StrangerGate | undefined) {
    this.#udp = udp;
    this.#tcp = tcp;
    this.#dns = dns;
    this.#gate = gate;
  }

  /**
   * @param options.port 0 takes one that is free for both
   * @throws the system's error when the address cannot be bound, e.g. EADDRINUSE
   */
  static async open(options: SipSocketOptions, events: SipSocketEvents): Promise<SipSockets> {
    const { host, clock, resolve } = options;
    const dns = new DnsCache({ family: isIPv6(host) ? 6 : 4, clock, resolve });
    for (let attempt = 1; ; attempt += 1) {
      const udp = await openUdp(options, dns, events);
      try {
        const tcp = await openTcp({ ...options, port: udp.port }, dns, events);
        return new SipSockets(udp, tcp, dns, options.gate);
      } catch (error) {
        await udp.close();
        const mayTryAnother = options.port === 0 && isAddressInUse(error) && attempt < portAttempts;
        if (!mayTryAnother) throw error;
      }
    }
  }

  get port(): number {
    return this.#udp.port;
  }

  /**
   * The same flow to each address that its host has, best first.
   *
   * @throws {HostUnresolvedError}
   */
  async resolve(flow: Flow): Promise<readonly [Flow, ...Flow[]]> {
    try {
      const [first, ...others] = await this.#dns.addresses(flow.host);
      return [pin(flow, first), ...others.map((address) => pin(flow, address))];
    } catch (error) {
      throw new HostUnresolvedError(flow.host, error);
    }
  }

  /** @returns what was sent */
  send(message: SipMessage, to: Flow): Uint8Array {
    if (message.kind === 'request') this.#meet(to.host);
    const bytes = serializeMessage(message);
    if (to.transport === 'UDP') this.#udp.send(bytes, to);
    else this.#tcp.send(bytes, to);
    return bytes;
  }

  /** Whoever gets a request of ours is no stranger. Where a name leads is known by the time the request is repeated. */
  #meet(host: string): void {
    if (this.#gate === undefined) return;
    const address = this.#dns.known(host);
    if (address !== undefined) this.#gate.know(address);
  }

  async close(): Promise<void> {
    await Promise.all([this.#udp.close(), this.#tcp.close()]);
  }
}

/** A name has no address that our sockets can send to. */
export class HostUnresolvedError extends Error {
  override readonly name = 'HostUnresolvedError';

  constructor(host: string, cause: unknown) {
    super(`the host ${host} cannot be resolved: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

function pin(flow: Flow, address: string): Flow {
  return address === flow.host ? flow : { ...flow, host: address, name: flow.host };
}

function openUdp(options: SipSocketOptions, dns: DnsCache, events: SipSocketEvents): Promise<UdpTransport> {
  const { gate } = options;
  return UdpTransport.bind(options, dns, {
    onDatagram: (bytes, flow) => {
      if (gate === undefined || gate.admits(flow.host)) receiveDatagram(bytes, flow, events);
    },
    onFailure: (flow) => events.onFailure(flow),
    onError: (error) => events.onError(error),
  });
}

function openTcp(options: SipSocketOptions, dns: DnsCache, events: SipSocketEvents): Promise<TcpTransport> {
  const tcpEvents = {
    onFramed: (item: SipMessage | SipParseError, flow: Flow) => {
      if (item instanceof SipParseError) events.onUnreadable(item, flow);
      else events.onMessage(item, flow, serializeMessage(item));
    },
    onFailure: (flow: Flow) => events.onFailure(flow),
    onError: (error: Error) => events.onError(error),
  };
  return TcpTransport.listen(options, dns, tcpEvents, options.tcpLimits, options.gate, options.authorities);
}

function receiveDatagram(bytes: Buffer, flow: Flow, events: SipSocketEvents): void {
  let message: SipMessage;
  try {
    message = parseMessage(bytes);
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    // Line breaks alone keep a NAT binding open and want no answer (RFC 5626 3.5.1 has them on streams only).
    if (error.reason !== 'empty') events.onUnreadable(error, flow);
    return;
  }
  events.onMessage(message, flow, bytes);
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
