/** The receiving side of a stream: which packets belong to it, and what they say. */
import { parseInto, RtpPacket } from '../../rtp/packet.ts';
import { SourceLatch } from '../../rtp/source-latch.ts';
import { ReceptionStatistics } from '../../rtp/statistics.ts';
import { type Key, TelephoneEventReceiver } from '../../rtp/telephone-event.ts';
import type { AudioPayload } from '../../sdp/audio-formats.ts';
import type { LegRow } from './leg-row.ts';
import type { StreamAudio } from './protocol.ts';

const CLOCK_RATE = 8000;

/** A packet of the far end. There is one for all streams of a thread: valid until the next is received. */
export interface IncomingPacket {
  packet: RtpPacket;
  payload: AudioPayload;
  /** The key that this packet is the first to tell of. */
  key: Key | undefined;
}

const INCOMING: IncomingPacket = { packet: new RtpPacket(), payload: 'PCMA', key: undefined };

/** Of its row, when the first and the last packet came; NaN before there was one. */
const FIRST_AT = 0;
const LAST_AT = 1;

export class IncomingAudio {
  readonly latch: SourceLatch;
  readonly statistics: ReceptionStatistics;
  readonly #numbers: Float64Array;
  readonly #at: number;
  #configured = false;
  /** The payload type heard last, and what it means. */
  #payloadType = -1;
  #payload: AudioPayload | undefined = undefined;
  readonly #payloads: (AudioPayload | undefined)[] = Array.from({ length: 128 });
  readonly #events = new TelephoneEventReceiver();
  malformed = 0;
  unknownPayload = 0;
  unconfigured = 0;

  constructor(row: LegRow) {
    this.latch = new SourceLatch(undefined, row.latch);
    this.statistics = new ReceptionStatistics(CLOCK_RATE, row.reception);
    this.#numbers = row.incoming.numbers;
    this.#at = row.incoming.at;
    this.#numbers[this.#at + FIRST_AT] = Number.NaN;
    this.#numbers[this.#at + LAST_AT] = Number.NaN;
  }

  get firstAt(): number | undefined {
    return this.#known(FIRST_AT);
  }

  get lastAt(): number | undefined {
    return this.#known(LAST_AT);
  }

  #known(which: number): number | undefined {
    const at = this.#numbers[this.#at + which]!;
    return Number.isNaN(at) ? undefined : at;
  }

  configure(audio: StreamAudio, now: number): void {
    this.#configured = true;
    this.#payloadType = -1;
    this.#payloads.fill(undefined);
    for (const [payloadType, payload] of audio.receivePayloadTypes) this.#payloads[payloadType] = payload;
    // The number is the receiver's to choose (RFC 3264 5.1), and some senders of keys use their own nevertheless.
    const theirs = audio.telephoneEvent?.send;
    if (theirs !== undefined) this.#payloads[theirs] ??= 'telephone-event';
    if (audio.remote !== undefined) this.latch.expect(audio.remote, now);
  }

  /** Reads what `receive` will need, so that it is at hand soon. @returns what it read, of no meaning */
  approach(): number {
    const { latch, statistics } = this;
    const row = this.#numbers[this.#at]! + statistics.packets + statistics.expected;
    return row + this.#payloadType + (latch.destination?.port ?? 0);
  }

  /** @returns undefined, with a counter raised, for bytes that are no part of the stream. Never throws. */
  receive(bytes: Uint8Array, host: string, port: number, now: number): IncomingPacket | undefined {
    const { packet } = INCOMING;
    if (parseInto(packet, bytes) !== undefined) {
      this.malformed++;
      return undefined;
    }
    if (!this.#configured) {
      this.unconfigured++;
      return undefined;
    }
    if (packet.payloadType !== this.#payloadType) {
      this.#payloadType = packet.payloadType;
      this.#payload = this.#payloads[packet.payloadType];
    }
    const payload = this.#payload;
    if (payload === undefined) {
      this.unknownPayload++;
      return undefined;
    }
    // Last, so that only a packet that could be the far end's has a say in where it is.
    if (this.latch.receive(host, port, now) === 'stranger') return undefined;
    const numbers = this.#numbers;
    const at = this.#at;
    if (Number.isNaN(numbers[at + FIRST_AT])) numbers[at + FIRST_AT] = now;
    numbers[at + LAST_AT] = now;
    const isEvent = payload === 'telephone-event';
    this.statistics.receive(packet, !isEvent, now);
    INCOMING.payload = payload;
    INCOMING.key = isEvent
      ? this.#events.receive(packet.timestamp, packet.payload, now, packet.marker)
      : undefined;
    return INCOMING;
  }
}
