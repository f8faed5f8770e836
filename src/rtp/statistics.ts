/**
 * What a receiver knows about a stream: losses (RFC 3550 A.3) and interarrival jitter (A.8), for reports and call records.
 */
import { loneRow, partOf, type Row } from './row.ts';
import { SEQUENCE_NUMBERS, SequenceTracker } from './sequence.ts';
import { timestampDistance } from './serial.ts';

/** The part of a report block that the receiver counts itself (RFC 3550 6.4.1). */
export interface Reception {
  readonly ssrc: number;
  /** Losses since the last report in 1/256, 0-255. */
  readonly fractionLost: number;
  /** -8388608 to 8388607. */
  readonly cumulativeLost: number;
  readonly extendedHighestSequence: number;
  /** In timestamp units. */
  readonly jitter: number;
}

/** Behind the fastest packets by more than this many milliseconds, a packet comes too late for most listeners' buffers. */
const LATE = 100;
/** Packets after which the fastest is taken to be slower by one timestamp unit: clocks apart by 125 ppm do not count. */
const FASTEST_AGES = 50;

/** Numbers of a row: its own, and those of its sequence tracker. */
export const RECEPTION_NUMBERS = 16 + SEQUENCE_NUMBERS;
/** Every packet accepted, in probation or not. */
const PACKETS = 0;
const PAYLOAD_OCTETS = 1;
/** Of the source heard last; -1 before the first packet. */
const SSRC = 2;
const JITTER = 3;
/** NaN: not known yet. */
const TRANSIT = 4;
/** The shortest transit of late, against which lateness is measured; NaN: not known yet. */
const FASTEST = 5;
const SINCE_AGED = 6;
const LATE_PACKETS = 7;
const SOURCE_CHANGES = 8;
const EXPECTED_PRIOR = 9;
const RECEIVED_PRIOR = 10;
const LOST_BEFORE = 11;
const OWN_NUMBERS = 16;

/** One stream's reception. The stream's source may change; totals go on, reports are of the current source. */
export class ReceptionStatistics {
  readonly #clockRate: number;
  readonly #numbers: Float64Array;
  readonly #at: number;
  readonly #sequence: SequenceTracker;

  /** @param clockRate of the RTP timestamps in Hz: 8000 for G.711 and its telephone-events */
  constructor(clockRate: number, row: Row = loneRow(RECEPTION_NUMBERS)) {
    this.#clockRate = clockRate;
    this.#numbers = row.numbers;
    this.#at = row.at;
    row.numbers.fill(0, row.at, row.at + OWN_NUMBERS);
    this.#sequence = new SequenceTracker(0, partOf(row, OWN_NUMBERS));
    row.numbers[row.at + SSRC] = -1;
    this.#beginTimeLine();
  }

  /** Every packet accepted, in probation or not. */
  get packets(): number {
    return this.#numbers[this.#at + PACKETS]!;
  }

  /** Packets that the source heard last should have sent by now. */
  get expected(): number {
    return this.#sequence.expected;
  }

  get payloadOctets(): number {
    return this.#numbers[this.#at + PAYLOAD_OCTETS]!;
  }

  /** How often another SSRC took the stream over. */
  get sourceChanges(): number {
    return this.#numbers[this.#at + SOURCE_CHANGES]!;
  }

  /** Packets that arrived, but 100 ms or more behind the fastest ones. */
  get late(): number {
    return this.#numbers[this.#at + LATE_PACKETS]!;
  }

  /**
   * @param timed false for packets whose timestamp is not their sampling instant, as in telephone-events, all packets of
   *   which carry the start of the event (RFC 4733 2.2): they say nothing about jitter
   * @param now arrival in milliseconds, of any steady clock
   */
  receive(
    packet: {
      readonly ssrc: number;
      readonly sequence: number;
      readonly timestamp: number;
      readonly payloadLength: number;
    },
    timed: boolean,
    now: number,
  ): void {
    const numbers = this.#numbers;
    const at = this.#at;
    if (packet.ssrc !== numbers[at + SSRC]) this.#follow(packet.ssrc, packet.sequence);
    numbers[at + PACKETS]!++;
    numbers[at + PAYLOAD_OCTETS]! += packet.payloadLength;
    const verdict = this.#sequence.update(packet.sequence);
    if (verdict === 'restarted') this.#forgetReports();
    if (verdict === 'restarted' || verdict === 'jumped') this.#beginTimeLine();
    if (timed) this.#measure(packet.timestamp, now);
  }

  #follow(ssrc: number, sequence: number): void {
    const numbers = this.#numbers;
    const at = this.#at;
    if (numbers[at + SSRC] !== -1) {
      numbers[at + SOURCE_CHANGES]!++;
      numbers[at + LOST_BEFORE]! += Math.max(0, this.#sequence.totalLost);
    }
    numbers[at + SSRC] = ssrc;
    numbers[at + JITTER] = 0;
    this.#sequence.follow(sequence);
    this.#beginTimeLine();
    this.#forgetReports();
  }

  #beginTimeLine(): void {
    this.#numbers[this.#at + TRANSIT] = Number.NaN;
    this.#numbers[this.#at + FASTEST] = Number.NaN;
  }

  #forgetReports(): void {
    this.#numbers[this.#at + EXPECTED_PRIOR] = 0;
    this.#numbers[this.#at + RECEIVED_PRIOR] = 0;
  }

  #measure(timestamp: number, now: number): void {
    const numbers = this.#numbers;
    const at = this.#at;
    // Arrival in timestamp units, modulo 2^32 like the timestamp: only differences matter (RFC 3550 A.8).
    const arrival = Math.round((now * this.#clockRate) / 1000);
    const transit = timestampDistance(arrival, timestamp);
    const before = numbers[at + TRANSIT]!;
    if (!Number.isNaN(before)) {
      const change = Math.abs(timestampDistance(transit, before));
      // A step of more than a second is a new time line (a file that starts over), not the network.
      if (change < this.#clockRate) numbers[at + JITTER]! += (change - numbers[at + JITTER]!) / 16;
      else numbers[at + FASTEST] = Number.NaN;
    }
    numbers[at + TRANSIT] = transit;
    this.#judgeLateness(transit);
  }

  #judgeLateness(transit: number): void {
    const numbers = this.#numbers;
    const at = this.#at;
    const fastest = numbers[at + FASTEST]!;
    if (Number.isNaN(fastest) || timestampDistance(transit, fastest) < 0) {
      numbers[at + FASTEST] = transit;
      return;
    }
    if (timestampDistance(transit, fastest) * 1000 >= LATE * this.#clockRate) numbers[at + LATE_PACKETS]!++;
    if (++numbers[at + SINCE_AGED]! < FASTEST_AGES) return;
    numbers[at + SINCE_AGED] = 0;
    numbers[at + FASTEST] = (fastest + 1) | 0;
  }

  /** The SSRC heard last; undefined before the first packet. */
  get ssrc(): number | undefined {
    const ssrc = this.#numbers[this.#at + SSRC]!;
    return ssrc === -1 ? undefined : ssrc;
  }

  /** Packets lost over all sources, never below zero. */
  get lost(): number {
    return this.#numbers[this.#at + LOST_BEFORE]! + Math.max(0, this.#sequence.totalLost);
  }

  /** Interarrival jitter in milliseconds. */
  get jitter(): number {
    return (this.#numbers[this.#at + JITTER]! * 1000) / this.#clockRate;
  }

  /**
   * The reception since the last call, for a report block.
   *
   * @returns undefined while no source has passed its probation
   */
  takeReception(): Reception | undefined {
    const { ssrc } = this;
    if (ssrc === undefined || !this.#sequence.valid) return undefined;
    const numbers = this.#numbers;
    const at = this.#at;
    const expected = this.#sequence.expected - numbers[at + EXPECTED_PRIOR]!;
    const received = this.#sequence.received - numbers[at + RECEIVED_PRIOR]!;
    numbers[at + EXPECTED_PRIOR] = this.#sequence.expected;
    numbers[at + RECEIVED_PRIOR] = this.#sequence.received;
    const lost = expected - received;
    return {
      ssrc,
      fractionLost: expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected)),
      cumulativeLost: Math.max(-0x80_0000, Math.min(0x7f_ffff, this.#sequence.totalLost)),
      extendedHighestSequence: this.#sequence.extendedHighest,
      jitter: Math.floor(numbers[at + JITTER]!),
    };
  }
}
