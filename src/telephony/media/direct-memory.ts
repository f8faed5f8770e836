/**
 * The memory that a direct driver shares with the system: one block for the driver's whole life, so that no part of it can
 * be collected while the system still knows its address.
 */
import type { Address, SystemCalls } from './system-calls.ts';

/** AF_INET and AF_INET6 of Linux. */
export type Family = 2 | 10;

/** Octets kept for a `sockaddr_in` (16) or `sockaddr_in6` (28). */
const SOCKADDR = 32;
/** Of each socket: the address it sends to, and the one it heard last. */
const SLOT = 2 * SOCKADDR;
/** Words of a `sockaddr` that hold the address. */
const HOST_WORDS: Readonly<Record<Family, readonly [number, number]>> = { 2: [1, 2], 10: [2, 6] };
const SOCKADDR_LENGTH: Readonly<Record<Family, number>> = { 2: 16, 10: 28 };
/** No UDP datagram is longer. */
const LONGEST = 65_536;
/** Views are kept for datagrams up to this length; RTP is not longer. */
const KEPT_VIEWS = 2048;
/** Most sockets that one look for datagrams finds. */
export const EVENTS = 64;
/** `struct epoll_event` is packed on x86 alone. */
const EVENT = process.arch === 'x64' ? { size: 12, socket: 4 } : { size: 16, socket: 8 };
/** Addresses whose text is remembered; many more only come in a flood. */
const KNOWN_HOSTS = 4096;

const AT = {
  sender: 0,
  senderLength: SOCKADDR,
  text: 64,
  option: 128,
  scratchAddress: 160,
  scratchEvent: 192,
  events: 256,
  received: 256 + EVENTS * 16,
  outgoing: 256 + EVENTS * 16 + LONGEST,
  slots: 256 + EVENTS * 16 + 2 * LONGEST,
} as const;

export class DirectMemory {
  /** Where the system writes a received datagram, its sender's address, and the length of that. */
  readonly received: Address;
  readonly sender: Address;
  readonly senderLength: Address;
  readonly events: Address;
  readonly outgoing: Address;
  /** For addresses that are needed during one call only. */
  readonly scratchAddress: Address;
  readonly option: Address;
  readonly #calls: SystemCalls;
  readonly #block: ArrayBuffer;
  readonly #base: Address;
  readonly #view: DataView;
  readonly #octets: Uint8Array;
  readonly #words: Int32Array;
  readonly #receivedViews: (Uint8Array | undefined)[] = [];
  readonly #frames: (Uint8Array | undefined)[] = [];
  readonly #hosts = new Map<string, string>();

  /** @param slots sockets, each with an address of its own to send to */
  constructor(calls: SystemCalls, slots: number) {
    this.#calls = calls;
    this.#block = new ArrayBuffer(AT.slots + slots * SLOT);
    this.#base = calls.addressOf(this.#block);
    this.#view = new DataView(this.#block);
    this.#octets = new Uint8Array(this.#block);
    this.#words = new Int32Array(this.#block);
    this.received = this.#base + AT.received;
    this.sender = this.#base + AT.sender;
    this.senderLength = this.#base + AT.senderLength;
    this.events = this.#base + AT.events;
    this.outgoing = this.#base + AT.outgoing;
    this.scratchAddress = this.#base + AT.scratchAddress;
    this.option = this.#base + AT.option;
  }

  /** The address that socket `slot` sends to. */
  slot(slot: number): Address {
    return this.#base + AT.slots + slot * SLOT;
  }

  /** Where `bytes` begin for the system; other memory than this block is copied into it. */
  addressOf(bytes: Uint8Array, offset: number, length: number): Address {
    if (bytes.buffer === this.#block) return this.#base + bytes.byteOffset + offset;
    this.#octets.set(bytes.subarray(offset, offset + length), AT.outgoing);
    return this.outgoing;
  }

  frame(length: number): Uint8Array {
    return view(this.#frames, this.#block, AT.outgoing, length);
  }

  /** What the system has written to `received`. */
  receivedBytes(length: number): Uint8Array {
    return view(this.#receivedViews, this.#block, AT.received, length);
  }

  /** To be called before each receiving: the system shortens it. */
  resetSenderLength(): void {
    this.#words[AT.senderLength / 4] = SOCKADDR;
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

  /** @returns where it was written */
  writeOption(value: number): Address {
    this.#view.setInt32(AT.option, value, true);
    return this.option;
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

  get senderPort(): number {
    return (this.#octets[AT.sender + 2]! << 8) | this.#octets[AT.sender + 3]!;
  }

  /** Whether the sender is the host that socket `slot` heard last; if not, it is noted as that. */
  isKnownSender(slot: number, family: Family): boolean {
    const words = this.#words;
    const [first, end] = HOST_WORDS[family];
    const last = (AT.slots + slot * SLOT + SOCKADDR) / 4;
    let known = true;
    for (let word = first; word < end; word++) {
      const octets = words[AT.sender / 4 + word]!;
      if (words[last + word] === octets) continue;
      words[last + word] = octets;
      known = false;
    }
    return known;
  }

  /** As node:dgram writes it. */
  senderHost(family: Family): string {
    const [first, end] = HOST_WORDS[family];
    const key = this.#words.subarray(AT.sender / 4 + first, AT.sender / 4 + end).join();
    const known = this.#hosts.get(key);
    if (known !== undefined) return known;
    if (this.#hosts.size >= KNOWN_HOSTS) this.#hosts.clear();
    const host = this.#readHost(family);
    this.#hosts.set(key, host);
    return host;
  }

  #readHost(family: Family): string {
    this.#calls.inet_ntop(family, this.sender + (family === 2 ? 4 : 8), this.#base + AT.text, 64);
    const end = this.#octets.indexOf(0, AT.text);
    return String.fromCharCode(...this.#octets.subarray(AT.text, end));
  }
}

function view(kept: (Uint8Array | undefined)[], block: ArrayBuffer, at: number, length: number): Uint8Array {
  if (length > KEPT_VIEWS) return new Uint8Array(block, at, length);
  return (kept[length] ??= new Uint8Array(block, at, length));
}
