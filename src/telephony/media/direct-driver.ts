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
import { type DatagramDriver, type DatagramPort, type Frame, LONGEST_DATAGRAM } from './datagram-port.ts';
import { BATCH, DirectMemory, type Family } from './direct-memory.ts';
import { Outbox } from './direct-outbox.ts';
import type { SystemCalls } from './system-calls.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
const MSG_TRUNC = 0x20;
const EAGAIN = 11;
/** Datagrams that a socket may hold back when it is connected; with more its senders go on being asked for. */
const MOST_WAITING = 1024;

export class DirectDriver implements DatagramDriver {
  readonly name = 'direct';
  readonly #calls: SystemCalls;
  readonly #memory: DirectMemory;
  readonly #epoll: number;
  readonly #ports: (DirectPort | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #outbox: Outbox;
  /** What was read so that it is at hand soon: of no meaning, but what is read must be used. */
  read = 0;
  /** By slot. */
  readonly #sockets: Int32Array;
  /** By slot: the socket has nothing to receive but what its peer sent, so that nobody need ask who did. */
  readonly #heedsPeer: Uint8Array;
  /** Of the batch that was received last: the slot, and the length of each datagram; negative: there is none. */
  readonly #slots = new Int32Array(BATCH);
  readonly #lengths = new Int32Array(BATCH);

  /**
   * @param ports that are open at once, at most
   * @throws Error when the system gives no descriptor
   */
  constructor(calls: SystemCalls, ports: number) {
    this.#calls = calls;
    this.#memory = new DirectMemory(calls, ports);
    this.#outbox = new Outbox(calls, this.#memory, this.#ports);
    this.#sockets = new Int32Array(ports);
    this.#heedsPeer = new Uint8Array(ports);
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
      this.#sockets[slot] = socket;
      this.#heedsPeer[slot] = 0;
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
    const heed = (connected: boolean): void => this.#heed(slot, connected);
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
      heed,
      closed,
    });
  }

  readonly receive = (): boolean => {
    const memory = this.#memory;
    const count = this.#calls.epoll_wait(this.#epoll, memory.events, BATCH, 0);
    // A socket with several datagrams comes up again at the next look, after all others: a flood at one port is one
    // datagram among those of all.
    for (let index = 0; index < count; index++) {
      const slot = memory.eventSocket(index);
      this.#slots[index] = slot;
      const socket = this.#sockets[slot]!;
      const length =
        this.#heedsPeer[slot] === 1 ? this.#takeFromPeer(socket, index) : this.#take(socket, index);
      // An error of the network, of a connected socket, says nothing that the silence after it will not.
      this.#lengths[index] = length > LONGEST_DATAGRAM ? -1 : length;
    }
    let read = 0;
    for (let index = 0; index < count; index++) read ^= this.#ports[this.#slots[index]!]?.meet() ?? 0;
    this.read = read;
    this.#outbox.hold();
    for (let index = 0; index < count; index++) {
      const length = this.#lengths[index]!;
      if (length < 0) continue;
      const slot = this.#slots[index]!;
      if (this.#heedsPeer[slot] === 1) this.#ports[slot]?.handOverFromPeer(index, length);
      else this.#ports[slot]?.handOver(index, length);
    }
    this.#outbox.release();
    return count === BATCH;
  };

  /**
   * Takes one datagram from a socket that is said to have one, into place `index` of the batch.
   *
   * @returns its length, which may be more than was taken; negative when there is none, or an error is told of
   */
  #take(socket: number, index: number): number {
    const memory = this.#memory;
    const into = memory.receivedAt(index);
    const sender = memory.senderAt(index);
    const senderLength = memory.resetSenderLength(index);
    return this.#calls.recvfrom(socket, into, LONGEST_DATAGRAM, MSG_TRUNC, sender, senderLength);
  }

  /** The same for a socket that has its peer's datagrams alone. */
  #takeFromPeer(socket: number, index: number): number {
    return this.#calls.recv(socket, this.#memory.receivedAt(index), LONGEST_DATAGRAM, MSG_TRUNC);
  }

  /**
   * A socket was connected, or is so no more. What had come before from anybody is handed over first: from then on there is nothing
   * but its peer's.
   */
  #heed(slot: number, connected: boolean): void {
    this.#heedsPeer[slot] = 0;
    if (!connected) return;
    for (let attempt = 0; attempt < MOST_WAITING; attempt++) {
      const length = this.#take(this.#sockets[slot]!, 0);
      if (length < 0 && this.#calls.errno() === EAGAIN) {
        this.#heedsPeer[slot] = 1;
        return;
      }
      if (length < 0 || length > LONGEST_DATAGRAM) continue;
      this.#ports[slot]?.handOver(0, length);
      this.#outbox.flush();
    }
  }

  readonly together = (work: () => void): void => {
    this.#outbox.hold();
    work();
    this.#outbox.release();
  };

  close(): void {
    this.#calls.close(this.#epoll);
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
  /** Tells the driver that the socket was connected, or is so no more. */
  readonly heed: (connected: boolean) => void;
  readonly closed: () => void;
}

class DirectPort implements DatagramPort {
  onDatagram: DatagramPort['onDatagram'] = undefined;
  onApproach: DatagramPort['onApproach'] = undefined;
  readonly #socket: number;
  readonly #slot: number;
  readonly #outbox: Outbox;
  /** The destination, whose `sockaddr` stands in the slot; no length: it was no address. */
  #targetHost = '';
  #targetPort = 0;
  #targetLength: number | undefined = undefined;
  #targetIsPeer = false;
  #open = true;
  readonly #calls: SystemCalls;
  readonly #memory: DirectMemory;
  readonly #family: Family;
  #senderHost = '';
  /** What the socket is connected to. */
  #peerHost = '';
  #peerPort = 0;
  unsent = 0;
  readonly port: number;
  readonly #canConnect: boolean;
  readonly #heed: (connected: boolean) => void;
  readonly #closed: () => void;

  constructor(options: DirectPortOptions) {
    this.#calls = options.calls;
    this.#memory = options.memory;
    this.#outbox = options.outbox;
    this.#socket = options.socket;
    this.#family = options.family;
    this.#slot = options.slot;
    this.#canConnect = options.canConnect;
    this.#heed = options.heed;
    this.#closed = options.closed;
    this.port = options.port;
  }

  frame(length: number): Frame {
    return this.#outbox.frame(length);
  }

  approach(): number {
    return this.#targetPort;
  }

  /** For the driver: a datagram of this port is about to be handed over. @returns what it read, of no meaning */
  meet(): number {
    this.onApproach?.();
    return this.#memory.approach(this.#slot) + this.#targetPort;
  }

  handOver(index: number, length: number): void {
    if (this.onDatagram === undefined) return;
    const memory = this.#memory;
    // The text of an address is looked up when another host sends, not for each packet.
    if (!memory.isKnownSender(index, this.#slot, this.#family) || this.#senderHost === '')
      this.#senderHost = memory.senderHost(index, this.#family);
    const bytes = memory.receivedBytes(index, length);
    this.#outbox.expect(bytes, memory.receivedAt(index));
    this.onDatagram(bytes, this.#senderHost, memory.senderPort(index));
  }

  /** The same for a datagram of the peer, whose address was not asked for. */
  handOverFromPeer(index: number, length: number): void {
    if (this.onDatagram === undefined) return;
    const memory = this.#memory;
    const bytes = memory.receivedBytes(index, length);
    this.#outbox.expect(bytes, memory.receivedAt(index));
    this.onDatagram(bytes, this.#peerHost, this.#peerPort);
  }

  send(bytes: Uint8Array, offset: number, length: number, port: number, host: string): void {
    if (!this.#open) return;
    if (port !== this.#targetPort || host !== this.#targetHost) this.#aim(host, port);
    const target = this.#targetIsPeer ? 0 : this.#memory.slot(this.#slot);
    const targetLength = this.#targetLength;
    if (
      targetLength === undefined ||
      !this.#outbox.add(this.#slot, this.#socket, target, targetLength, bytes, offset, length)
    )
      this.refuse();
  }

  #aim(host: string, port: number): void {
    // What waits goes where it was sent to.
    this.#outbox.flush();
    this.#targetHost = host;
    this.#targetPort = port;
    const target = this.#memory.slot(this.#slot);
    this.#targetLength = this.#memory.writeAddress(target, this.#family, host, port);
    this.#targetIsPeer = this.#isPeer(host, port);
  }

  #isPeer(host: string, port: number): boolean {
    return this.#peerPort !== 0 && port === this.#peerPort && host === this.#peerHost;
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
    this.#heed(connected);
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
