/**
 * `DatagramDriver` on the system's own calls. A worker looks for datagrams when it has time (`receive`) instead of being
 * called for each, sends without a queue, and neither allocates nor looks anything up per packet.
 *
 * A socket per stream leaves nothing to batch: each call of `sendmmsg` serves one socket, and with one datagram it costs
 * more than `sendto`, as `recvmmsg` costs more than `recvfrom` (docs/performance/media.md). What is left to save is done
 * by connecting the socket (`listenTo`): the route is looked up once, and the system drops strangers' packets by itself.
 */
import { getSystemErrorName } from 'node:util';
import type { RemoteAddress } from '../../rtp/source-latch.ts';
import type { DatagramDriver, DatagramPort } from './datagram-port.ts';
import { DirectMemory, EVENTS, type Family } from './direct-memory.ts';
import type { Address, SystemCalls } from './system-calls.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;

export class DirectDriver implements DatagramDriver {
  readonly name = 'direct';
  readonly #calls: SystemCalls;
  readonly #memory: DirectMemory;
  readonly #epoll: number;
  readonly #ports: (DirectPort | undefined)[] = [];
  readonly #freeSlots: number[] = [];

  /**
   * @param ports that are open at once, at most
   * @throws Error when the system gives no descriptor
   */
  constructor(calls: SystemCalls, ports: number) {
    this.#calls = calls;
    this.#memory = new DirectMemory(calls, ports);
    for (let slot = ports - 1; slot >= 0; slot--) this.#freeSlots.push(slot);
    this.#epoll = calls.epoll_create1(EPOLL_CLOEXEC);
    if (this.#epoll < 0) throw systemError(calls, 'epoll_create1');
  }

  readonly bind = (host: string, port: number): Promise<DatagramPort> => {
    try {
      return Promise.resolve(this.#bind(host, port));
    } catch (error) {
      return Promise.reject(error);
    }
  };

  #bind(host: string, port: number): DirectPort {
    const family = host.includes(':') ? AF_INET6 : AF_INET;
    const slot = this.#freeSlots.pop();
    if (slot === undefined) throw Object.assign(new Error('too many ports'), { code: 'EMFILE' });
    const socket = this.#calls.socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    try {
      if (socket < 0) throw systemError(this.#calls, 'socket');
      const bound = this.#open(socket, slot, family, host, port);
      this.#ports[slot] = bound;
      return bound;
    } catch (error) {
      if (socket >= 0) this.#calls.close(socket);
      this.#freeSlots.push(slot);
      throw error;
    }
  }

  #open(socket: number, slot: number, family: Family, host: string, port: number): DirectPort {
    const calls = this.#calls;
    const memory = this.#memory;
    const length = memory.writeAddress(memory.scratchAddress, family, host, port);
    if (length === undefined) throw Object.assign(new Error(`${host} is no address`), { code: 'EINVAL' });
    if (calls.bind(socket, memory.scratchAddress, length) < 0) throw systemError(calls, 'bind');
    memory.resetSenderLength();
    if (calls.getsockname(socket, memory.sender, memory.senderLength) < 0)
      throw systemError(calls, 'getsockname');
    const boundPort = memory.senderPort;
    if (calls.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, socket, memory.writeEvent(EPOLLIN, slot)) < 0)
      throw systemError(calls, 'epoll_ctl');
    // A socket that was connected and is not any more keeps what it was bound to, but not what the system chose; and one
    // bound to all addresses would hear at the one alone that leads to its peer.
    const canConnect = port !== 0 && host !== '0.0.0.0' && host !== '::';
    const closed = (): void => {
      this.#ports[slot] = undefined;
      this.#freeSlots.push(slot);
    };
    return new DirectPort({ calls, memory, socket, slot, family, port: boundPort, canConnect, closed });
  }

  readonly receive = (): boolean => {
    const memory = this.#memory;
    const count = this.#calls.epoll_wait(this.#epoll, memory.events, EVENTS, 0);
    // A socket with several datagrams comes up again at the next look, after all others: a flood at one port is one
    // datagram among those of all.
    for (let index = 0; index < count; index++) this.#ports[memory.eventSocket(index)]?.receive();
    return count === EVENTS;
  };

  close(): void {
    this.#calls.close(this.#epoll);
  }
}

interface DirectPortOptions {
  readonly calls: SystemCalls;
  readonly memory: DirectMemory;
  readonly socket: number;
  readonly slot: number;
  readonly family: Family;
  readonly port: number;
  readonly canConnect: boolean;
  readonly closed: () => void;
}

class DirectPort implements DatagramPort {
  readonly port: number;
  unsent = 0;
  onDatagram: DatagramPort['onDatagram'] = undefined;
  readonly #calls: SystemCalls;
  readonly #memory: DirectMemory;
  readonly #socket: number;
  readonly #family: Family;
  readonly #slot: number;
  readonly #canConnect: boolean;
  readonly #closed: () => void;
  /** The last destination, whose `sockaddr` stands at `#target`; no length: it was no address. */
  readonly #target: Address;
  #targetLength: number | undefined = undefined;
  #targetHost = '';
  #targetPort = 0;
  /** What the socket is connected to. */
  #peerHost = '';
  #peerPort = 0;
  #open = true;
  #senderHost = '';

  constructor(options: DirectPortOptions) {
    this.#calls = options.calls;
    this.#memory = options.memory;
    this.#socket = options.socket;
    this.#family = options.family;
    this.#slot = options.slot;
    this.#canConnect = options.canConnect;
    this.#closed = options.closed;
    this.#target = options.memory.slot(options.slot);
    this.port = options.port;
  }

  frame(length: number): Uint8Array {
    return this.#memory.frame(length);
  }

  /** Takes one datagram from the socket, which is said to have one. */
  receive(): void {
    const memory = this.#memory;
    memory.resetSenderLength();
    const length = this.#calls.recvfrom(
      this.#socket,
      memory.received,
      65_536,
      0,
      memory.sender,
      memory.senderLength,
    );
    // An error of the network, of a connected socket, that says nothing that the silence after it will not.
    if (length < 0 || this.onDatagram === undefined) return;
    // The text of an address is looked up when another host sends, not for each packet.
    if (!memory.isKnownSender(this.#slot, this.#family) || this.#senderHost === '')
      this.#senderHost = memory.senderHost(this.#family);
    this.onDatagram(memory.receivedBytes(length), this.#senderHost, memory.senderPort);
  }

  send(bytes: Uint8Array, offset: number, length: number, port: number, host: string): void {
    if (!this.#open) return;
    const address = this.#memory.addressOf(bytes, offset, length);
    if (port === this.#peerPort && host === this.#peerHost) {
      // The first call may only tell that an earlier datagram was refused (ICMP).
      if (this.#sendToPeer(address, length) < 0 && this.#sendToPeer(address, length) < 0) this.unsent++;
      return;
    }
    if (port !== this.#targetPort || host !== this.#targetHost) this.#aim(host, port);
    const { sendto } = this.#calls;
    if (
      this.#targetLength === undefined ||
      sendto(this.#socket, address, length, 0, this.#target, this.#targetLength) < 0
    )
      this.unsent++;
  }

  #sendToPeer(address: Address, length: number): number {
    return this.#calls.send(this.#socket, address, length, 0);
  }

  #aim(host: string, port: number): void {
    this.#targetHost = host;
    this.#targetPort = port;
    this.#targetLength = this.#memory.writeAddress(this.#target, this.#family, host, port);
  }

  listenTo(remote: RemoteAddress | undefined): void {
    if (!this.#canConnect || !this.#open) return;
    const host = remote?.host ?? '';
    const port = remote?.port ?? 0;
    if (host === this.#peerHost && port === this.#peerPort) return;
    const memory = this.#memory;
    const length =
      remote === undefined
        ? undefined
        : memory.writeAddress(memory.scratchAddress, this.#family, remote.host, remote.port);
    const result =
      length === undefined
        ? this.#calls.connect(this.#socket, memory.writeNoAddress(), 16)
        : this.#calls.connect(this.#socket, memory.scratchAddress, length);
    const connected = length !== undefined && result === 0;
    this.#peerHost = connected ? host : '';
    this.#peerPort = connected ? port : 0;
  }

  close(): Promise<void> {
    if (this.#open) {
      this.#open = false;
      this.onDatagram = undefined;
      this.#calls.close(this.#socket);
      this.#closed();
    }
    return Promise.resolve();
  }
}

function systemError(calls: SystemCalls, call: string): Error {
  const errno = calls.errno();
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${call}: ${code}`), { code, errno: -errno, syscall: call });
}
