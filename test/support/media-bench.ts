import { encodeG711, type G711Codec } from '../../src/audio/g711.ts';
import type { RtpPacket } from '../../src/rtp/packet.ts';
import type { AgreedAudio } from '../../src/sdp/offer-answer.ts';
import type { OpenRecordingFile } from '../../src/telephony/recording-file.ts';
import {
  type BindDatagramPort,
  type DatagramPort,
  type Frame,
  frameIn,
} from '../../src/telephony/media/datagram-port.ts';
import { MediaWorker } from '../../src/telephony/media/media-worker.ts';
import type {
  FromWorker,
  StreamAudio,
  StreamId,
  WorkerSettings,
} from '../../src/telephony/media/protocol.ts';
import { readRtp, rtpBytes, type RtpFields, seeded32 } from './rtp-packets.ts';

/** A datagram that a worker sent. */
export interface Datagram {
  readonly at: number;
  readonly fromPort: number;
  readonly host: string;
  readonly port: number;
  readonly bytes: Uint8Array;
}

/** A network of one host in memory: it records what is sent and delivers what a test says. */
class VirtualNetwork {
  readonly sent: Datagram[] = [];
  readonly bound = new Map<number, VirtualPort>();
  /** Ports that are held by others: binding them fails with the code. */
  readonly taken = new Map<number, string>();
  readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  readonly bind: BindDatagramPort = (_host, port) => {
    const code = this.bound.has(port) ? 'EADDRINUSE' : this.taken.get(port);
    if (code !== undefined) return Promise.reject(failure(code));
    const bound = new VirtualPort(this, port);
    this.bound.set(port, bound);
    return Promise.resolve(bound);
  };
}

class VirtualPort implements DatagramPort {
  readonly port: number;
  readonly unsent = 0;
  onDatagram: DatagramPort['onDatagram'] = undefined;
  onApproach: DatagramPort['onApproach'] = undefined;
  readonly #network: VirtualNetwork;

  constructor(network: VirtualNetwork, port: number) {
    this.#network = network;
    this.port = port;
  }

  approach(): number {
    return 0;
  }

  frame(length: number): Frame {
    return frameIn(new ArrayBuffer(length), 0, length);
  }

  /** Everybody is listened to. */
  listenTo(): void {}

  send(bytes: Uint8Array, offset: number, length: number, port: number, host: string): void {
    const copy = bytes.slice(offset, offset + length);
    this.#network.sent.push({ at: this.#network.now(), fromPort: this.port, host, port, bytes: copy });
  }

  close(): Promise<void> {
    this.#network.bound.delete(this.port);
    return Promise.resolve();
  }
}

/** Files in memory, on a disk that can be full, or so slow that it hangs. */
export class VirtualDisk {
  readonly files = new Map<string, Uint8Array>();
  /** Octets that still fit. */
  free = Infinity;
  /** Writes wait for it while it is set. */
  hangs: Promise<void> | undefined = undefined;

  readonly open: OpenRecordingFile = (path) => {
    if (this.files.has(path)) return Promise.reject(failure('EEXIST'));
    if (path.startsWith('/nowhere/')) return Promise.reject(failure('ENOENT'));
    this.files.set(path, new Uint8Array(0));
    return Promise.resolve({
      write: (bytes, position) => this.#write(path, bytes, position),
      close: () => Promise.resolve(),
    });
  };

  async #write(path: string, bytes: Uint8Array, position: number): Promise<void> {
    await this.hangs;
    const before = this.files.get(path)!;
    const grows = Math.max(0, position + bytes.length - before.length);
    if (grows > this.free) throw failure('ENOSPC');
    this.free -= grows;
    const after = new Uint8Array(before.length + grows);
    after.set(before);
    after.set(bytes, position);
    this.files.set(path, after);
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

export interface BenchStream {
  readonly id: StreamId;
  readonly port: number;
  readonly rtcpPort: number;
}

/** The far end of each stream, unless a test says otherwise. */
export function farEnd(stream: BenchStream): { host: string; port: number } {
  return { host: '192.0.2.1', port: 40_000 + 2 * stream.id };
}

/** A media worker on a network and a clock of its own: minutes of calls in milliseconds. */
export class MediaBench {
  now = Date.UTC(2026, 0, 1);
  readonly told: FromWorker[] = [];
  readonly network = new VirtualNetwork(() => this.now);
  readonly disk = new VirtualDisk();
  readonly worker: MediaWorker;
  #nextStream = 1;
  readonly #spoken = new Map<StreamId, number>();

  constructor(settings: Partial<WorkerSettings> = {}) {
    this.worker = new MediaWorker({
      settings: {
        host: '127.0.0.1',
        firstPort: 20_000,
        lastPort: 20_099,
        portCoolDown: 5000,
        silentAfter: 120_000,
        driver: 'auto',
        priority: 'normal',
        calls: new SharedArrayBuffer(4),
        ...settings,
      },
      bind: this.network.bind,
      together: (work) => work(),
      openRecording: this.disk.open,
      random: seeded32(1),
      now: () => this.now,
      tell: (message) => this.told.push(message),
    });
  }

  /** Lets pending promises of the worker settle; no time passes. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** @returns the stream, or what the worker answered instead */
  async tryOpen(headers?: SharedArrayBuffer): Promise<BenchStream | FromWorker> {
    const id = this.#nextStream++;
    this.worker.receive({ kind: 'open', stream: id, headers });
    await this.settle();
    const answer = this.told.findLast((message) => 'stream' in message && message.stream === id);
    if (answer === undefined) throw new Error('the worker did not answer');
    return answer.kind === 'opened' ? { id, port: answer.port, rtcpPort: answer.rtcpPort } : answer;
  }

  /** @param headers where the headers of its packets are noted */
  async open(headers?: SharedArrayBuffer): Promise<BenchStream> {
    const opened = await this.tryOpen(headers);
    if (!('id' in opened)) throw new Error('refused');
    return opened;
  }

  configure(stream: BenchStream, more: Partial<StreamAudio> & { codec?: AgreedAudio['codec'] } = {}): void {
    const codec = more.codec ?? 'PCMA';
    const payloadType = codec === 'PCMA' ? 8 : 0;
    const { host, port } = farEnd(stream);
    const audio: StreamAudio = {
      remote: { host, port },
      rtcp: { host, port: port + 1 },
      codec,
      payloadType,
      telephoneEvent: { send: 101, receive: 101 },
      receivePayloadTypes: new Map([
        [8, 'PCMA'],
        [0, 'PCMU'],
        [101, 'telephone-event'],
      ]),
      direction: 'sendrecv',
      ptime: 20,
      ...more,
    };
    this.worker.receive({ kind: 'configure', stream: stream.id, audio });
  }

  async openConfigured(more: Parameters<MediaBench['configure']>[1] = {}): Promise<BenchStream> {
    const stream = await this.open();
    this.configure(stream, more);
    return stream;
  }

  /** Moves the clock on, stopping wherever the worker wants to be woken. `each` is called every 20 ms before that. */
  advance(milliseconds: number, each?: (index: number) => void): void {
    const from = this.now;
    let next = 0;
    while (true) {
      const packetAt = each === undefined || next * 20 >= milliseconds ? Infinity : from + next * 20;
      const at = Math.min(packetAt, this.worker.deadline, from + milliseconds);
      this.now = Math.max(this.now, at);
      if (packetAt === at) each?.(next++);
      else if (at === from + milliseconds) break;
      if (this.worker.deadline <= this.now) this.worker.wake();
    }
    this.worker.wake();
  }

  /** A packet arrives from the far end of the stream, or from elsewhere. */
  deliver(to: BenchStream, fields: RtpFields, from = farEnd(to)): void {
    this.network.bound.get(to.port)?.onDatagram?.(rtpBytes(fields), from.host, from.port);
  }

  /**
   * Far ends speak at once, in packets of 20 ms, for as long as the longest of them. Each goes on where it stopped.
   *
   * @param lost tells which packets, counted within this call, are lost on their way
   */
  talk(
    voices: readonly {
      readonly stream: BenchStream;
      readonly samples: Int16Array;
      readonly codec?: G711Codec;
    }[],
    lost: (index: number) => boolean = () => false,
  ): void {
    const packets = Math.max(...voices.map(({ samples }) => Math.ceil(samples.length / 160)));
    this.advance(packets * 20, (index) => {
      for (const { stream, samples, codec = 'PCMA' } of voices) {
        const number = this.#spoken.get(stream.id) ?? 0;
        this.#spoken.set(stream.id, number + 1);
        const frame = samples.subarray(index * 160, (index + 1) * 160);
        if (frame.length === 0 || lost(index)) continue;
        const payloadType = codec === 'PCMA' ? 8 : 0;
        const payload = encodeG711(codec, frame);
        this.deliver(stream, { sequence: number, timestamp: number * 160, payloadType, payload });
      }
    });
  }

  deliverReport(to: BenchStream, bytes: Uint8Array, from = farEnd(to)): void {
    this.network.bound.get(to.rtcpPort)?.onDatagram?.(bytes, from.host, from.port + 1);
  }

  /** RTP that the stream sent since `since`, with the time of each packet. */
  sentBy(stream: BenchStream, since = 0): (Datagram & { readonly packet: RtpPacket })[] {
    return this.network.sent
      .filter(({ fromPort, at }) => fromPort === stream.port && at >= since)
      .map((datagram) => ({ ...datagram, packet: readRtp(datagram.bytes) }));
  }

  reportsBy(stream: BenchStream): Datagram[] {
    return this.network.sent.filter(({ fromPort }) => fromPort === stream.rtcpPort);
  }

  toldOf<Kind extends FromWorker['kind']>(kind: Kind): Extract<FromWorker, { kind: Kind }>[] {
    return this.told.filter((message) => message.kind === kind) as Extract<FromWorker, { kind: Kind }>[];
  }
}
