import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Flow } from '../sip/flow.ts';
import type { DnsCache } from './dns-cache.ts';

export interface UdpEvents {
  /** A datagram came; `bytes` is the receiver's to keep. */
  onDatagram(bytes: Buffer, flow: Flow): void;
  /** What was sent to a flow could not be: no address, no route, too large. */
  onFailure(flow: Flow, error: Error): void;
  /** The socket itself reports an error; it goes on. */
  onError(error: Error): void;
}

/** What the kernel is asked to hold while the thread is busy, in bytes; it may grant less. */
const receiveBuffer = 1 << 20;

/**
 * SIP over UDP on one socket (RFC 3261 18). A closed port at the far end is not noticed here: Node reads no ICMP errors
 * on a socket that serves many peers, so that such a request ends by its timer.
 */
export class UdpTransport {
  readonly #socket: Socket;
  readonly #dns: DnsCache;
  readonly #events: UdpEvents;
  #isClosed = false;

  private constructor(socket: Socket, dns: DnsCache, events: UdpEvents) {
    this.#socket = socket;
    this.#dns = dns;
    this.#events = events;
    socket.on('message', (bytes, { address, port }) => {
      // Port 0 can be written into a datagram, but not answered.
      if (port > 0) events.onDatagram(bytes, { transport: 'UDP', host: address, port });
    });
    socket.on('error', (error) => events.onError(error));
  }

  /**
   * @param address an IP address of this machine; port 0 takes a free one
   * @throws the system's error when the address cannot be bound, e.g. EADDRINUSE
   */
  static async bind(
    address: { readonly host: string; readonly port: number },
    dns: DnsCache,
    events: UdpEvents,
  ): Promise<UdpTransport> {
    const isV6 = isIPv6(address.host);
    const socket = createSocket({
      type: isV6 ? 'udp6' : 'udp4',
      ipv6Only: isV6,
      recvBufferSize: receiveBuffer,
      // Hosts are resolved before they get here; Node would look each one up again.
      lookup: (host, _options, callback) => callback(null, host, isV6 ? 6 : 4),
    });
    try {
      const listening = once(socket, 'listening');
      socket.bind(address.port, address.host);
      await listening;
    } catch (error) {
      socket.close();
      throw error;
    }
    return new UdpTransport(socket, dns, events);
  }

  /** The port that is bound. */
  get port(): number {
    return this.#socket.address().port;
  }

  send(bytes: Uint8Array, to: Flow): void {
    const address = this.#dns.resolve(to.host);
    if (typeof address === 'string') this.#sendTo(address, bytes, to);
    else void this.#sendWhenResolved(address, bytes, to);
  }

  /** Stops receiving and sending; datagrams handed to the kernel are still sent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  async #sendWhenResolved(pending: Promise<string>, bytes: Uint8Array, to: Flow): Promise<void> {
    let address: string;
    try {
      address = await pending;
    } catch (error) {
      this.#fail(to, error as Error);
      return;
    }
    this.#sendTo(address, bytes, to);
  }

  #sendTo(address: string, bytes: Uint8Array, to: Flow): void {
    if (this.#isClosed) return;
    this.#socket.send(bytes, to.port, address, (error) => {
      if (error !== null) this.#fail(to, error);
    });
  }

  #fail(to: Flow, error: Error): void {
    if (!this.#isClosed) this.#events.onFailure(to, error);
  }
}
