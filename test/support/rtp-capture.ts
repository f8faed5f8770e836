import { createSocket } from 'node:dgram';
import { decodeG711 } from '../../src/audio/g711.ts';
import { findTones } from '../../src/audio/spectrum.ts';
import { sequence } from '../../src/audio/tone.ts';
import { eventually, PeerProcess } from './peer-process.ts';
import { rtpBytes } from './rtp-packets.ts';

/** An RTP packet as it passed. */
export interface CapturedPacket {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly sourcePort: number;
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

/** A stretch of what was heard: a tone by its frequency, rounded to 10 Hz, or the platform's waiting tone. */
export type Heard = number | 'waiting';

/** Samples of a frame that is listened to at once: 100 ms. */
const FRAME = 800;
/** Frames that a tone lasts at least; shorter ones are the seam between two others. */
const LEAST_FRAMES = 2;
/** The two notes of the waiting tone, rounded. */
const waitingNotes: readonly number[] = [520, 660];

/** What was sent to one port, in the order of arrival. */
export class CapturedStream {
  readonly packets: readonly CapturedPacket[];

  constructor(packets: readonly CapturedPacket[]) {
    this.packets = packets;
  }

  get payloadTypes(): ReadonlySet<number> {
    return new Set(this.packets.map(({ payloadType }) => payloadType));
  }

  /** Keys told by telephone-events (RFC 4733): all packets of one press carry the same timestamp. */
  get keys(): string {
    const presses = new Map<number, string>();
    for (const { payloadType, timestamp, payload } of this.packets) {
      if (payloadType >= 96) presses.set(timestamp, '0123456789*#ABCD'[payload[0] ?? 16] ?? '?');
    }
    return [...presses.values()].join('');
  }

  /** What whoever listens at the port heard, one thing after the other; silence between them does not count. */
  get heard(): Heard[] {
    return heardIn(this.samples);
  }

  /** The audio at 8000 Hz, packet after packet, whatever time passed between them. */
  get samples(): Int16Array {
    const audio = this.#audio.map(({ payloadType, payload }) =>
      decodeG711(payloadType === 8 ? 'PCMA' : 'PCMU', payload),
    );
    return sequence(...audio);
  }

  /** When the packet passed that has this one of the {@link samples} in it, as milliseconds since the epoch. */
  timeOf(sample: number): number {
    let end = 0;
    const packet = this.#audio.find(({ payload }) => (end += payload.length) > sample);
    if (packet === undefined) throw new RangeError(`no sample ${sample} was sent`);
    return packet.at;
  }

  get #audio(): CapturedPacket[] {
    return this.packets.filter(({ payloadType }) => payloadType === 0 || payloadType === 8);
  }

  /** The parts between pauses of at least so many milliseconds in which nothing was sent. */
  between(pause: number): CapturedStream[] {
    const parts: CapturedPacket[][] = [[]];
    let before = Infinity;
    for (const packet of this.packets) {
      if (packet.at - before >= pause) parts.push([]);
      parts.at(-1)?.push(packet);
      before = packet.at;
    }
    return parts.map((packets) => new CapturedStream(packets));
  }
}

/** What is to be heard in samples at 8000 Hz, one thing after the other. */
export function heardIn(samples: Int16Array): Heard[] {
  const frames: Frame[] = [];
  for (let start = 0; start + FRAME <= samples.length; start += FRAME) {
    frames.push(toneIn(samples.subarray(start, start + FRAME)));
  }
  return merged(frames);
}

/** Undefined: silence. */
type Frame = Heard | undefined;

function toneIn(samples: Int16Array): Frame {
  const frequency = findTones(samples)[0]?.frequency;
  if (frequency === undefined) return undefined;
  const rounded = 10 * Math.round(frequency / 10);
  return waitingNotes.includes(rounded) ? 'waiting' : rounded;
}

function merged(frames: readonly Frame[]): Heard[] {
  const heard: Heard[] = [];
  let run = 0;
  for (const [index, frame] of frames.entries()) {
    run = frame === frames[index - 1] ? run + 1 : 1;
    if (run === LEAST_FRAMES && frame !== undefined && frame !== heard.at(-1)) heard.push(frame);
  }
  return heard;
}

const PCAP_FILE_HEADER = 24;
const PCAP_RECORD_HEADER = 16;
const ETHERNET_HEADER = 14;
const UDP_HEADER = 8;
const RTP_HEADER = 12;
/** How the SIP requests begin that are captured, too. */
const ACK = 'ACK ';

/** UDP ports, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Listens on the loopback interface (which carries all traffic of a machine with itself) for RTP from or to some ports, and
 * for the ACKs before it, so that a test hears what a peer was sent without asking the peer or ourselves.
 */
export class RtpCapture extends PeerProcess {
  /** When the first ACK passed, by Call-ID. */
  readonly #acknowledged = new Map<string, number>();
  readonly #packets = new Map<number, CapturedPacket[]>();
  readonly #markPort: number;
  #marks = 0;
  #lastMark = 0;
  #unread: Buffer = Buffer.alloc(0);
  #fileHeaderSeen = false;

  private constructor({ first, last }: PortRange) {
    // RTP and RTCP begin with the bits 10; SIP is text.
    const rtp = `udp portrange ${first}-${last} and udp[8] & 0xc0 = 0x80`;
    const filter = `(${rtp}) or udp[8:4] = 0x${Buffer.from(ACK).toString('hex')}`;
    let take: (chunk: Buffer) => void = () => {};
    const args = ['-q', '-P', '-B', '16', '-i', 'lo', '-f', filter, '-w', '-'];
    super('dumpcap', args, { onOutput: (chunk) => take(chunk) });
    take = (chunk) => this.#take(chunk);
    this.#markPort = last;
  }

  /** @param ports the last of them must be nobody's */
  static async start(ports: PortRange): Promise<RtpCapture> {
    const capture = new RtpCapture(ports);
    await eventually(() => capture.#fileHeaderSeen, 'dumpcap captures');
    await capture.#caughtUp();
    return capture;
  }

  /** The RTP that was sent to `port` until now. */
  async sentTo(port: number): Promise<CapturedStream> {
    await this.#caughtUp();
    return new CapturedStream(this.#packets.get(port) ?? []);
  }

  /** When whoever called acknowledged the answer to a call over UDP, as milliseconds since the epoch. */
  async acknowledgedAt(callId: string): Promise<number> {
    await this.#caughtUp();
    const at = this.#acknowledged.get(callId);
    if (at === undefined) throw new Error('the answer was not acknowledged');
    return at;
  }

  /** Sends a packet past the capture and waits until it was seen: all that was sent before was seen, too. */
  async #caughtUp(): Promise<void> {
    this.#marks += 1;
    const mark = this.#marks;
    const packet = rtpBytes({ ssrc: mark, payload: new Uint8Array() });
    const socket = createSocket('udp4');
    await eventually(() => {
      socket.send(packet, this.#markPort, '127.0.0.1');
      return this.#lastMark >= mark;
    }, 'the capture sees a packet');
    socket.close();
  }

  #take(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    if (!this.#fileHeaderSeen) {
      if (this.#unread.length < PCAP_FILE_HEADER) return;
      this.#unread = this.#unread.subarray(PCAP_FILE_HEADER);
      this.#fileHeaderSeen = true;
    }
    while (this.#unread.length >= PCAP_RECORD_HEADER) {
      const end = PCAP_RECORD_HEADER + this.#unread.readUInt32LE(8);
      if (this.#unread.length < end) return;
      const at = this.#unread.readUInt32LE(0) * 1_000 + this.#unread.readUInt32LE(4) / 1_000;
      this.#read(this.#unread.subarray(PCAP_RECORD_HEADER + ETHERNET_HEADER, end), at);
      this.#unread = this.#unread.subarray(end);
    }
  }

  /** An IPv4 packet with UDP in it. */
  #read(ip: Buffer, at: number): void {
    const udp = ip.subarray(4 * ((ip[0] ?? 0) & 0x0f));
    const rtp = udp.subarray(UDP_HEADER);
    if (rtp.length < RTP_HEADER) return;
    if (rtp.toString('latin1', 0, ACK.length) === ACK) {
      const callId = /^Call-ID: *(\S+)/im.exec(rtp.toString())?.[1] ?? '';
      if (!this.#acknowledged.has(callId)) this.#acknowledged.set(callId, at);
      return;
    }
    const second = rtp.readUInt8(1);
    // RFC 5761 section 4: what would be payload types 64-95 is RTCP.
    if ((second & 0x7f) >= 64 && (second & 0x7f) < 96) return;
    const port = udp.readUInt16BE(2);
    if (port === this.#markPort) {
      this.#lastMark = Math.max(this.#lastMark, rtp.readUInt32BE(8));
      return;
    }
    const stream = this.#packets.get(port) ?? [];
    this.#packets.set(port, stream);
    stream.push({
      at,
      sourcePort: udp.readUInt16BE(0),
      payloadType: second & 0x7f,
      marker: second >= 0x80,
      sequence: rtp.readUInt16BE(2),
      timestamp: rtp.readUInt32BE(4),
      ssrc: rtp.readUInt32BE(8),
      payload: Buffer.from(rtp.subarray(RTP_HEADER)),
    });
  }
}
