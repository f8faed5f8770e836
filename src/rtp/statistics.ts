/**
 * What a receiver knows about a stream: losses (RFC 3550 A.3) and interarrival jitter (A.8), for reports and call records.
 */
import { SequenceTracker } from './sequence.ts';
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

/** One stream's reception. The stream's source may change; totals go on, reports are of the current source. */
export class ReceptionStatistics {
  /** Every packet accepted, in probation or not. */
  packets = 0;
  payloadOctets = 0;
  /** How often another SSRC took the stream over. */
  sourceChanges = 0;
  /** Packets that arrived, but 100 ms or more behind the fastest ones. */
  late = 0;
  readonly #clockRate: number;
  #ssrc: number | undefined = undefined;
  #sequence = new SequenceTracker(0);
  #jitter = 0;
  #transit: number | undefined = undefined;
  /** The shortest transit of late, against which lateness is measured. */
  #fastest: number | undefined = undefined;
  #sinceAged = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  #lostBefore = 0;

  /** @param clockRate of the RTP timestamps in Hz: 8000 for G.711 and its telephone-events */
  constructor(clockRate: number) {
    this.#clockRate = clockRate;
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
    if (packet.ssrc !== this.#ssrc) this.#follow(packet.ssrc, packet.sequence);
    this.packets++;
    this.payloadOctets += packet.payloadLength;
    const verdict = this.#sequence.update(packet.sequence);
    if (verdict === 'restarted') {
      this.#expectedPrior = 0;
      this.#receivedPrior = 0;
    }
    if (verdict === 'restarted' || verdict === 'jumped') {
      this.#transit = undefined;
      this.#fastest = undefined;
    }
    if (timed) this.#measure(packet.timestamp, now);
  }

  #follow(ssrc: number, sequence: number): void {
    if (this.#ssrc !== undefined) {
      this.sourceChanges++;
      this.#lostBefore += Math.max(0, this.#sequence.totalLost);
    }
    this.#ssrc = ssrc;
    this.#sequence = new SequenceTracker(sequence);
    this.#jitter = 0;
    this.#transit = undefined;
    this.#fastest = undefined;
    this.#expectedPrior = 0;
    this.#receivedPrior = 0;
  }

  #measure(timestamp: number, now: number): void {
    // Arrival in timestamp units, modulo 2^32 like the timestamp: only differences matter (RFC 3550 A.8).
    const arrival = Math.round((now * this.#clockRate) / 1000) % 0x1_0000_0000;
    const transit = timestampDistance(arrival, timestamp);
    if (this.#transit !== undefined) {
      const change = Math.abs(timestampDistance(transit, this.#transit));
      // A step of more than a second is a new time line (a file that starts over), not the network.
      if (change < this.#clockRate) this.#jitter += (change - this.#jitter) / 16;
      else this.#fastest = undefined;
    }
    this.#transit = transit;
    this.#judgeLateness(transit);
  }

  #judgeLateness(transit: number): void {
    const fastest = this.#fastest;
    if (fastest === undefined || timestampDistance(transit, fastest) < 0) {
      this.#fastest = transit;
      return;
    }
    if (timestampDistance(transit, fastest) * 1000 >= LATE * this.#clockRate) this.late++;
    if (++this.#sinceAged < FASTEST_AGES) return;
    this.#sinceAged = 0;
    this.#fastest = (fastest + 1) | 0;
  }

  /** The SSRC heard last; undefined before the first packet. */
  get ssrc(): number | undefined {
    return this.#ssrc;
  }

  /** Packets lost over all sources, never below zero. */
  get lost(): number {
    return this.#lostBefore + Math.max(0, this.#sequence.totalLost);
  }

  /** Interarrival jitter in milliseconds. */
  get jitter(): number {
    return (this.#jitter * 1000) / this.#clockRate;
  }

  /**
   * The reception since the last call, for a report block.
   *
   * @returns undefined while no source has passed its probation
   */
  takeReception(): Reception | undefined {
    if (this.#ssrc === undefined || !this.#sequence.valid) return undefined;
    const expected = this.#sequence.expected - this.#expectedPrior;
    const received = this.#sequence.received - this.#receivedPrior;
    this.#expectedPrior = this.#sequence.expected;
    this.#receivedPrior = this.#sequence.received;
    const lost = expected - received;
    return {
      ssrc: this.#ssrc,
      fractionLost: expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected)),
      cumulativeLost: Math.max(-0x80_0000, Math.min(0x7f_ffff, this.#sequence.totalLost)),
      extendedHighestSequence: this.#sequence.extendedHighest,
      jitter: Math.floor(this.#jitter),
    };
  }
}
