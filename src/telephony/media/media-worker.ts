/** The inside of a media worker: its streams, its ports and its clock, without a thread around them. */
import type { Random32 } from '../../rtp/rtp-sender.ts';
import type { OpenRecordingFile } from '../recording-file.ts';
import type { BindDatagramPort, DatagramDriver, DatagramPort } from './datagram-port.ts';
import { HeaderRing } from './header-ring.ts';
import { LatenessHistogram } from './lateness.ts';
import { CLOCK_SLOTS, MediaClock } from './media-clock.ts';
import { LegTable } from './leg-row.ts';
import { LoggedPort } from './logged-port.ts';
import { MediaLeg } from './media-leg.ts';
import { PortPool } from './port-pool.ts';
import { Recordings } from './recordings.ts';
import type { FromWorker, OpenRefusal, StreamId, ToWorker, WorkerSettings } from './protocol.ts';

export interface MediaWorkerOptions {
  readonly settings: WorkerSettings;
  readonly bind: BindDatagramPort;
  /** The driver's. */
  readonly together: DatagramDriver['together'];
  readonly openRecording: OpenRecordingFile;
  readonly random: Random32;
  /** Milliseconds since 1970-01-01T00:00:00Z, steady, with fractions. */
  readonly now: () => number;
  readonly tell: (message: FromWorker) => void;
}

/** Legs that are visited together. */
const GROUP = 32;

type Recording = Extract<ToWorker, { kind: 'record' | 'stopRecording' }>;

interface PortPair {
  readonly rtp: DatagramPort;
  readonly rtcp: DatagramPort;
}

export class MediaWorker {
  readonly #options: MediaWorkerOptions;
  readonly #ports: PortPool;
  readonly #table: LegTable;
  readonly #legs = new Map<StreamId, MediaLeg>();
  readonly #slots: MediaLeg[][] = Array.from({ length: CLOCK_SLOTS }, () => []);
  readonly #recordings: Recordings;
  readonly #lateness = new LatenessHistogram();
  /** Streams being opened or closed. */
  readonly #pending = new Set<Promise<void>>();
  #clock: MediaClock | undefined = undefined;
  #skippedBefore = 0;
  #shuttingDown = false;

  constructor(options: MediaWorkerOptions) {
    this.#options = options;
    this.#recordings = new Recordings(options.openRecording, options.tell);
    const { firstPort, lastPort, portCoolDown } = options.settings;
    this.#ports = new PortPool(firstPort, lastPort, portCoolDown);
    this.#table = new LegTable(firstPort, lastPort);
  }

  /** When `wake` wants to be called, in milliseconds; Infinity while no stream is open. */
  get deadline(): number {
    return this.#clock?.deadline ?? Infinity;
  }

  wake(): void {
    this.#clock?.advance(this.#options.now(), (slot, due) => {
      const legs = this.#slots[slot]!;
      this.#visit(legs, due);
      for (let index = 0; index < legs.length; index++) legs[index]!.listenIn(due);
    });
  }

  /** In groups that fit into a batch of the driver, so that the clock is read when they have left. */
  #visit(legs: readonly MediaLeg[], due: number): void {
    const { together, now } = this.#options;
    for (let first = 0; first < legs.length; first += GROUP) {
      const end = Math.min(legs.length, first + GROUP);
      for (let index = first; index < end; index++) legs[index]!.approach();
      let sent = 0;
      together(() => {
        for (let index = first; index < end; index++) if (legs[index]!.tick(due)) sent++;
      });
      if (sent > 0) this.#lateness.record(now() - due, sent);
    }
  }

  /** A message to a stream that is closed already is not an error: it was on its way. */
  receive(message: Exclude<ToWorker, { kind: 'shutDown' }>): void {
    switch (message.kind) {
      case 'open':
        this.#track(this.#open(message.stream, message.headers));
        return;
      case 'close':
        this.#track(this.#close(message.stream));
        return;
      case 'lateness':
        this.#tellLateness(message.request);
        return;
      case 'statistics': {
        const statistics = this.#legs.get(message.stream)?.statistics;
        this.#options.tell({ kind: 'statistics', request: message.request, statistics });
        return;
      }
      case 'quality': {
        const quality = this.#legs.get(message.stream)?.quality;
        this.#options.tell({ kind: 'quality', request: message.request, quality });
        return;
      }
      case 'record':
        this.#recordings.start(message, (stream) => this.#legs.get(stream), this.#options.now());
        return;
      case 'stopRecording':
        this.#recordings.stop(message.recording);
        return;
      default:
        this.#instruct(message);
    }
  }

  #instruct(
    message: Exclude<
      ToWorker,
      { kind: 'open' | 'close' | 'lateness' | 'statistics' | 'quality' | 'shutDown' } | Recording
    >,
  ): void {
    const leg = this.#legs.get(message.stream);
    if (leg === undefined) return;
    switch (message.kind) {
      case 'configure':
        leg.configure(message.audio);
        return;
      case 'play':
        leg.play(message.playback, message.prompt, message.loop);
        return;
      case 'stop':
        leg.stop(message.playback);
        return;
      case 'hear':
        leg.hear(message.source === undefined ? undefined : this.#legs.get(message.source));
        return;
      case 'watchForMachine':
        leg.watchForMachine(message);
        return;
      case 'stopWatching':
        leg.stopWatching();
        return;
      case 'restartJudgement':
        leg.restartJudgement();
    }
  }

  #tellLateness(request: number): void {
    const skipped = this.#skippedBefore + (this.#clock?.skipped ?? 0);
    this.#options.tell({ kind: 'lateness', request, snapshot: this.#lateness.snapshot(skipped) });
  }

  async #open(stream: StreamId, headers: SharedArrayBuffer | undefined): Promise<void> {
    const { settings, random, now, tell } = this.#options;
    const pair = await this.#bindPair();
    if ('reason' in pair) {
      tell({ kind: 'refused', stream, why: pair });
      return;
    }
    if (this.#shuttingDown) {
      await Promise.all([pair.rtp.close(), pair.rtcp.close()]);
      return;
    }
    const row = this.#table.rowOf(pair.rtp.port);
    const { silentAfter } = settings;
    const rtp = headers === undefined ? pair.rtp : new LoggedPort(pair.rtp, new HeaderRing(headers), now);
    const leg = new MediaLeg({ id: stream, rtp, rtcp: pair.rtcp, row, silentAfter, random, now, tell });
    this.#legs.set(stream, leg);
    this.#clock ??= new MediaClock(now());
    const emptiest = this.#slots.reduce((least, slot) => (slot.length < least.length ? slot : least));
    emptiest.push(leg);
    tell({ kind: 'opened', stream, port: pair.rtp.port, rtcpPort: pair.rtcp.port });
  }

  /** Ports held by other programs are passed over; another error of the system would meet every port. */
  async #bindPair(): Promise<PortPair | OpenRefusal> {
    const { now } = this.#options;
    while (true) {
      const port = this.#ports.take(now());
      if (port === undefined) return { reason: 'noFreePort', pairs: this.#ports.size };
      const pair = await this.#tryBind(port);
      if (typeof pair !== 'string') return pair;
      this.#ports.release(port, now());
      if (pair !== 'EADDRINUSE' && pair !== 'EACCES') return { reason: 'bind', code: pair };
    }
  }

  /** @returns the error code when one of the two could not be bound */
  async #tryBind(port: number): Promise<PortPair | string> {
    const { bind, settings } = this.#options;
    let rtp: DatagramPort | undefined;
    try {
      rtp = await bind(settings.host, port);
      return { rtp, rtcp: await bind(settings.host, port + 1) };
    } catch (error) {
      await rtp?.close();
      return (error as NodeJS.ErrnoException).code ?? 'unknown';
    }
  }

  async #close(stream: StreamId): Promise<void> {
    const leg = this.#legs.get(stream);
    if (leg === undefined) return;
    const { now, tell } = this.#options;
    this.#legs.delete(stream);
    this.#recordings.leave(leg);
    for (const slot of this.#slots) {
      const index = slot.indexOf(leg);
      if (index >= 0) slot.splice(index, 1);
    }
    if (this.#legs.size === 0) this.#stopClock();
    const { port } = leg;
    const quality = leg.endQuality();
    await leg.close();
    this.#ports.release(port, now());
    tell({ kind: 'closed', stream, statistics: leg.statistics, quality });
  }

  #stopClock(): void {
    this.#skippedBefore += this.#clock?.skipped ?? 0;
    this.#clock = undefined;
  }

  #track(work: Promise<void>): void {
    this.#pending.add(work);
    void work.finally(() => this.#pending.delete(work));
  }

  /** Closes every stream. Resolves when all ports are free and all recordings complete. */
  async shutDown(): Promise<void> {
    this.#shuttingDown = true;
    for (const stream of this.#legs.keys()) this.#track(this.#close(stream));
    await Promise.all([...this.#pending, this.#recordings.shutDown()]);
  }
}
