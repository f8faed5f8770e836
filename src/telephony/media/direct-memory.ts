/**
 * The memory that a direct driver shares with the system: one block for the driver's whole life, so that no part of it can
 * be collected while the system still knows its address.
 */
import { type Frame, frameIn, LONGEST_DATAGRAM } from './datagram-port.ts';
import type { Address, SystemCalls } from './system-calls.ts';

/** AF_INET and AF_INET6 of Linux. */
export type Family = 2 | 10;

/** Datagrams that are received, handed over and sent together. */
export const BATCH = 32;
/** Frames to fill: a batch that waits, and one more. */
export const FRAME_COUNT = BATCH + 1;
/** From one datagram of a batch to the next: not a power of two, so that they do not compete for the same lines of the cache. */
const STRIDE = LONGEST_DATAGRAM + 192;
/** Octets kept for a `sockaddr_in` (16) or `sockaddr_in6` (28). */
const SOCKADDR = 32;
/** Of each received datagram: its sender, and the length of that. */
const SENDER = SOCKADDR + 8;
/** Of each socket: the address it sends to, and the one it heard last. */
const SLOT = 2 * SOCKADDR;
/** Words of a `sockaddr` that hold the address. */
const HOST_WORDS: Readonly<Record<Family, readonly [number, number]>> = { 2: [1, 2], 10: [2, 6] };
const SOCKADDR_LENGTH: Readonly<Record<Family, number>> = { 2: 16, 10: 28 };
/** `struct epoll_event` is packed on x86 alone. */
const EVENT = process.arch === 'x64' ? { size: 12, socket: 4 } : { size: 16, socket: 8 };
/** Addresses whose text is remembered; many more only come in a flood. */
const KNOWN_HOSTS = 4096;

const SENDERS = 512 + BATCH * 16;
const RECEIVED = SENDERS + BATCH * SENDER;
const FRAMES = RECEIVED + BATCH * STRIDE;
const SLOTS = FRAMES + FRAME_COUNT * STRIDE;
const AT = { text: 0, scratchAddress: 128, scratchLength: 192, scratchEvent: 256, events: 512 } as const;

export class DirectMemory {
  readonly events: Address;
  readonly received: Address;
  readonly senders: Address;
  /** For an address that is needed during one call only, and the length of it. */
  readonly scratchAddress: Address;
  readonly scratchLength: Address;
  readonly #calls: SystemCalls;
  readonly #block: ArrayBuffer;
  readonly #base: Address;
  readonly #view: DataView;
  readonly #octets: Uint8Array;
  readonly #words: Int32Array;
  readonly #receivedViews = byLength<Uint8Array>();
  readonly #frameViews = byLength<Frame>();
  readonly #hosts = new Map<string, string>();

  /** @param slots sockets, each with an address of its own to send to */
  constructor(calls: SystemCalls, slots: number) {
    this.#calls = calls;
    this.#block = new ArrayBuffer(SLOTS + slots * SLOT);
    this.#base = calls.addressOf(this.#block);
    this.#view = new DataView(this.#block);
    this.#octets = new Uint8Array(this.#block);
    this.#words = new Int32Array(this.#block);
    this.events = this.#base + AT.events;
    this.received = this.#base + RECEIVED;
    this.senders = this.#base + SENDERS;
    this.scratchAddress = this.#base + AT.scratchAddress;
    this.scratchLength = this.#base + AT.scratchLength;
  }

  /** Where datagram `index` of a batch is written, its sender's address, and the length of that. */
  receivedAt(index: number): Address {
    return this.received + index * STRIDE;
  }

  senderAt(index: number): Address {
    return this.senders + index * SENDER;
  }

  /** To be called before each receiving: the system shortens it. @returns where it stands */
  resetSenderLength(index: number): Address {
    const at = SENDERS + index * SENDER + SOCKADDR;
    this.#words[at >> 2] = SOCKADDR;
    return this.#base + at;
  }

  receivedBytes(index: number, length: number): Uint8Array {
    return (this.#receivedViews[index]![length] ??= new Uint8Array(
      this.#block,
      RECEIVED + index * STRIDE,
      length,
    ));
  }

  /** @param index below FRAME_COUNT */
  frame(index: number, length: number): Frame {
    return (this.#frameViews[index]![length] ??= frameIn(this.#block, FRAMES + index * STRIDE, length));
  }

  frameAt(index: number): Address {
    return this.#base + FRAMES + index * STRIDE;
  }

  /** The address that socket `slot` sends to. */
  slot(slot: number): Address {
    return this.#base + SLOTS + slot * SLOT;
  }

  /** Reads from a slot, so that it is at hand soon. @returns what it read, of no meaning */
  approach(slot: number): number {
    const at = (SLOTS + slot * SLOT) >> 2;
    return this.#words[at]! ^ this.#words[at + ((SLOT - 4) >> 2)]!;
  }

  /** Where `bytes` begin for the system; undefined when they are not in this memory. */
  addressOf(bytes: Uint8Array): Address | undefined {
    return bytes.buffer === this.#block ? this.#base + bytes.byteOffset : undefined;
  }

  /** @returns the number given to `writeEvent` for the socket */
  eventSocket(index: number): number {
    return this.#view.getUint32(AT.events + index * EVENT.size + EVENT.socket, true);
  }

  /** @returns where it was written */
  writeEvent(mask: number, socket: number): Address {
    this.#view.setUint32(AT.scratchEvent, mask, true);
    this.#view.setUint32(AT.scratchEvent + EVENT.socket, socket, true);
    this.#view.setUint32(AT.scratchEvent + EVENT.socket + 4, 0, true);
    return this.#base + AT.scratchEvent;
  }

  /**
   * Writes a `sockaddr` to `at`.
   *
   * @returns its length, or undefined when `host` is no address of the family
   */
  writeAddress(at: Address, family: Family, host: string, port: number): number | undefined {
    const offset = at - this.#base;
    this.#octets.fill(0, offset, offset + SOCKADDR);
    this.#view.setUint16(offset, family, true);
    this.#view.setUint16(offset + 2, port);
    const ok = this.#calls.inet_pton(family, host, at + (family === 2 ? 4 : 8)) === 1;
    return ok ? SOCKADDR_LENGTH[family] : undefined;
  }

  /** A `sockaddr` with which `connect` lets go of its peer (AF_UNSPEC). */
  writeNoAddress(): Address {
    this.#octets.fill(0, AT.scratchAddress, AT.scratchAddress + SOCKADDR);
    return this.scratchAddress;
  }

  /** The system is to write an address to the scratch: says how long it may be. */
  expectAddress(): void {
    this.#words[AT.scratchLength >> 2] = SOCKADDR;
  }

  get scratchPort(): number {
    return this.#view.getUint16(AT.scratchAddress + 2);
  }

  senderPort(index: number): number {
    const at = SENDERS + index * SENDER + 2;
    return (this.#octets[at]! << 8) | this.#octets[at + 1]!;
  }

  /** Whether the sender is the host that socket `slot` heard last; if not, it is noted as that. */
  isKnownSender(index: number, slot: number, family: Family): boolean {
    const words = this.#words;
    const [first, end] = HOST_WORDS[family];
    const sender = (SENDERS + index * SENDER) >> 2;
    const last = (SLOTS + slot * SLOT + SOCKADDR) >> 2;
    let known = true;
    for (let word = first; word < end; word++) {
      const octets = words[sender + word]!;
      if (words[last + word] === octets) continue;
      words[last + word] = octets;
      known = false;
    }
    return known;
  }

  /** As node:dgram writes it. */
  senderHost(index: number, family: Family): string {
    const [first, end] = HOST_WORDS[family];
    const sender = (SENDERS + index * SENDER) >> 2;
    const key = this.#words.subarray(sender + first, sender + end).join();
    const known = this.#hosts.get(key);
    if (known !== undefined) return known;
    if (this.#hosts.size >= KNOWN_HOSTS) this.#hosts.clear();
    const host = this.#readHost(this.senderAt(index), family);
    this.#hosts.set(key, host);
    return host;
  }

  #readHost(at: Address, family: Family): string {
    this.#calls.inet_ntop(family, at + (family === 2 ? 4 : 8), this.#base + AT.text, 64);
    const end = this.#octets.indexOf(0, AT.text);
    return String.fromCharCode(...this.#octets.subarray(AT.text, end));
  }
}

/** Views of the same memory are made once for each length, and there are few. */
function byLength<View>(): (View | undefined)[][] {
  return Array.from({ length: FRAME_COUNT }, () => []);
}
