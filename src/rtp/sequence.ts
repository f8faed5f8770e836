/**
 * Extended sequence numbers, probation of a new source and its losses: RFC 3550 A.1 and A.3.
 */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
const MIN_SEQUENTIAL = 2;
const CYCLE = 0x1_0000;

/**
 * What a packet meant to its source.
 * - `probation`: the source has not yet shown MIN_SEQUENTIAL packets in a row.
 * - `valid`: counted.
 * - `jumped`: too far from what was expected; counted only if the next packet follows it.
 * - `restarted`: two packets in a row after a jump: the source began anew, and counting does too.
 */
export type SequenceVerdict = 'probation' | 'valid' | 'jumped' | 'restarted';

/** One synchronisation source's sequence numbers. */
export class SequenceTracker {
  /** Packets counted since the source began (anew), duplicates included, as RFC 3550 6.4.1 wants it. */
  received = 0;
  #highest: number;
  #cycles = 0;
  #base: number;
  #expectedAfterJump: number | undefined = undefined;
  #probation = MIN_SEQUENTIAL;
  #lostBefore = 0;
  #receivedBefore = 0;

  /** @param first the sequence number of the source's first packet, which is then given to `update` like all others */
  constructor(first: number) {
    this.#base = first;
    this.#highest = (first - 1) & 0xffff;
  }

  update(sequence: number): SequenceVerdict {
    if (this.#probation > 0) return this.#prove(sequence);
    const ahead = (sequence - this.#highest) & 0xffff;
    if (ahead < MAX_DROPOUT) {
      if (sequence < this.#highest) this.#cycles += CYCLE;
      this.#highest = sequence;
    } else if (ahead <= CYCLE - MAX_MISORDER) {
      if (sequence !== this.#expectedAfterJump) {
        this.#expectedAfterJump = (sequence + 1) & 0xffff;
        return 'jumped';
      }
      this.#lostBefore += Math.max(0, this.expected - this.received);
      this.#receivedBefore += this.received;
      this.#begin(sequence);
      return 'restarted';
    }
    // What is left is a duplicate or a packet out of order: counted, nothing moves.
    this.received++;
    return 'valid';
  }

  #prove(sequence: number): SequenceVerdict {
    if (sequence !== ((this.#highest + 1) & 0xffff)) {
      this.#probation = MIN_SEQUENTIAL - 1;
      this.#highest = sequence;
      return 'probation';
    }
    this.#probation--;
    this.#highest = sequence;
    if (this.#probation > 0) return 'probation';
    this.#begin(sequence);
    return 'valid';
  }

  #begin(sequence: number): void {
    this.#base = sequence;
    this.#highest = sequence;
    this.#cycles = 0;
    this.#expectedAfterJump = undefined;
    this.received = 1;
  }

  /** MIN_SEQUENTIAL packets in a row were seen. */
  get valid(): boolean {
    return this.#probation === 0;
  }

  /** The highest sequence number with the count of cycles in its upper 16 bits (RFC 3550 6.4.1). */
  get extendedHighest(): number {
    return (this.#cycles + this.#highest) >>> 0;
  }

  /** Packets that should have come since the source began (anew). */
  get expected(): number {
    return this.valid ? this.#cycles + this.#highest - this.#base + 1 : 0;
  }

  /** Packets counted over all restarts. */
  get totalReceived(): number {
    return this.#receivedBefore + this.received;
  }

  /** Expected less received over all restarts; below zero when duplicates outweigh losses (RFC 3550 6.4.1). */
  get totalLost(): number {
    return this.#lostBefore + this.expected - this.received;
  }
}
