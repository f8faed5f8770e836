/**
 * One outgoing RTP stream: SSRC, sequence numbers and timestamps that go on evenly whatever the audio comes from
 * (RFC 3550 5.1), and the counts for its sender reports.
 */
import { writeRtpHeader } from './packet.ts';
import { loneRow, type Row } from './row.ts';
import { sequenceDistance, timestampDistance } from './serial.ts';

/** A whole random number, 0 to 4294967295. */
export type Random32 = () => number;

const UNITS_PER_MILLISECOND = 8;

/** Numbers of a sender's row. */
export const RTP_SENDER_NUMBERS = 9;
const SEQUENCE = 0;
const TIMESTAMP = 1;
/** What the timestamp grows by until the next packet of audio: the length of the last one. */
const SPAN = 2;
/** The instant at which the media clock stood at ORIGIN; NaN before the first packet. */
const ORIGIN_AT = 3;
const ORIGIN = 4;
const SENT_AT = 5;
const PACKETS = 6;
const OCTETS = 7;
const SSRC = 8;

export class RtpSender {
  readonly #numbers: Float64Array;
  readonly #at: number;
  #begins = true;

  /** @param random for SSRC, first sequence number and first timestamp (RFC 3550 5.1, 8) */
  constructor(random: Random32, { numbers, at }: Row = loneRow(RTP_SENDER_NUMBERS)) {
    this.#numbers = numbers;
    this.#at = at;
    numbers[at + SSRC] = random() >>> 0;
    // The first sequence number is below 2^15 so that a roll-over is not met in the first packets (RFC 3711 3.3.1).
    numbers[at + SEQUENCE] = (random() & 0x7fff) - 1;
    numbers[at + ORIGIN] = random() >>> 0;
    numbers[at + TIMESTAMP] = numbers[at + ORIGIN]!;
    numbers[at + ORIGIN_AT] = Number.NaN;
    for (const zero of [SPAN, SENT_AT, PACKETS, OCTETS]) numbers[at + zero] = 0;
  }

  get ssrc(): number {
    return this.#numbers[this.#at + SSRC]!;
  }

  get packets(): number {
    return this.#numbers[this.#at + PACKETS]!;
  }

  /** Of payload, without headers and padding (RFC 3550 6.4.1). */
  get octets(): number {
    return this.#numbers[this.#at + OCTETS]!;
  }

  get nextSequence(): number {
    return (this.#numbers[this.#at + SEQUENCE]! + 1) & 0xffff;
  }

  /**
   * The timestamp of audio sampled at `at`, in line with all packets before, and never before their end.
   *
   * @param at milliseconds; for packets on a clock the instant they are due, so that being late does not show
   */
  timestampAt(at: number): number {
    const numbers = this.#numbers;
    const row = this.#at;
    const originAt = numbers[row + ORIGIN_AT]!;
    const origin = numbers[row + ORIGIN]!;
    if (Number.isNaN(originAt)) {
      numbers[row + ORIGIN_AT] = at;
      return origin;
    }
    const timestamp = (origin + Math.round((at - originAt) * UNITS_PER_MILLISECOND)) >>> 0;
    const earliest = (numbers[row + TIMESTAMP]! + numbers[row + SPAN]!) >>> 0;
    const behind = timestampDistance(earliest, timestamp);
    if (numbers[row + PACKETS] === 0 || behind <= 0) return timestamp;
    numbers[row + ORIGIN] = (origin + behind) >>> 0;
    return earliest;
  }

  /** The next packet is the first after a silence and carries the marker (RFC 3551 4.1). */
  beginTalkspurt(): void {
    this.#begins = true;
  }

  /**
   * Writes the header of the next packet of audio.
   *
   * @param samples of the payload, one octet each
   * @param due milliseconds at which the first sample is due
   */
  stamp(into: Uint8Array, offset: number, payloadType: number, samples: number, due: number): void {
    const timestamp = this.timestampAt(due);
    const sequence = this.nextSequence;
    writeRtpHeader(into, offset, payloadType, this.#begins, sequence, timestamp, this.ssrc);
    this.#begins = false;
    this.sent(sequence, timestamp, samples, samples, due);
  }

  /**
   * Takes note of a packet whose numbers the caller chose: forwarded from another stream, or an event. A packet older
   * than the last one counts and moves nothing.
   *
   * @param span how far the timestamp moves until the next packet of audio; 0 for an event
   */
  sent(sequence: number, timestamp: number, span: number, octets: number, now: number): void {
    const numbers = this.#numbers;
    const at = this.#at;
    numbers[at + PACKETS]!++;
    numbers[at + OCTETS]! += octets;
    if (sequenceDistance(sequence, numbers[at + SEQUENCE]!) <= 0) return;
    numbers[at + SEQUENCE] = sequence & 0xffff;
    numbers[at + TIMESTAMP] = timestamp >>> 0;
    numbers[at + SPAN] = span;
    numbers[at + SENT_AT] = now;
  }

  /** The instant `now` on the stream's clock, for a sender report: may lie between packets. */
  reportTimestamp(now: number): number {
    const numbers = this.#numbers;
    const since = now - numbers[this.#at + SENT_AT]!;
    return (numbers[this.#at + TIMESTAMP]! + Math.round(since * UNITS_PER_MILLISECOND)) >>> 0;
  }
}
