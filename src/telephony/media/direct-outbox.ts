import { type Frame, frameIn, LONGEST_DATAGRAM } from './datagram-port.ts';
import { BATCH, type DirectMemory, FRAME_COUNT } from './direct-memory.ts';
import type { Address, SystemCalls } from './system-calls.ts';

/** A port, as far as it is told that the system did not take a datagram of its. */
interface Refusing {
  refuse(): void;
}

/** What ports send, held back for a moment so that it is sent in one go. */
export class Outbox {
  readonly #calls: SystemCalls;
  readonly #memory: DirectMemory;
  readonly #ports: readonly (Refusing | undefined)[];
  /** Of each datagram that waits: the slot and the socket of its port, and where it goes; 0 for the socket's peer. */
  readonly #slots = new Int32Array(BATCH);
  readonly #sockets = new Int32Array(BATCH);
  readonly #targets = new Float64Array(BATCH);
  readonly #targetLengths = new Int32Array(BATCH);
  readonly #addresses = new Float64Array(BATCH);
  readonly #lengths = new Int32Array(BATCH);
  #count = 0;
  #holds = false;
  #frame = 0;
  /** Bytes whose address is known: those that are most likely to be sent next. */
  #likely: Uint8Array | undefined = undefined;
  #likelyAt: Address = 0;

  /** @param ports by slot, as far as they are open */
  constructor(calls: SystemCalls, memory: DirectMemory, ports: readonly (Refusing | undefined)[]) {
    this.#calls = calls;
    this.#memory = memory;
    this.#ports = ports;
  }

  /** @param length at most LONGEST_DATAGRAM for memory that the system knows */
  frame(length: number): Frame {
    if (length > LONGEST_DATAGRAM) return frameIn(new ArrayBuffer(length), 0, length);
    const frame = this.#memory.frame(this.#frame, length);
    this.expect(frame.octets, this.#memory.frameAt(this.#frame));
    return frame;
  }

  expect(bytes: Uint8Array, address: Address): void {
    this.#likely = bytes;
    this.#likelyAt = address;
  }

  hold(): void {
    this.#holds = true;
  }

  release(): void {
    this.#holds = false;
    this.flush();
  }

  /**
   * @param target 0: what the socket is connected to
   * @returns false when the bytes are too long to be sent
   */
  add(
    slot: number,
    socket: number,
    target: Address,
    targetLength: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    const address = bytes === this.#likely ? this.#likelyAt + offset : this.#addressOf(bytes, offset, length);
    if (address === undefined) return false;
    const index = this.#count++;
    this.#slots[index] = slot;
    this.#sockets[index] = socket;
    this.#targets[index] = target;
    this.#targetLengths[index] = targetLength;
    this.#addresses[index] = address;
    this.#lengths[index] = length;
    // One frame more than may wait: none is given out that has not left.
    this.#frame = (this.#frame + 1) % FRAME_COUNT;
    if (!this.#holds || this.#count === BATCH) this.flush();
    return true;
  }

  #addressOf(bytes: Uint8Array, offset: number, length: number): Address | undefined {
    const address = this.#memory.addressOf(bytes);
    if (address !== undefined) return address + offset;
    const copy = this.frame(length).octets;
    copy.set(bytes.subarray(offset, offset + length));
    return this.#memory.addressOf(copy);
  }

  flush(): void {
    const count = this.#count;
    this.#count = 0;
    for (let index = 0; index < count; index++)
      if (!this.#transmit(index)) this.#ports[this.#slots[index]!]?.refuse();
  }

  #transmit(index: number): boolean {
    const { send, sendto } = this.#calls;
    const socket = this.#sockets[index]!;
    const address = this.#addresses[index]!;
    const length = this.#lengths[index]!;
    const target = this.#targets[index]!;
    if (target !== 0) return sendto(socket, address, length, 0, target, this.#targetLengths[index]!) >= 0;
    // The first call may only tell that an earlier datagram was refused (ICMP).
    return send(socket, address, length, 0) >= 0 || send(socket, address, length, 0) >= 0;
  }
}
