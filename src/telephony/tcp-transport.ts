import { once } from 'node:events';
import { connect, createServer, isIP, isIPv6, type LookupFunction, type Server, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { Flow } from '../sip/flow.ts';
import type { Framed } from '../sip/message/stream-framer.ts';
import type { DnsCache } from './dns-cache.ts';
import type { StrangerGate } from './stranger-gate.ts';
import { defaultTcpLimits, TcpConnection, type TcpLimits } from './tcp-connection.ts';

export interface TcpEvents {
  /** A message, or what could not be read as one, came from a flow. */
  onFramed(item: Exclude<Framed, 'ping'>, flow: Flow): void;
  /** A connection could not be made or is closed; what was sent on its flow may be lost. */
  onFailure(flow: Flow): void;
  /** The listening socket reports an error; it goes on. */
  onError(error: Error): void;
}

type LookupCallback = Parameters<LookupFunction>[2];

/**
 * SIP over TCP (RFC 3261 18). A flow without `connection` leads to a peer's listening port, over one connection that is
 * made when needed and used as long as it lives; requests that come back on it bear that flow as well. A flow with
 * `connection` is a connection that the peer made, and ends with it. SIP over TLS is spoken on connections that we make;
 * the peer sends its requests back on them.
 */
export class TcpTransport {
  readonly #server: Server;
  readonly #host: string;
  readonly #dns: DnsCache;
  readonly #events: TcpEvents;
  readonly #limits: TcpLimits;
  readonly #gate: StrangerGate | undefined;
  readonly #authorities: readonly string[] | undefined;
  readonly #inbound = new Map<number, TcpConnection>();
  /** By peer; a peer given by name is there by its address, too. */
  readonly #outbound = new Map<string, TcpConnection>();
  #accepted = 0;
  #isClosed = false;

  private constructor(
    server: Server,
    host: string,
    dns: DnsCache,
    events: TcpEvents,
    limits: TcpLimits,
    gate: StrangerGate | undefined,
    authorities: readonly string[] | undefined,
  ) {
    this.#server = server;
    this.#authorities = authorities;
    this.#host = host;
    this.#dns = dns;
    this.#events = events;
    this.#limits = limits;
    this.#gate = gate;
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', (error) => events.onError(error));
  }

  /**
   * @param address an IP address of this machine; port 0 takes a free one
   * @param authorities PEM certificates of those who vouch for TLS peers; the usual ones unless given
   * @param gate keeps out strangers who connect or send too often
   * @throws the system's error when the address cannot be bound, e.g. EADDRINUSE
   */
  static async listen(
    address: { readonly host: string; readonly port: number },
    dns: DnsCache,
    events: TcpEvents,
    limits: TcpLimits = defaultTcpLimits,
    gate?: StrangerGate,
    authorities?: readonly string[],
  ): Promise<TcpTransport> {
    const server = createServer();
    // With a gate, half of the places are kept for those we know: strangers cannot take them all.
    server.maxConnections = limits.inboundConnections * (gate === undefined ? 1 : 2);
    server.listen({ host: address.host, port: address.port, ipv6Only: isIPv6(address.host) });
    await once(server, 'listening');
    return new TcpTransport(server, address.host, dns, events, limits, gate, authorities);
  }

  /** The port that is bound. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** How many connections are open or being made. */
  get size(): { inbound: number; outbound: number } {
    return { inbound: this.#inbound.size, outbound: new Set(this.#outbound.values()).size };
  }

  send(bytes: Uint8Array, to: Flow): void {
    if (this.#isClosed) return;
    const connection =
      to.connection === undefined
        ? (this.#outbound.get(peerOf(to)) ?? this.#connect(to))
        : this.#inbound.get(to.connection);
    if (connection === undefined) this.#events.onFailure(to);
    else connection.send(bytes);
  }

  /** Stops listening and closes every connection once what is queued on it is sent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#server.close();
    const listening = once(this.#server, 'close');
    const connections = [...this.#inbound.values(), ...this.#outbound.values()];
    for (const connection of connections) connection.close();
    await Promise.all([listening, ...connections.map(({ closed }) => closed)]);
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined) {
      // Gone before we looked.
      socket.destroy();
      return;
    }
    if (!this.#isWelcome(remoteAddress)) {
      socket.destroy();
      return;
    }
    this.#accepted += 1;
    const id = this.#accepted;
    const flow: Flow = { transport: 'TCP', host: remoteAddress, port: remotePort, connection: id };
    const connection = new TcpConnection(socket, flow, this.#limits, this.#limits.message, {
      mayPing: () => this.#gate?.admits(remoteAddress) ?? true,
      onFramed: (item) => {
        if (this.#gate === undefined || this.#gate.admits(remoteAddress)) this.#events.onFramed(item, flow);
        else connection.close();
      },
      onClosed: () => {
        this.#inbound.delete(id);
        this.#gate?.disconnected(remoteAddress);
        this.#report(flow);
      },
    });
    this.#inbound.set(id, connection);
  }

  #isWelcome(host: string): boolean {
    if (this.#gate === undefined) return true;
    const isFull = this.#inbound.size >= this.#limits.inboundConnections;
    return (!isFull || this.#gate.isKnown(host)) && this.#gate.connects(host);
  }

  #connect(to: Flow): TcpConnection {
    const socket = this.#socketTo(to);
    const connection = new TcpConnection(socket, to, this.#limits, this.#limits.connect, {
      onFramed: (item, { flow }) => this.#events.onFramed(item, flow),
      onClosed: ({ flow }) => this.#forget(connection, to, flow),
    });
    this.#outbound.set(peerOf(to), connection);
    socket.on(to.transport === 'TLS' ? 'secureConnect' : 'connect', () => {
      const flow: Flow = { transport: to.transport, host: socket.remoteAddress ?? to.host, port: to.port };
      connection.established(flow);
      // Answers to requests that come on this connection go back on it (RFC 3261 18.2.2).
      if (!this.#outbound.has(peerOf(flow))) this.#outbound.set(peerOf(flow), connection);
    });
    return connection;
  }

  #socketTo({ transport, host, port, name = host }: Flow): Socket {
    const isWildcard = this.#host === '0.0.0.0' || this.#host === '::';
    const lookup: LookupFunction = (wanted, _options, callback) => void this.#lookUp(wanted, callback);
    const place = {
      host,
      port,
      ...(isWildcard ? {} : { localAddress: this.#host }),
      autoSelectFamily: false,
      lookup,
    };
    if (transport !== 'TLS') return connect(place);
    // RFC 5922 section 4: the certificate is to name the domain that we wanted, whatever host it led to.
    return connectSecurely({
      ...place,
      minVersion: 'TLSv1.2',
      ...(isIP(name) === 0 && { servername: name }),
      ...(this.#authorities && { ca: [...this.#authorities] }),
    });
  }

  async #lookUp(host: string, callback: LookupCallback): Promise<void> {
    let address: string;
    try {
      address = await this.#dns.resolve(host);
    } catch (error) {
      callback(error as Error, '');
      return;
    }
    callback(null, address, isIPv6(address) ? 6 : 4);
  }

  #forget(connection: TcpConnection, given: Flow, reached: Flow): void {
    for (const flow of peerOf(given) === peerOf(reached) ? [given] : [given, reached]) {
      if (this.#outbound.get(peerOf(flow)) !== connection) continue;
      this.#outbound.delete(peerOf(flow));
      this.#report(flow);
    }
  }

  #report(flow: Flow): void {
    if (!this.#isClosed) this.#events.onFailure(flow);
  }
}

function peerOf(flow: Flow): string {
  return `${flow.transport} ${flow.host.toLowerCase()} ${flow.port}`;
}
