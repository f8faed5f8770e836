/**
 * Carries packets of one stream into another (RFC 3550 7.1, translator): SSRC and payload type are replaced, sequence
 * numbers and timestamps shifted. Losses and packets out of order stay as they were, so that the receiver sees the network
 * as it is; where the source begins anew or another takes over, the numbers go on without a jump.
 */
import { type RtpPacket, writeRtpHeader } from './packet.ts';
import type { RtpSender } from './rtp-sender.ts';
import { sequenceDistance, timestampDistance } from './serial.ts';

/** As in RFC 3550 A.1: farther than these, a sequence number is a restart and not the network. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** Timestamps that leave the clock by more than this (1 s at 8000 Hz) are a restart of the source's time line. */
const MAX_TIMESTAMP_ERROR = 8000;
const UNITS_PER_MILLISECOND = 8;

interface Join {
  readonly ssrc: number;
  /** First sequence number forwarded since the streams were joined; older packets have no place. */
  base: number;
  highest: number;
  sequenceShift: number;
  readonly timestampShift: number;
  /** A timestamp and when it came: what later ones are measured against. */
  anchor: number;
  anchorAt: number;
}

export class RtpForwarder {
  readonly #sender: RtpSender;
  #join: Join | undefined = undefined;

  constructor(sender: RtpSender) {
    this.#sender = sender;
  }

  /** Something else was sent since the last packet, or another source comes: the next packet joins anew. */
  reset(): void {
    this.#join = undefined;
  }

  /**
   * Writes the header that a packet of audio has in the outgoing stream to `into`, which may be the packet's own bytes.
   *
   * @param offset of the header: the payload is expected RTP_HEADER_LENGTH octets behind it
   * @returns false when the packet is older than the join and must not be sent
   */
  forward(packet: RtpPacket, payloadType: number, into: Uint8Array, offset: number, now: number): boolean {
    let join = this.#join;
    let begins = false;
    if (join === undefined || isElsewhere(join, packet) || isRestart(join, packet, now)) {
      join = this.#joinAt(packet, now);
      begins = true;
    } else if (sequenceDistance(packet.sequence, join.base) < 0) {
      return false;
    }
    join.anchor = packet.timestamp;
    join.anchorAt = now;
    const { sequence, timestamp } = numbers(join, packet);
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
    const join = this.#join;
    if (join === undefined || isElsewhere(join, packet) || sequenceDistance(packet.sequence, join.base) < 0) {
      return undefined;
    }
    return numbers(join, packet);
  }

  /** A packet of the source that is not forwarded: those behind it close up, so that no loss is seen. */
  skip(packet: RtpPacket): void {
    const join = this.#join;
    if (join === undefined || packet.ssrc !== join.ssrc) return;
    if (packet.sequence !== ((join.highest + 1) & 0xffff)) return;
    join.highest = packet.sequence;
    join.base = (packet.sequence + 1) & 0xffff;
    join.sequenceShift--;
  }

  #joinAt(packet: RtpPacket, now: number): Join {
    this.#join = {
      ssrc: packet.ssrc,
      base: packet.sequence,
      highest: packet.sequence,
      sequenceShift: this.#sender.nextSequence - packet.sequence,
      timestampShift: this.#sender.timestampAt(now) - packet.timestamp,
      anchor: packet.timestamp,
      anchorAt: now,
    };
    return this.#join;
  }
}

/** Another source, or sequence numbers that began anew. */
function isElsewhere(join: Join, packet: RtpPacket): boolean {
  if (packet.ssrc !== join.ssrc) return true;
  const ahead = sequenceDistance(packet.sequence, join.highest);
  return ahead >= MAX_DROPOUT || ahead <= -MAX_MISORDER;
}

/** Timestamps that went another way than the clock. */
function isRestart(join: Join, packet: RtpPacket, now: number): boolean {
  const elapsed = Math.round((now - join.anchorAt) * UNITS_PER_MILLISECOND);
  return Math.abs(timestampDistance(packet.timestamp, join.anchor) - elapsed) > MAX_TIMESTAMP_ERROR;
}

function numbers(join: Join, packet: RtpPacket): { readonly sequence: number; readonly timestamp: number } {
  if (sequenceDistance(packet.sequence, join.highest) > 0) join.highest = packet.sequence;
  return {
    sequence: (packet.sequence + join.sequenceShift) & 0xffff,
    timestamp: (packet.timestamp + join.timestampShift) >>> 0,
  };
}
