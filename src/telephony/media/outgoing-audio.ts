/**
 * The sending side of a stream. The far end hears exactly one thing: silence, a prompt, or another stream. Another stream
 * is relayed packet by packet as long as its packets are what the far end was promised; else it goes through a jitter
 * buffer, is transcoded, and leaves in packets of the promised length on the clock.
 */
import { g711Silence, transcodeG711 } from '../../audio/g711.ts';
import { JitterBuffer } from '../../rtp/jitter-buffer.ts';
import { RTP_HEADER_LENGTH, type RtpPacket, writeRtpHeader } from '../../rtp/packet.ts';
import { RtpForwarder } from '../../rtp/rtp-forwarder.ts';
import type { RtpSender } from '../../rtp/rtp-sender.ts';
import type { SourceLatch } from '../../rtp/source-latch.ts';
import type { AudioCodec } from '../../sdp/audio-formats.ts';
import type { DatagramPort, Frame } from './datagram-port.ts';
import type { LegRow } from './leg-row.ts';
import { LONGEST_CATCH_UP } from './media-clock.ts';
import { PromptReader, type Prompt } from './prompt.ts';
import type { PlaybackEnd, StreamAudio } from './protocol.ts';

const SAMPLES_PER_MILLISECOND = 8;
/** Packets of another length than promised, in a row, after which a relayed source is re-packetised. */
const MISFITS = 3;
/** Milliseconds without a packet after which silence takes the place of a relayed source. */
const QUIET = 200;
/** Milliseconds behind a packet of a telephone-event in which a gap in the audio is the event itself. */
const EVENT_GAP = 100;
/** A telephone-event with as much redundancy as RFC 2833 senders add. */
const LONGEST_EVENT = 64;
/** A quarter of a second of G.711; RFC 3551 4.2 wants 200 ms to be received. */
const LONGEST_PAYLOAD = 2048;
/** Of a packet on its way into a jitter buffer, which copies it. */
const TRANSCODED = new Uint8Array(LONGEST_PAYLOAD);

type Source =
  | { readonly kind: 'silence' }
  | { readonly kind: 'prompt'; readonly playback: number; readonly reader: PromptReader }
  | { readonly kind: 'relay'; misfits: number }
  | { readonly kind: 'buffered'; readonly buffer: JitterBuffer };

const SILENCE: Source = { kind: 'silence' };

/** Of its row: when the next frame is due, NaN before the first; and when the last packet was relayed. */
const NEXT_FRAME = 0;
const RELAYED_AT = 1;

export class OutgoingAudio {
  readonly #numbers: Float64Array;
  readonly #at: number;
  #source: Source = SILENCE;
  #audio: StreamAudio | undefined = undefined;
  #sends = false;
  readonly #sender: RtpSender;
  readonly #port: DatagramPort;
  readonly #latch: SourceLatch;
  readonly #forwarder: RtpForwarder;
  readonly #finished: (playback: number, how: PlaybackEnd) => void;
  /** The telephone-event under way: its beginning on the time line it came from and on ours, and its last packet. */
  readonly #event = { ssrc: 0, from: 0, to: 0, lastAt: -Infinity };

  /** @param options.latch tells where the far end is now; asked for each packet, because it may move */
  constructor(options: {
    sender: RtpSender;
    port: DatagramPort;
    latch: SourceLatch;
    row: LegRow;
    finished: (playback: number, how: PlaybackEnd) => void;
  }) {
    const { sender, row } = options;
    this.#sender = sender;
    this.#forwarder = new RtpForwarder(sender, row.forwarder);
    this.#port = options.port;
    this.#latch = options.latch;
    this.#finished = options.finished;
    this.#numbers = row.outgoing.numbers;
    this.#at = row.outgoing.at;
    this.#numbers[this.#at + NEXT_FRAME] = Number.NaN;
    this.#numbers[this.#at + RELAYED_AT] = -Infinity;
  }

  get playout(): JitterBuffer['counters'] | undefined {
    return this.#source.kind === 'buffered' ? this.#source.buffer.counters : undefined;
  }

  /** A direction that forbids sending takes effect at once; a prompt goes on unheard (RFC 3264 8.4). */
  configure(audio: StreamAudio): void {
    const before = this.#audio;
    this.#audio = audio;
    const sends = audio.direction === 'sendrecv' || audio.direction === 'sendonly';
    if (sends && !this.#sends) this.#sender.beginTalkspurt();
    this.#sends = sends;
    const changes = before?.codec !== audio.codec || before.ptime !== audio.ptime;
    if (changes && this.#source.kind === 'buffered') this.hear();
  }

  play(playback: number, prompt: Prompt, loop: boolean): void {
    this.#replace({ kind: 'prompt', playback, reader: new PromptReader(prompt, loop) });
  }

  /** Ends the playback of that number; another one goes on. */
  stop(playback: number): void {
    if (this.#source.kind === 'prompt' && this.#source.playback === playback) this.#replace(SILENCE);
  }

  hearNothing(): void {
    this.#replace(SILENCE);
  }

  /** What `relayAudio` and `relayEvent` bring is heard from now on. */
  hear(): void {
    this.#numbers[this.#at + RELAYED_AT] = -Infinity;
    this.#replace({ kind: 'relay', misfits: 0 });
  }

  #replace(source: Source): void {
    const before = this.#source;
    this.#source = source;
    this.#forwarder.reset();
    this.#sender.beginTalkspurt();
    if (before.kind === 'prompt') this.#finished(before.playback, 'stopped');
  }

  /** Reads what `tick` will need, so that it is at hand soon. @returns what it read, of no meaning */
  approach(): number {
    const source = this.#source;
    if (source.kind === 'relay') return this.#numbers[this.#at + RELAYED_AT]!;
    const audio = this.#audio;
    const read = source.kind === 'prompt' ? source.reader.approach() : 0;
    const row = this.#numbers[this.#at]! + this.#sender.packets + this.#port.approach();
    return read + row + (audio?.ptime ?? 0) + (this.#latch.destination?.port ?? 0);
  }

  /** The same for `relayAudio`. */
  approachRelaying(): number {
    const row = this.#numbers[this.#at]! + this.#sender.packets + this.#forwarder.approach();
    return row + this.#port.approach() + (this.#latch.destination?.port ?? 0);
  }

  /**
   * Sends what is due on the clock.
   *
   * @param due milliseconds, whole
   * @returns whether a packet was sent
   */
  tick(due: number): boolean {
    const audio = this.#audio;
    if (audio === undefined) return false;
    let next = this.#numbers[this.#at + NEXT_FRAME]!;
    if (Number.isNaN(next) || due - next > LONGEST_CATCH_UP) next = due;
    let sent = false;
    // While another stream is relayed, as nearly always, nothing leaves on the clock.
    const isRelayed = this.#source.kind === 'relay' && due - this.#numbers[this.#at + RELAYED_AT]! < QUIET;
    if (isRelayed) while (next <= due) next += audio.ptime;
    for (; next <= due; next += audio.ptime) sent = this.#sendFrame(audio, next) || sent;
    this.#numbers[this.#at + NEXT_FRAME] = next;
    return sent;
  }

  #sendFrame(audio: StreamAudio, due: number): boolean {
    const samples = audio.ptime * SAMPLES_PER_MILLISECOND;
    const frame = this.#port.frame(RTP_HEADER_LENGTH + samples);
    this.#endPrompt();
    const filled = this.#fill(frame, audio.codec, due);
    const destination = this.#sends ? this.#latch.destination : undefined;
    if (!filled || destination === undefined) return false;
    const { octets } = frame;
    this.#sender.stamp(octets, 0, audio.payloadType, samples, due);
    this.#port.send(octets, 0, octets.length, destination.port, destination.host);
    return true;
  }

  /** A prompt is over when its last frame has had its time, not when it was sent: else a hang-up would cut it off. */
  #endPrompt(): void {
    const source = this.#source;
    if (source.kind !== 'prompt' || !source.reader.done) return;
    this.#source = SILENCE;
    this.#finished(source.playback, 'completed');
  }

  /** @returns false when nothing is to be sent on the clock now */
  #fill(frame: Frame, codec: AudioCodec, due: number): boolean {
    const source = this.#source;
    switch (source.kind) {
      case 'prompt':
        source.reader.read(codec, frame, RTP_HEADER_LENGTH, g711Silence[codec]);
        return true;
      case 'buffered':
        // A telephone-event stands in the place of audio (RFC 4733 2.1): no silence beside it.
        return (
          source.buffer.take(frame.octets.subarray(RTP_HEADER_LENGTH), due) === 'audio' ||
          due - this.#event.lastAt > EVENT_GAP
        );
      case 'relay':
        if (due - this.#numbers[this.#at + RELAYED_AT]! < QUIET) return false;
        this.#forwarder.reset();
        break;
      case 'silence':
        break;
    }
    frame.octets.fill(g711Silence[codec], RTP_HEADER_LENGTH);
    return true;
  }

  /** Takes a packet of audio from the stream that is heard. Its bytes are overwritten when it is relayed. */
  relayAudio(packet: RtpPacket, codec: AudioCodec, now: number): void {
    const audio = this.#audio;
    if (audio === undefined || !this.#sends) return;
    if (packet.payloadLength === 0 || packet.payloadLength > LONGEST_PAYLOAD) return;
    if (this.#source.kind === 'relay' && this.#mustBuffer(this.#source, packet, codec, audio)) {
      this.#source = { kind: 'buffered', buffer: new JitterBuffer({ silence: g711Silence[audio.codec] }) };
    }
    const source = this.#source;
    if (source.kind === 'buffered') {
      source.buffer.put(packet, transcodeG711(codec, audio.codec, packet.payload, TRANSCODED), now);
    } else if (source.kind === 'relay') {
      this.#numbers[this.#at + RELAYED_AT] = now;
      this.#forward(packet, audio.payloadType, now);
    }
  }

  #forward(packet: RtpPacket, payloadType: number, now: number): void {
    const destination = this.#latch.destination;
    if (destination === undefined) return;
    // The new header stands right before the payload: contributors and extensions of the old one are left out.
    const start = packet.payloadStart - RTP_HEADER_LENGTH;
    if (!this.#forwarder.forward(packet, payloadType, packet.bytes, start, now)) return;
    this.#port.send(packet.bytes, start, packet.payloadEnd - start, destination.port, destination.host);
  }

  #mustBuffer(
    source: Extract<Source, { kind: 'relay' }>,
    packet: RtpPacket,
    codec: AudioCodec,
    audio: StreamAudio,
  ): boolean {
    if (codec !== audio.codec) return true;
    // One packet of another length (the end of a file) is no reason to delay a whole call.
    source.misfits = packet.payloadLength === audio.ptime * SAMPLES_PER_MILLISECOND ? 0 : source.misfits + 1;
    return source.misfits >= MISFITS;
  }

  /** Takes a packet of a telephone-event from the stream that is heard, unless the far end knows none. */
  relayEvent(packet: RtpPacket, now: number): void {
    const payloadType = this.#audio?.telephoneEvent?.send;
    if (payloadType === undefined || !this.#sends || packet.payloadLength > LONGEST_EVENT) {
      this.#forwarder.skip(packet);
      return;
    }
    const source = this.#source;
    const destination = this.#latch.destination;
    if (destination === undefined || (source.kind !== 'relay' && source.kind !== 'buffered')) return;
    const place = source.kind === 'relay' ? this.#forwarder.place(packet) : undefined;
    const timestamp = this.#eventTimestamp(packet, place?.timestamp ?? this.#sender.timestampAt(now));
    const sequence = place?.sequence ?? this.#sender.nextSequence;
    if (place === undefined) this.#forwarder.reset();
    if (source.kind === 'relay') this.#numbers[this.#at + RELAYED_AT] = now;
    this.#event.lastAt = now;
    const start = packet.payloadStart - RTP_HEADER_LENGTH;
    writeRtpHeader(packet.bytes, start, payloadType, packet.marker, sequence, timestamp, this.#sender.ssrc);
    this.#sender.sent(sequence, timestamp, 0, packet.payloadLength, now);
    this.#port.send(packet.bytes, start, packet.payloadEnd - start, destination.port, destination.host);
  }

  /** The timestamp that the first packet of the event went out with: all others carry it too (RFC 4733 2.2). */
  #eventTimestamp(packet: RtpPacket, ifNew: number): number {
    const event = this.#event;
    if (event.lastAt === -Infinity || event.from !== packet.timestamp || event.ssrc !== packet.ssrc) {
      event.ssrc = packet.ssrc;
      event.from = packet.timestamp;
      event.to = ifNew;
    }
    return event.to;
  }

  /** The stream ends; a prompt under way was not heard to its end. */
  close(): void {
    this.#replace(SILENCE);
  }
}
