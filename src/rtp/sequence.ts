/**
 * Extended sequence numbers, probation of a new source and its losses: RFC 3550 A.1 and A.3.
 */
import { loneRow, type Row } from './row.ts';

const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
const MIN_SEQUENTIAL = 2;
const CYCLE = 0x1_0000;

/** Numbers of a tracker's row. */
export const SEQUENCE_NUMBERS = 8;
/** Packets counted since the source began (anew), duplicates included, as RFC 3550 6.4.1 wants it. */
const RECEIVED = 0;
const HIGHEST = 1;
const CYCLES = 2;
const BASE = 3;
/** -1 while none is expected. */
const EXPECTED_AFTER_JUMP = 4;
const PROBATION = 5;
const LOST_BEFORE = 6;
const RECEIVED_BEFORE = 7;

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
  readonly #numbers: Float64Array;
  readonly #at: number;

  /** @param first the sequence number of the source's first packet, which is then given to `update` like all others */
  constructor(first: number, { numbers, at }: Row = loneRow(SEQUENCE_NUMBERS)) {
    this.#numbers = numbers;
    this.#at = at;
    this.follow(first);
  }

  /** Another source, of which nothing is known yet. */
  follow(first: number): void {
    const numbers = this.#numbers;
    const at = this.#at;
    numbers.fill(0, at, at + SEQUENCE_NUMBERS);
    numbers[at + BASE] = first;
    numbers[at + HIGHEST] = (first - 1) & 0xffff;
    numbers[at + EXPECTED_AFTER_JUMP] = -1;
    numbers[at + PROBATION] = MIN_SEQUENTIAL;
  }

  update(sequence: number): SequenceVerdict {
    const numbers = this.#numbers;
    const at = this.#at;
    if (numbers[at + PROBATION]! > 0) return this.#prove(sequence);
    const highest = numbers[at + HIGHEST]!;
    const ahead = (sequence - highest) & 0xffff;
    if (ahead < MAX_DROPOUT) {
      if (sequence < highest) numbers[at + CYCLES]! += CYCLE;
      numbers[at + HIGHEST] = sequence;
    } else if (ahead <= CYCLE - MAX_MISORDER) {
      if (sequence !== numbers[at + EXPECTED_AFTER_JUMP]) {
        numbers[at + EXPECTED_AFTER_JUMP] = (sequence + 1) & 0xffff;
        return 'jumped';
      }
      numbers[at + LOST_BEFORE]! += Math.max(0, this.expected - this.received);
      numbers[at + RECEIVED_BEFORE]! += this.received;
      this.#begin(sequence);
      return 'restarted';
    }
    // What is left is a duplicate or a packet out of order: counted, nothing moves.
    numbers[at + RECEIVED]!++;
    return 'valid';
  }

  #prove(sequence: number): SequenceVerdict {
    const numbers = this.#numbers;
    const at = this.#at;
    const follows = sequence === ((numbers[at + HIGHEST]! + 1) & 0xffff);
    numbers[at + HIGHEST] = sequence;
    numbers[at + PROBATION] = follows ? numbers[at + PROBATION]! - 1 : MIN_SEQUENTIAL - 1;
    if (numbers[at + PROBATION]! > 0) return 'probation';
    this.#begin(sequence);
    return 'valid';
  }

  #begin(sequence: number): void {
    const numbers = this.#numbers;
    const at = this.#at;
    numbers[at + BASE] = sequence;
    numbers[at + HIGHEST] = sequence;
    numbers[at + CYCLES] = 0;
    numbers[at + EXPECTED_AFTER_JUMP] = -1;
    numbers[at + RECEIVED] = 1;
  }

  /** Packets counted since the source began (anew). */
  get received(): number {
    return this.#numbers[this.#at + RECEIVED]!;
  }

  /** MIN_SEQUENTIAL packets in a row were seen. */
  get valid(): boolean {
    return this.#numbers[this.#at + PROBATION] === 0;
  }

  /** The highest sequence number with the count of cycles in its upper 16 bits (RFC 3550 6.4.1). */
  get extendedHighest(): number {
    return (this.#numbers[this.#at + CYCLES]! + this.#numbers[this.#at + HIGHEST]!) >>> 0;
  }

  /** Packets that should have come since the source began (anew). */
  get expected(): number {
    const numbers = this.#numbers;
    const at = this.#at;
    return this.valid ? numbers[at + CYCLES]! + numbers[at + HIGHEST]! - numbers[at + BASE]! + 1 : 0;
  }

  /** Packets counted over all restarts. */
  get totalReceived(): number {
    return this.#numbers[this.#at + RECEIVED_BEFORE]! + this.received;
  }

  /** Expected less received over all restarts; below zero when duplicates outweigh losses (RFC 3550 6.4.1). */
  get totalLost(): number {
    return this.#numbers[this.#at + LOST_BEFORE]! + this.expected - this.received;
  }
}
