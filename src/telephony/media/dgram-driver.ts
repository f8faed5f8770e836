/** `DatagramDriver` on node:dgram: everywhere at hand, at about twice the cost per packet of the direct one. */
import { createSocket, type Socket } from 'node:dgram';
import { type DatagramDriver, type DatagramPort, type Frame, frameIn } from './datagram-port.ts';

/** Frames kept apart, because the system may hold on to the bytes of a datagram for a moment when it is short of buffers. */
const FRAMES = 4;

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
      resolve(new DgramPort(socket));
    });
  });
}

export const dgramDriver: DatagramDriver = {
  name: 'dgram',
  bind: bindDatagramPort,
  receive: undefined,
  together: (work) => work(),
  close: () => {},
};

class DgramPort implements DatagramPort {
  readonly port: number;
  unsent = 0;
  onDatagram: DatagramPort['onDatagram'] = undefined;
  onApproach: DatagramPort['onApproach'] = undefined;
  readonly #socket: Socket;
  readonly #frames: Frame[] = Array.from({ length: FRAMES }, () => frameOf(0));
  #frame = 0;
  #closed: Promise<void> | undefined = undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    socket.on('message', (bytes, sender) => this.onDatagram?.(bytes, sender.address, sender.port));
    // An error of the network (unreachable, refused) says nothing that the silence after it will not.
    socket.on('error', () => {
      this.unsent++;
    });
  }

  /** A datagram comes alone here. */
  approach(): number {
    return 0;
  }

  frame(length: number): Frame {
    this.#frame = (this.#frame + 1) % FRAMES;
    const frame = this.#frames[this.#frame]!;
    return frame.octets.length === length ? frame : (this.#frames[this.#frame] = frameOf(length));
  }

  send(bytes: Uint8Array, offset: number, length: number, port: number, host: string): void {
    if (this.#closed !== undefined) return;
    if (this.#socket.getSendQueueCount() > 0) {
      this.unsent++;
      return;
    }
    this.#socket.send(bytes, offset, length, port, host);
  }

  /** Everybody is listened to: a connected socket of node:dgram could send nowhere else. */
  listenTo(): void {}

  close(): Promise<void> {
    this.onDatagram = undefined;
    this.#closed ??= new Promise((resolve) => {
      this.#socket.close(resolve);
    });
    return this.#closed;
  }
}

const frameOf = (length: number): Frame => frameIn(new ArrayBuffer(length), 0, length);
