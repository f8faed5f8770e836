/**
 * `DatagramDriver` on the system's own calls. A worker looks for datagrams when it has time (`receive`) instead of being
 * called for each, and neither allocates nor looks anything up per packet.
 *
 * A socket per stream leaves nothing to batch within one call: `sendmmsg` and `recvmmsg` serve one socket each, and with one
 * datagram cost more than `sendto` and `recvfrom` (docs/performance/media.md). What is batched is the work: datagrams are
 * received, handed over and sent some at a time, so that the code and the tables of each step stay in the caches of the
 * processor. And a socket is connected while it listens to one far end only (`listenTo`): the route is looked up once, and
 * strangers' packets are dropped by the system.
 */
import { getSystemErrorName } from 'node:util';
import type { RemoteAddress } from '../../rtp/source-latch.ts';
import { type DatagramDriver, type DatagramPort, LONGEST_DATAGRAM } from './datagram-port.ts';
import { BATCH, DirectMemory, FRAME_COUNT, type Family } from './direct-memory.ts';
import type { Address, SystemCalls } from './system-calls.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
const MSG_TRUNC = 0x20;

export class DirectDriver implements DatagramDriver {
  readonly name = 'direct';
  readonly #calls: SystemCalls;
  readonly #memory: DirectMemory;
  readonly #epoll: number;
  readonly #ports: (DirectPort | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #outbox: Outbox;
  /** Of the batch that was received last. */
  readonly #from: (DirectPort | undefined)[] = Array.from({ length: BATCH });
  readonly #lengths = new Int32Array(BATCH);

  /**
   * @param ports that are open at once, at most
   * @throws Error when the system gives no descriptor
   */
  constructor(calls: SystemCalls, ports: number) {
    this.#calls = calls;
    this.#memory = new DirectMemory(calls, ports);
    this.#outbox = new Outbox(this.#memory);
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
    memory.expectAddress();
    if (calls.getsockname(socket, memory.scratchAddress, memory.scratchLength) < 0)
      throw systemError(calls, 'getsockname');
    const boundPort = memory.scratchPort;
    if (calls.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, socket, memory.writeEvent(EPOLLIN, slot)) < 0)
      throw systemError(calls, 'epoll_ctl');
    // A socket that was connected and is not any more keeps what it was bound to, but not what the system chose; and one
    // bound to all addresses would hear at the one alone that leads to its peer.
    const canConnect = port !== 0 && host !== '0.0.0.0' && host !== '::';
    const closed = (): void => {
      this.#ports[slot] = undefined;
      this.#freeSlots.push(slot);
    };
    return new DirectPort({
      calls,
      memory,
      outbox: this.#outbox,
      socket,
      slot,
      family,
      port: boundPort,
      canConnect,
      closed,
    });
  }

  readonly receive = (): boolean => {
    const memory = this.#memory;
    const count = this.#calls.epoll_wait(this.#epoll, memory.events, BATCH, 0);
    // A socket with several datagrams comes up again at the next look, after all others: a flood at one port is one
    // datagram among those of all.
    for (let index = 0; index < count; index++) {
      const port = this.#ports[memory.eventSocket(index)];
      this.#from[index] = port;
      this.#lengths[index] = port === undefined ? -1 : port.take(index);
    }
    this.#outbox.hold();
    for (let index = 0; index < count; index++) {
      const length = this.#lengths[index]!;
      if (length >= 0) this.#from[index]!.handOver(index, length);
    }
    this.#outbox.release();
    return count === BATCH;
  };

  readonly together = (work: () => void): void => {
    this.#outbox.hold();
    work();
    this.#outbox.release();
  };

  close(): void {
    this.#calls.close(this.#epoll);
  }
}

/** What ports send, held back for a moment so that it is sent in one go. */
class Outbox {
  readonly #memory: DirectMemory;
  readonly #ports: (DirectPort | undefined)[] = Array.from({ length: BATCH });
  readonly #addresses = new Float64Array(BATCH);
  readonly #lengths = new Int32Array(BATCH);
  #count = 0;
  #holds = false;
  #frame = 0;

  constructor(memory: DirectMemory) {
    this.#memory = memory;
  }

  /** @param length at most LONGEST_DATAGRAM for memory that the system knows */
  frame(length: number): Uint8Array {
    if (length > LONGEST_DATAGRAM) return new Uint8Array(length);
    return this.#memory.frame(this.#frame, length);
  }

  hold(): void {
    this.#holds = true;
  }

  release(): void {
    this.#holds = false;
    this.flush();
  }

  add(port: DirectPort, bytes: Uint8Array, offset: number, length: number): void {
    let address = this.#memory.addressOf(bytes);
    if (address === undefined) {
      const copy = this.frame(length);
      copy.set(bytes.subarray(offset, offset + length));
      address = this.#memory.addressOf(copy);
      if (address === undefined) return port.refuse();
    } else {
      address += offset;
    }
    this.#ports[this.#count] = port;
    this.#addresses[this.#count] = address;
    this.#lengths[this.#count] = length;
    this.#count++;
    // One frame more than may wait: none is given out that has not left.
    this.#frame = (this.#frame + 1) % FRAME_COUNT;
    if (!this.#holds || this.#count === BATCH) this.flush();
  }

  flush(): void {
    const count = this.#count;
    this.#count = 0;
    for (let index = 0; index < count; index++)
      this.#ports[index]!.transmit(this.#addresses[index]!, this.#lengths[index]!);
  }
}

interface DirectPortOptions {
  readonly calls: SystemCalls;
  readonly memory: DirectMemory;
  readonly outbox: Outbox;
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
  readonly #outbox: Outbox;
  readonly #socket: number;
  readonly #family: Family;
  readonly #slot: number;
  readonly #canConnect: boolean;
  readonly #closed: () => void;
  /** The destination, whose `sockaddr` stands at `#target`; no length: it was no address. */
  readonly #target: Address;
  #targetLength: number | undefined = undefined;
  #targetHost = '';
  #targetPort = 0;
  /** What the socket is connected to. */
  #peerHost = '';
  #peerPort = 0;
  #targetIsPeer = false;
  #open = true;
  #senderHost = '';

  constructor(options: DirectPortOptions) {
    this.#calls = options.calls;
    this.#memory = options.memory;
    this.#outbox = options.outbox;
    this.#socket = options.socket;
    this.#family = options.family;
    this.#slot = options.slot;
    this.#canConnect = options.canConnect;
    this.#closed = options.closed;
    this.#target = options.memory.slot(options.slot);
    this.port = options.port;
  }

  frame(length: number): Uint8Array {
    return this.#outbox.frame(length);
  }

  /**
   * Takes one datagram from the socket, which is said to have one, into place `index` of the batch.
   *
   * @returns its length; negative when there is none to hand over
   */
  take(index: number): number {
    const memory = this.#memory;
    const length = this.#calls.recvfrom(
      this.#socket,
      memory.receivedAt(index),
      LONGEST_DATAGRAM,
      MSG_TRUNC,
      memory.senderAt(index),
      memory.resetSenderLength(index),
    );
    // An error of the network, of a connected socket, says nothing that the silence after it will not.
    return length > LONGEST_DATAGRAM ? -1 : length;
  }

  handOver(index: number, length: number): void {
    if (this.onDatagram === undefined) return;
    const memory = this.#memory;
    // The text of an address is looked up when another host sends, not for each packet.
    if (!memory.isKnownSender(index, this.#slot, this.#family) || this.#senderHost === '')
      this.#senderHost = memory.senderHost(index, this.#family);
    this.onDatagram(memory.receivedBytes(index, length), this.#senderHost, memory.senderPort(index));
  }

  send(bytes: Uint8Array, offset: number, length: number, port: number, host: string): void {
    if (!this.#open) return;
    if (port !== this.#targetPort || host !== this.#targetHost) this.#aim(host, port);
    this.#outbox.add(this, bytes, offset, length);
  }

  #aim(host: string, port: number): void {
    // What waits goes where it was sent to.
    this.#outbox.flush();
    this.#targetHost = host;
    this.#targetPort = port;
    this.#targetLength = this.#memory.writeAddress(this.#target, this.#family, host, port);
    this.#targetIsPeer = this.#isPeer(host, port);
  }

  #isPeer(host: string, port: number): boolean {
    return this.#peerPort !== 0 && port === this.#peerPort && host === this.#peerHost;
  }

  /** For the outbox: sends to the destination. */
  transmit(address: Address, length: number): void {
    if (this.#targetLength === undefined) return this.refuse();
    const { send, sendto } = this.#calls;
    if (!this.#targetIsPeer) {
      if (sendto(this.#socket, address, length, 0, this.#target, this.#targetLength) < 0) this.refuse();
      return;
    }
    // The first call may only tell that an earlier datagram was refused (ICMP).
    if (send(this.#socket, address, length, 0) < 0 && send(this.#socket, address, length, 0) < 0)
      this.refuse();
  }

  /** For the outbox: a datagram that went nowhere. */
  refuse(): void {
    this.unsent++;
  }

  listenTo(remote: RemoteAddress | undefined): void {
    if (!this.#canConnect || !this.#open) return;
    const host = remote?.host ?? '';
    const port = remote?.port ?? 0;
    if (host === this.#peerHost && port === this.#peerPort) return;
    this.#outbox.flush();
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
    this.#targetIsPeer = this.#isPeer(this.#targetHost, this.#targetPort);
  }

  close(): Promise<void> {
    if (this.#open) {
      this.#outbox.flush();
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
