/**
 * Carries packets of one stream into another (RFC 3550 7.1, translator): SSRC and payload type are replaced, sequence
 * numbers and timestamps shifted. Losses and packets out of order stay as they were, so that the receiver sees the network
 * as it is; where the source begins anew or another takes over, the numbers go on without a jump.
 */
import { type RtpPacket, writeRtpHeader } from './packet.ts';
import { loneRow, type Row } from './row.ts';
import type { RtpSender } from './rtp-sender.ts';
import { sequenceDistance, timestampDistance } from './serial.ts';

/** As in RFC 3550 A.1: farther than these, a sequence number is a restart and not the network. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** Timestamps that leave the clock by more than this (1 s at 8000 Hz) are a restart of the source's time line. */
const MAX_TIMESTAMP_ERROR = 8000;
const UNITS_PER_MILLISECOND = 8;

/** Numbers of a forwarder's row. */
export const RTP_FORWARDER_NUMBERS = 8;
/** Of the source that is joined; -1 while none is. */
const SSRC = 0;
/** First sequence number forwarded since the streams were joined; older packets have no place. */
const BASE = 1;
const HIGHEST = 2;
const SEQUENCE_SHIFT = 3;
const TIMESTAMP_SHIFT = 4;
/** A timestamp and when it came: what later ones are measured against. */
const ANCHOR = 5;
const ANCHOR_AT = 6;

export class RtpForwarder {
  readonly #sender: RtpSender;
  readonly #numbers: Float64Array;
  readonly #at: number;

  constructor(sender: RtpSender, { numbers, at }: Row = loneRow(RTP_FORWARDER_NUMBERS)) {
    this.#sender = sender;
    this.#numbers = numbers;
    this.#at = at;
    this.reset();
  }

  /** Reads what `forward` will need, so that it is at hand soon. @returns what it read, of no meaning */
  approach(): number {
    return this.#numbers[this.#at]! + this.#numbers[this.#at + ANCHOR_AT]!;
  }

  /** Something else was sent since the last packet, or another source comes: the next packet joins anew. */
  reset(): void {
    this.#numbers[this.#at + SSRC] = -1;
  }

  /**
   * Writes the header that a packet of audio has in the outgoing stream to `into`, which may be the packet's own bytes.
   *
   * @param offset of the header: the payload is expected RTP_HEADER_LENGTH octets behind it
   * @returns false when the packet is older than the join and must not be sent
   */
  forward(packet: RtpPacket, payloadType: number, into: Uint8Array, offset: number, now: number): boolean {
    const numbers = this.#numbers;
    const at = this.#at;
    let begins = false;
    if (this.#isElsewhere(packet) || this.#isRestart(packet, now)) {
      this.#joinAt(packet, now);
      begins = true;
    } else if (sequenceDistance(packet.sequence, numbers[at + BASE]!) < 0) {
      return false;
    }
    numbers[at + ANCHOR] = packet.timestamp;
    numbers[at + ANCHOR_AT] = now;
    const sequence = this.#sequenceOf(packet);
    const timestamp = this.#timestampOf(packet);
    writeRtpHeader(
      into,
      offset,
      payloadType,
      packet.marker || begins,
      sequence,
      timestamp,
      this.#sender.ssrc,
    );
    this.#sender.sent(sequence, timestamp, packet.payloadLength, packet.payloadLength, now);
    return true;
  }

  /**
   * The numbers of a telephone-event that is in line with the audio before: its timestamp is the beginning of the event
   * and not its own instant (RFC 4733 2.2), so it cannot join by itself.
   *
   * @returns undefined when it is not in line: some senders give their events numbers of their own
   */
  place(packet: RtpPacket): { readonly sequence: number; readonly timestamp: number } | undefined {
    if (this.#isElsewhere(packet)) return undefined;
    if (sequenceDistance(packet.sequence, this.#numbers[this.#at + BASE]!) < 0) return undefined;
    return { sequence: this.#sequenceOf(packet), timestamp: this.#timestampOf(packet) };
  }

  /** A packet of the source that is not forwarded: those behind it close up, so that no loss is seen. */
  skip(packet: RtpPacket): void {
    const numbers = this.#numbers;
    const at = this.#at;
    if (packet.ssrc !== numbers[at + SSRC]) return;
    if (packet.sequence !== ((numbers[at + HIGHEST]! + 1) & 0xffff)) return;
    numbers[at + HIGHEST] = packet.sequence;
    numbers[at + BASE] = (packet.sequence + 1) & 0xffff;
    numbers[at + SEQUENCE_SHIFT]!--;
  }

  #joinAt(packet: RtpPacket, now: number): void {
    const numbers = this.#numbers;
    const at = this.#at;
    numbers[at + SSRC] = packet.ssrc;
    numbers[at + BASE] = packet.sequence;
    numbers[at + HIGHEST] = packet.sequence;
    numbers[at + SEQUENCE_SHIFT] = this.#sender.nextSequence - packet.sequence;
    numbers[at + TIMESTAMP_SHIFT] = this.#sender.timestampAt(now) - packet.timestamp;
    numbers[at + ANCHOR] = packet.timestamp;
    numbers[at + ANCHOR_AT] = now;
  }

  /** No source is joined, it is another, or its sequence numbers began anew. */
  #isElsewhere(packet: RtpPacket): boolean {
    if (packet.ssrc !== this.#numbers[this.#at + SSRC]) return true;
    const ahead = sequenceDistance(packet.sequence, this.#numbers[this.#at + HIGHEST]!);
    return ahead >= MAX_DROPOUT || ahead <= -MAX_MISORDER;
  }

  /** Timestamps that went another way than the clock. */
  #isRestart(packet: RtpPacket, now: number): boolean {
    const numbers = this.#numbers;
    const at = this.#at;
    const elapsed = Math.round((now - numbers[at + ANCHOR_AT]!) * UNITS_PER_MILLISECOND);
    const moved = timestampDistance(packet.timestamp, numbers[at + ANCHOR]!);
    return Math.abs(moved - elapsed) > MAX_TIMESTAMP_ERROR;
  }

  #sequenceOf(packet: RtpPacket): number {
    const numbers = this.#numbers;
    const at = this.#at;
    if (sequenceDistance(packet.sequence, numbers[at + HIGHEST]!) > 0)
      numbers[at + HIGHEST] = packet.sequence;
    return (packet.sequence + numbers[at + SEQUENCE_SHIFT]!) & 0xffff;
  }

  #timestampOf(packet: RtpPacket): number {
    return (packet.timestamp + this.#numbers[this.#at + TIMESTAMP_SHIFT]!) >>> 0;
  }
}
