/** The receiving side of a stream: which packets belong to it, and what they say. */
import { type RtpPacket, RtpReader } from '../../rtp/packet.ts';
import { SourceLatch } from '../../rtp/source-latch.ts';
import { ReceptionStatistics } from '../../rtp/statistics.ts';
import { type Key, TelephoneEventReceiver } from '../../rtp/telephone-event.ts';
import type { AudioPayload } from '../../sdp/audio-formats.ts';
import type { StreamAudio } from './protocol.ts';

const CLOCK_RATE = 8000;

/** A packet of the far end. Reused: valid until the next is received. */
export interface IncomingPacket {
  packet: RtpPacket;
  payload: AudioPayload;
  /** The key that this packet is the first to tell of. */
  key: Key | undefined;
}

export class IncomingAudio {
  readonly statistics = new ReceptionStatistics(CLOCK_RATE);
  readonly latch = new SourceLatch();
  unknownPayload = 0;
  unconfigured = 0;
  firstAt: number | undefined = undefined;
  lastAt: number | undefined = undefined;
  readonly #reader = new RtpReader();
  readonly #events = new TelephoneEventReceiver();
  readonly #payloads: (AudioPayload | undefined)[] = Array.from({ length: 128 });
  #configured = false;
  #incoming: IncomingPacket | undefined = undefined;

  configure(audio: StreamAudio, now: number): void {
    this.#configured = true;
    this.#payloads.fill(undefined);
    for (const [payloadType, payload] of audio.receivePayloadTypes) this.#payloads[payloadType] = payload;
    // The number is the receiver's to choose (RFC 3264 5.1), and some senders of keys use their own nevertheless.
    const theirs = audio.telephoneEvent?.send;
    if (theirs !== undefined) this.#payloads[theirs] ??= 'telephone-event';
    if (audio.remote !== undefined) this.latch.expect(audio.remote, now);
  }

  get malformed(): number {
    return Object.values(this.#reader.refused).reduce((sum, count) => sum + count, 0);
  }

  /** @returns undefined, with a counter raised, for bytes that are no part of the stream. Never throws. */
  receive(bytes: Uint8Array, host: string, port: number, now: number): IncomingPacket | undefined {
    const packet = this.#reader.read(bytes);
    if (packet === undefined) return undefined;
    if (!this.#configured) {
      this.unconfigured++;
      return undefined;
    }
    const payload = this.#payloads[packet.payloadType];
    if (payload === undefined) {
      this.unknownPayload++;
      return undefined;
    }
    // Last, so that only a packet that could be the far end's has a say in where it is.
    if (this.latch.receive(host, port, now) === 'stranger') return undefined;
    this.firstAt ??= now;
    this.lastAt = now;
    const isEvent = payload === 'telephone-event';
    this.statistics.receive(packet, !isEvent, now);
    const incoming = (this.#incoming ??= { packet, payload, key: undefined });
    incoming.payload = payload;
    incoming.key = isEvent
      ? this.#events.receive(packet.timestamp, packet.payload, now, packet.marker)
      : undefined;
    return incoming;
  }
}
