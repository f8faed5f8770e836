/**
 * One outgoing RTP stream: SSRC, sequence numbers and timestamps that go on evenly whatever the audio comes from
 * (RFC 3550 5.1), and the counts for its sender reports.
 */
import { writeRtpHeader } from './packet.ts';
import { sequenceDistance, timestampDistance } from './serial.ts';

/** A whole random number, 0 to 4294967295. */
export type Random32 = () => number;

const UNITS_PER_MILLISECOND = 8;

export class RtpSender {
  readonly ssrc: number;
  packets = 0;
  /** Of payload, without headers and padding (RFC 3550 6.4.1). */
  octets = 0;
  #sequence: number;
  #timestamp: number;
  /** What `#timestamp` grows by until the next packet of audio: the length of the last one. */
  #span = 0;
  /** The instant at which the media clock stood at `#origin`; undefined before the first packet. */
  #originAt: number | undefined = undefined;
  #origin: number;
  #sentAt = 0;
  #begins = true;

  /** @param random for SSRC, first sequence number and first timestamp (RFC 3550 5.1, 8) */
  constructor(random: Random32) {
    this.ssrc = random() >>> 0;
    // The first sequence number is below 2^15 so that a roll-over is not met in the first packets (RFC 3711 3.3.1).
    this.#sequence = (random() & 0x7fff) - 1;
    this.#origin = random() >>> 0;
    this.#timestamp = this.#origin;
  }

  get nextSequence(): number {
    return (this.#sequence + 1) & 0xffff;
  }

  /**
   * The timestamp of audio sampled at `at`, in line with all packets before, and never before their end.
   *
   * @param at milliseconds; for packets on a clock the instant they are due, so that being late does not show
   */
  timestampAt(at: number): number {
    if (this.#originAt === undefined) {
      this.#originAt = at;
      return this.#origin;
    }
    const timestamp = (this.#origin + Math.round((at - this.#originAt) * UNITS_PER_MILLISECOND)) >>> 0;
    const earliest = (this.#timestamp + this.#span) >>> 0;
    const behind = timestampDistance(earliest, timestamp);
    if (this.packets === 0 || behind <= 0) return timestamp;
    this.#origin = (this.#origin + behind) >>> 0;
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
    this.packets++;
    this.octets += octets;
    if (sequenceDistance(sequence, this.#sequence) <= 0) return;
    this.#sequence = sequence & 0xffff;
    this.#timestamp = timestamp >>> 0;
    this.#span = span;
    this.#sentAt = now;
  }

  /** The instant `now` on the stream's clock, for a sender report: may lie between packets. */
  reportTimestamp(now: number): number {
    return (this.#timestamp + Math.round((now - this.#sentAt) * UNITS_PER_MILLISECOND)) >>> 0;
  }
}
