import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decodeG711, encodeG711, type G711Codec } from '../../src/audio/g711.ts';
import { toneLevel } from '../../src/audio/spectrum.ts';
import { endlessTone } from '../../src/audio/tone.ts';
import { RTP_HEADER_LENGTH, RtpReader, writeRtpHeader } from '../../src/rtp/packet.ts';
import { RtcpReader } from '../../src/rtp/rtcp.ts';
import type { RtcpPacket } from '../../src/rtp/rtcp-packet.ts';
import { TelephoneEventReceiver, writeTelephoneEvent } from '../../src/rtp/telephone-event.ts';
import { TelephoneEventSender } from '../../src/rtp/telephone-event-sender.ts';
import type { AgreedAudio } from '../../src/sdp/offer-answer.ts';

export interface RtpPeerOptions {
  readonly codec?: G711Codec;
  /** Hz of the tone that it sends. */
  readonly frequency: number;
  /** Payload type of telephone-events; undefined: it knows none. */
  readonly telephoneEvent?: number | undefined;
  /** Which of its packets, counted from 0, are lost on their way. */
  readonly loses?: (index: number) => boolean;
}

interface Remote {
  readonly host: string;
  readonly port: number;
  readonly rtcpPort: number;
}

/** A level above which a tone counts as heard, in dBFS; ours are sent at -15 or so. */
const HEARD = -30;

/** A far end on real sockets: sends its own tone, keeps what it hears. */
export class RtpPeer {
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #codec: G711Codec;
  readonly #loses: (index: number) => boolean;
  #tone: Uint8Array;
  readonly #telephoneEvent: number | undefined;
  readonly #events = new TelephoneEventSender();
  readonly #keys = new TelephoneEventReceiver();
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #sequence = 1;
  #timestamp = 0;
  #samples: number[] = [];
  /** Keys heard, in order. */
  keys = '';
  packets = 0;
  readonly payloadTypes = new Set<number>();
  readonly reports: RtcpPacket[] = [];
  readonly ssrc = 0x7000_0000;

  private constructor(options: RtpPeerOptions, rtp: Socket, rtcp: Socket) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#codec = options.codec ?? 'PCMA';
    this.#tone = encodeG711(this.#codec, endlessTone([options.frequency]));
    this.#telephoneEvent = options.telephoneEvent;
    this.#loses = options.loses ?? (() => false);
    const reader = new RtpReader();
    rtp.on('message', (bytes) => this.#receive(reader, bytes));
    const reportReader = new RtcpReader();
    rtcp.on('message', (bytes) => {
      this.reports.push(...(reportReader.read(bytes) ?? []));
      this.#notify();
    });
  }

  static async open(options: RtpPeerOptions): Promise<RtpPeer> {
    const bind = async (): Promise<Socket> => {
      const socket = createSocket('udp4');
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      return socket;
    };
    return new RtpPeer(options, await bind(), await bind());
  }

  get port(): number {
    return this.#rtp.address().port;
  }

  get #payloadType(): number {
    return this.#codec === 'PCMA' ? 8 : 0;
  }

  /** What a stream is to be configured with to talk to this peer. */
  agreed(more: Partial<AgreedAudio> = {}): AgreedAudio {
    const payloads = new Map<number, G711Codec | 'telephone-event'>([[this.#payloadType, this.#codec]]);
    const event = this.#telephoneEvent;
    if (event !== undefined) payloads.set(event, 'telephone-event');
    return {
      remote: { host: '127.0.0.1', port: this.port },
      rtcp: { host: '127.0.0.1', port: this.#rtcp.address().port },
      codec: this.#codec,
      payloadType: this.#payloadType,
      ...(event === undefined ? {} : { telephoneEvent: { send: event, receive: event } }),
      receivePayloadTypes: payloads,
      direction: 'sendrecv',
      ptime: 20,
      ...more,
    };
  }

  /** Sends its tone, a packet each 20 ms, until `close` or the next call. */
  talkTo(remote: Remote): void {
    clearInterval(this.#timer);
    let due = performance.now();
    this.#timer = setInterval(() => {
      while (due <= performance.now()) {
        this.#send(remote);
        due += 20;
      }
    }, 5);
  }

  /** Begins to talk to whoever is the first to send it something. */
  talkBack(): void {
    this.#rtp.once('message', (_bytes, { address: host, port }) =>
      this.talkTo({ host, port, rtcpPort: port + 1 }),
    );
  }

  /** Says `samples`, over and over, in place of its tone. */
  say(samples: Int16Array): void {
    this.#tone = encodeG711(this.#codec, samples);
  }

  stopTalking(): void {
    clearInterval(this.#timer);
  }

  #send(remote: Remote): void {
    const event = this.#events.next(this.#timestamp);
    const packet = new Uint8Array(RTP_HEADER_LENGTH + (event === undefined ? 160 : 4));
    const payloadType = event === undefined ? this.#payloadType : this.#telephoneEvent!;
    const timestamp = event?.timestamp ?? this.#timestamp;
    writeRtpHeader(
      packet,
      0,
      payloadType,
      event?.marker ?? this.#sequence === 1,
      this.#sequence++,
      timestamp,
      this.ssrc,
    );
    if (event === undefined) {
      for (let index = 0; index < 160; index++) {
        packet[RTP_HEADER_LENGTH + index] = this.#tone[(this.#timestamp + index) % this.#tone.length]!;
      }
    } else {
      writeTelephoneEvent(packet, RTP_HEADER_LENGTH, event);
    }
    this.#timestamp += 160;
    // The first packet has number 1, this one the number before the next.
    if (!this.#loses(this.#sequence - 2)) this.#rtp.send(packet, remote.port, remote.host);
  }

  /** Sends bytes as they are from the address of its audio, or of its reports. */
  async sends(bytes: Uint8Array, port: number, host: string, from: 'rtp' | 'rtcp' = 'rtp'): Promise<void> {
    const socket = from === 'rtp' ? this.#rtp : this.#rtcp;
    await new Promise((resolve) => socket.send(bytes, port, host, resolve));
  }

  /** Presses keys, while it talks. */
  press(keys: string): void {
    this.#events.press(keys);
  }

  #receive(reader: RtpReader, bytes: Uint8Array): void {
    const packet = reader.read(bytes);
    if (packet === undefined) return;
    this.packets++;
    this.payloadTypes.add(packet.payloadType);
    if (packet.payloadType === this.#telephoneEvent) {
      this.keys += this.#keys.receive(packet.timestamp, packet.payload, performance.now()) ?? '';
    } else {
      this.#samples.push(...decodeG711(packet.payloadType === 8 ? 'PCMA' : 'PCMU', packet.payload));
    }
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  /**
   * Resolves as soon as `condition` holds; looked at whenever something arrives.
   *
   * @throws Error naming `what` when it does not within `patience` milliseconds
   */
  async until(what: string, condition: () => boolean, patience = 5000): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error(`not within ${patience} ms: ${what}`)), patience);
    const listener = (): void => {
      if (condition()) resolve();
    };
    this.#listeners.add(listener);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(listener);
    }
  }

  /** The next `milliseconds` of audio. */
  async listen(milliseconds: number): Promise<Int16Array> {
    this.#samples = [];
    await this.until(`${milliseconds} ms of audio`, () => this.#samples.length >= milliseconds * 8);
    return Int16Array.from(this.#samples.slice(0, milliseconds * 8));
  }

  /** Resolves when 200 ms of audio hold a tone of that frequency and none of `without`. */
  async hears(frequency: number, without: readonly number[] = []): Promise<void> {
    await this.until(`a tone of ${frequency} Hz`, () => {
      if (this.#samples.length < 1600) return false;
      const samples = Int16Array.from(this.#samples.splice(0, 1600));
      return (
        toneLevel(samples, frequency) > HEARD && without.every((other) => toneLevel(samples, other) <= HEARD)
      );
    });
  }

  /** Resolves when 200 ms of audio hold nothing. */
  async hearsSilence(): Promise<void> {
    await this.until('silence', () => {
      if (this.#samples.length < 1600) return false;
      return this.#samples.splice(0, 1600).every((sample) => Math.abs(sample) < 100);
    });
  }

  async close(): Promise<void> {
    this.stopTalking();
    await Promise.all(
      [this.#rtp, this.#rtcp].map((socket) => new Promise<void>((resolve) => socket.close(resolve))),
    );
  }
}
