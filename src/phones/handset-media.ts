import { randomBytes } from 'node:crypto';
import { decodeG711, encodeG711, type G711Codec, g711Silence } from '../audio/g711.ts';
import { isSilent } from '../audio/level.ts';
import { JitterBuffer } from '../rtp/jitter-buffer.ts';
import { RTP_HEADER_LENGTH, RtpReader, writeRtpHeader } from '../rtp/packet.ts';
import { RtcpReader } from '../rtp/rtcp.ts';
import { RtcpSession } from '../rtp/rtcp-session.ts';
import { RtpSender } from '../rtp/rtp-sender.ts';
import { TELEPHONE_EVENT_LENGTH, writeTelephoneEvent } from '../rtp/telephone-event.ts';
import { type TelephoneEventPacket, TelephoneEventSender } from '../rtp/telephone-event-sender.ts';
import { type RemoteAddress, SourceLatch } from '../rtp/source-latch.ts';
import { ReceptionStatistics } from '../rtp/statistics.ts';
import type { AgreedAudio, LocalAudio } from '../sdp/offer-answer.ts';
import type { DatagramPort } from '../telephony/media/datagram-port.ts';
import { bindDatagramPort } from '../telephony/media/dgram-driver.ts';
import { literalAddress, resolveAddress } from '../telephony/media/remote-address.ts';
import type { CallRecorder } from './call-recorder.ts';
import { type Clock, every } from './clock.ts';
import type { LiveSpeech } from './live-speech.ts';

const SAMPLE_RATE = 8000;
const SAMPLES_PER_MILLISECOND = SAMPLE_RATE / 1000;
/** What is heard is taken from the jitter buffer in frames of so many ms. */
const HEARING_PERIOD = 20;
/** What is quieter than this counts as silence, in dBFS. */
const SILENCE = -50;

export interface HandsetMediaOptions {
  /** The address to bind, and what the far end is told. */
  readonly host: string;
  readonly clock: Clock;
  readonly recorder?: CallRecorder | undefined;
}

/**
 * The media of one call of one handset: an RTP and an RTCP socket and a sending clock of its own. It sends silence
 * until it is given something to play, and records what it hears.
 */
export class HandsetMedia {
  readonly local: LocalAudio;
  readonly #clock: Clock;
  readonly #recorder: CallRecorder | undefined;
  readonly #family: 4 | 6;
  readonly #rtp: DatagramPort;
  readonly #rtcp: DatagramPort;
  readonly #reader = new RtpReader();
  readonly #reports = new RtcpReader();
  readonly #latch = new SourceLatch();
  readonly #reception = new ReceptionStatistics(SAMPLE_RATE);
  readonly #sender = new RtpSender(random32);
  readonly #control: RtcpSession;
  #agreed: AgreedAudio | undefined;
  #controlAddress: RemoteAddress | undefined;
  #heard: { readonly codec: G711Codec; readonly buffer: JitterBuffer } | undefined;
  #playing: Int16Array = new Int16Array(1);
  #repeats = true;
  #position = 0;
  /** When something was last heard. */
  #heardAt: number | undefined;
  #keys = new TelephoneEventSender();
  #stopHearing = (): void => {};
  #stopSending = (): void => {};
  #sendingPtime = 0;
  #live: LiveSpeech | undefined;
  #onHeard = (_samples: Int16Array): void => {};

  private constructor(options: HandsetMediaOptions, rtp: DatagramPort, rtcp: DatagramPort) {
    this.#clock = options.clock;
    this.#recorder = options.recorder;
    this.#family = options.host.includes(':') ? 6 : 4;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.local = { host: options.host, port: rtp.port, rtcpPort: rtcp.port };
    this.#control = new RtcpSession({
      sender: this.#sender,
      reception: this.#reception,
      canonicalName: randomBytes(12).toString('base64url'), // RFC 7022 4.2
      random: random32,
      clockRate: SAMPLE_RATE,
    });
    rtp.onDatagram = (bytes, host, port) => this.#receive(bytes, host, port);
    rtcp.onDatagram = (bytes) => this.#receiveReport(bytes);
  }

  /**
   * Binds two free ports.
   *
   * @throws the system's error
   */
  static async open(options: HandsetMediaOptions): Promise<HandsetMedia> {
    const rtp = await bindDatagramPort(options.host, 0);
    try {
      return new HandsetMedia(options, rtp, await bindDatagramPort(options.host, 0));
    } catch (error) {
      await rtp.close();
      throw error;
    }
  }

  /** What offer and answer agreed on: sending and listening begin, or go on differently. */
  configure(agreed: AgreedAudio): void {
    const begins = this.#agreed === undefined;
    this.#agreed = agreed;
    void this.#follow(agreed);
    if (begins) {
      this.#control.start(this.#clock.now());
      this.#stopHearing = every(this.#clock, HEARING_PERIOD, () => this.#hear());
    }
    if (agreed.ptime === this.#sendingPtime) return;
    this.#stopSending();
    this.#sendingPtime = agreed.ptime;
    this.#keys = new TelephoneEventSender({ ptime: agreed.ptime });
    this.#stopSending = every(this.#clock, agreed.ptime, (due) => this.#send(due));
  }

  /** Milliseconds since the far end was last heard; undefined before it was. */
  get quietFor(): number | undefined {
    return this.#heardAt === undefined ? undefined : this.#clock.now() - this.#heardAt;
  }

  /** Sends `samples` (16 bit, 8000 Hz, at least one) over and over from now on. */
  play(samples: Int16Array): void {
    this.#live = undefined;
    this.#playing = samples;
    this.#repeats = true;
    this.#position = 0;
  }

  /** Sends `samples` once, then silence. */
  say(samples: Int16Array): void {
    this.play(samples);
    this.#repeats = false;
  }

  /** Sends what `speech` holds from now on, and gives `onHeard` what the far end says, 20 ms (160 samples) at a time. */
  talk(speech: LiveSpeech, onHeard: (samples: Int16Array) => void): void {
    this.#live = speech;
    this.#onHeard = onHeard;
  }

  /** Sends keys as telephone-events, one after another; the far end must have agreed to them. */
  press(keys: string): void {
    this.#keys.press(keys);
  }

  /**
   * Says goodbye, completes the recording and frees the ports. Call once.
   *
   * @throws the error of a recording that could not be written
   */
  async close(): Promise<void> {
    this.#stopHearing();
    this.#stopSending();
    if (this.#sender.packets > 0) this.#sendReport(this.#control.goodbye(this.#clock.now()));
    try {
      await this.#recorder?.finish();
    } finally {
      await Promise.all([this.#rtp.close(), this.#rtcp.close()]);
    }
  }

  async #follow(agreed: AgreedAudio): Promise<void> {
    const [remote, rtcp] = await Promise.all([this.#addressOf(agreed.remote), this.#addressOf(agreed.rtcp)]);
    if (this.#agreed !== agreed) return;
    if (remote !== undefined) this.#latch.expect(remote);
    this.#controlAddress = rtcp;
  }

  /** A name is looked up; an address the socket cannot send to is none. */
  async #addressOf(signalled: RemoteAddress): Promise<RemoteAddress | undefined> {
    return literalAddress(signalled, this.#family) ?? resolveAddress(signalled, this.#family);
  }

  #send(due: number): void {
    const agreed = this.#agreed;
    const to = this.#latch.destination;
    const count = this.#sendingPtime * SAMPLES_PER_MILLISECOND;
    const samples = this.#nextSamples(count);
    if (agreed === undefined || to === undefined || !sends(agreed)) {
      this.#sender.beginTalkspurt();
      return;
    }
    const payloadType = agreed.telephoneEvent?.send;
    const event = payloadType === undefined ? undefined : this.#keys.next(this.#sender.timestampAt(due));
    if (payloadType !== undefined && event !== undefined) return this.#sendKey(payloadType, event, to, due);
    const packet = new Uint8Array(RTP_HEADER_LENGTH + count);
    encodeG711(agreed.codec, samples, packet.subarray(RTP_HEADER_LENGTH));
    this.#sender.stamp(packet, 0, agreed.payloadType, count, due);
    this.#rtp.send(packet, 0, packet.length, to.port, to.host);
  }

  /** One packet of a key in place of audio (RFC 4733 2.5). */
  #sendKey(payloadType: number, event: TelephoneEventPacket, to: RemoteAddress, due: number): void {
    const packet = new Uint8Array(RTP_HEADER_LENGTH + TELEPHONE_EVENT_LENGTH);
    const sequence = this.#sender.nextSequence;
    const { marker, timestamp } = event;
    writeRtpHeader(packet, 0, payloadType, marker, sequence, timestamp, this.#sender.ssrc);
    writeTelephoneEvent(packet, RTP_HEADER_LENGTH, event);
    this.#sender.sent(sequence, timestamp, 0, TELEPHONE_EVENT_LENGTH, due);
    this.#rtp.send(packet, 0, packet.length, to.port, to.host);
  }

  #nextSamples(count: number): Int16Array {
    const samples = new Int16Array(count);
    if (this.#live !== undefined) {
      this.#live.take(samples);
      return samples;
    }
    for (let index = 0; index < count; index += 1) {
      if (this.#repeats) this.#position %= this.#playing.length;
      samples[index] = this.#playing[this.#position] ?? 0;
      this.#position += 1;
    }
    return samples;
  }

  #receive(bytes: Uint8Array, host: string, port: number): void {
    const packet = this.#reader.read(bytes);
    if (packet === undefined) return;
    const payload = this.#agreed?.receivePayloadTypes.get(packet.payloadType);
    if (payload === undefined || this.#latch.receive(host, port) === 'stranger') return;
    const now = this.#clock.now();
    this.#reception.receive(packet, payload !== 'telephone-event', now);
    if (payload !== 'telephone-event') this.#bufferOf(payload).put(packet, packet.payload, now);
  }

  #bufferOf(codec: G711Codec): JitterBuffer {
    if (this.#heard?.codec !== codec)
      this.#heard = { codec, buffer: new JitterBuffer({ silence: g711Silence[codec] }) };
    return this.#heard.buffer;
  }

  /** One frame of hearing; nothing heard is silence, so that the recording keeps the time. */
  #hear(): void {
    const now = this.#clock.now();
    const frame = new Uint8Array(HEARING_PERIOD * SAMPLES_PER_MILLISECOND);
    const samples = new Int16Array(frame.length);
    if (this.#heard?.buffer.take(frame, now) === 'audio') decodeG711(this.#heard.codec, frame, samples);
    if (!isSilent(samples, SILENCE)) this.#heardAt = now;
    this.#recorder?.append(samples);
    this.#onHeard(samples);
    if (now >= this.#control.deadline) this.#sendReport(this.#control.report(now));
  }

  #sendReport(report: Uint8Array): void {
    const to = this.#controlAddress;
    if (to !== undefined) this.#rtcp.send(report, 0, report.length, to.port, to.host);
  }

  #receiveReport(bytes: Uint8Array): void {
    const packets = this.#reports.read(bytes);
    if (packets !== undefined) this.#control.receive(packets, this.#clock.now());
  }
}

function sends({ direction }: AgreedAudio): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

function random32(): number {
  return randomBytes(4).readUInt32BE();
}
