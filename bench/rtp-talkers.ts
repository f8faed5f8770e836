import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { RTP_HEADER_LENGTH, writeRtpHeader } from '../src/rtp/packet.ts';

const PACKET_INTERVAL = 20;
const SAMPLES = 160;
/** At the start of a payload of ours: this word, then when it was sent (performance.now, 64-bit float). */
const MARK = 0x0c0ffee0;

/** Milliseconds. */
export interface Delays {
  readonly packets: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * The phones' audio: one socket a leg. Each begins to send when the first packet reaches it, back to where that came
 * from, 50 packets a second; each payload says when it left, so that the far party's socket measures the way through the bridge,
 * kernel and this process's own scheduling included.
 */
export class RtpTalkers {
  readonly #sockets: Socket[] = [];
  readonly #talkers: { socket: Socket; to: RemoteInfo; packet: Buffer; sequence: number }[] = [];
  #delays: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #slot = 0;

  /** Binds `count` ports from `first` on, four apart, as SIPp's [auto_media_port] counts. */
  static async open(host: string, first: number, count: number): Promise<RtpTalkers> {
    const talkers = new RtpTalkers();
    for (let n = 0; n < count; n++) await talkers.#bind(host, first + 4 * n);
    // Four slots, so that a tick is not one burst of all legs.
    talkers.#timer = setInterval(() => talkers.#send(), PACKET_INTERVAL / 4);
    return talkers;
  }

  /** Legs that were reached and talk. */
  get talking(): number {
    return this.#talkers.length;
  }

  /** Packets sent since the last {@link reset}. */
  sent = 0;

  /** Packets of anybody that reached a leg since then. */
  received = 0;

  /** Forgets what was measured so far. */
  reset(): void {
    this.#delays = [];
    this.sent = 0;
    this.received = 0;
  }

  delays(): Delays {
    const sorted = Float64Array.from(this.#delays).sort();
    const at = (share: number): number =>
      Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2));
    return { packets: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
  }

  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.close();
  }

  async #bind(host: string, port: number): Promise<void> {
    const socket = createSocket('udp4');
    this.#sockets.push(socket);
    let known = false;
    socket.on('message', (bytes, from) => {
      this.received += 1;
      if (!known) {
        known = true;
        this.#talkers.push({ socket, to: from, packet: newPacket(port), sequence: 0 });
      }
      if (bytes.length >= RTP_HEADER_LENGTH + 12 && bytes.readUInt32BE(RTP_HEADER_LENGTH) === MARK) {
        this.#delays.push(performance.now() - bytes.readDoubleBE(RTP_HEADER_LENGTH + 4));
      }
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, resolve);
    });
  }

  #send(): void {
    this.#slot = (this.#slot + 1) % 4;
    for (let n = this.#slot; n < this.#talkers.length; n += 4) {
      const talker = this.#talkers[n]!;
      const { socket, to, packet, sequence } = talker;
      writeRtpHeader(packet, 0, 8, sequence === 0, sequence & 0xffff, (sequence * SAMPLES) >>> 0, to.port);
      packet.writeDoubleBE(performance.now(), RTP_HEADER_LENGTH + 4);
      talker.sequence += 1;
      this.sent += 1;
      socket.send(packet, to.port, to.address);
    }
  }
}

function newPacket(seed: number): Buffer {
  const packet = Buffer.alloc(RTP_HEADER_LENGTH + SAMPLES, seed & 0xff);
  packet.writeUInt32BE(MARK, RTP_HEADER_LENGTH);
  return packet;
}
