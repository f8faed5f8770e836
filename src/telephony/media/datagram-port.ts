/**
 * The one place where media meet the network. Everything else knows only `DatagramPort`, so that batched system calls
 * can take the place of node:dgram without touching it.
 */
import { createSocket, type Socket } from 'node:dgram';

/** A bound UDP port. */
export interface DatagramPort {
  readonly port: number;
  /** Datagrams that the system did not take, or would have kept behind earlier ones: late audio is of no use. */
  readonly unsent: number;
  /** Called with bytes that belong to the receiver from then on. Datagrams are dropped while it is undefined. */
  onDatagram: ((bytes: Uint8Array, host: string, port: number) => void) | undefined;
  /**
   * Sends `length` octets from `offset`, at best effort and without a report. The bytes are normally gone when it
   * returns; they may be kept for a moment when the system is short of buffers, so do not reuse them at once.
   *
   * @param host an IP address of the port's family: names are not looked up
   * @param port 1-65535
   */
  send(bytes: Uint8Array, offset: number, length: number, port: number, host: string): void;
  /** Resolves when the port is free again. */
  close(): Promise<void>;
}

/**
 * @param host the address to bind, of the family that is sent to
 * @throws the system's error, with its `code` (`EADDRINUSE`, `EADDRNOTAVAIL`, ...)
 */
export type BindDatagramPort = (host: string, port: number) => Promise<DatagramPort>;

/** `BindDatagramPort` on node:dgram. */
export function bindDatagramPort(host: string, port: number): Promise<DatagramPort> {
  const family = host.includes(':') ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    // Without this every packet's address would take the way through the resolver and the next tick.
    lookup: (address, _options, callback) => callback(null, address, family),
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', reject);
      resolve(new NodeDatagramPort(socket));
    });
  });
}

class NodeDatagramPort implements DatagramPort {
  readonly port: number;
  unsent = 0;
  onDatagram: DatagramPort['onDatagram'] = undefined;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    socket.on('message', (bytes, sender) => this.onDatagram?.(bytes, sender.address, sender.port));
    // An error of the network (unreachable, refused) says nothing that the silence after it will not.
    socket.on('error', () => {
      this.unsent++;
    });
  }

  send(bytes: Uint8Array, offset: number, length: number, port: number, host: string): void {
    if (this.#socket.getSendQueueCount() > 0) {
      this.unsent++;
      return;
    }
    this.#socket.send(bytes, offset, length, port, host);
  }

  close(): Promise<void> {
    this.onDatagram = undefined;
    return new Promise((resolve) => {
      this.#socket.close(resolve);
    });
  }
}
