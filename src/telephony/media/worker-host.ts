/** The signalling thread's side of one media worker: its messages, and its restart after a crash. */
import { Worker } from 'node:worker_threads';
import type { QualityRows } from '../../call/leg-quality.ts';
import type { DriverInUse } from './choose-driver.ts';
import type { LatenessSnapshot } from './lateness.ts';
import { MediaStream, type StreamCarrier } from './media-stream.ts';
import type {
  FromWorker,
  OpenRefusal,
  RecordingId,
  StreamId,
  StreamStatistics,
  ToWorker,
  WorkerSettings,
} from './protocol.ts';
import { Recording, type RecordingLayout } from './recording.ts';
import type { PriorityInUse } from './thread-priority.ts';

/** A thread that crashes sooner than this after its start, in milliseconds, is started again only after as long. */
const RESTART_PAUSE = 1000;
/** Milliseconds in which a thread must have ended by itself. */
const SHUT_DOWN_PATIENCE = 2000;

export interface WorkerHostOptions {
  readonly script: URL;
  readonly settings: Omit<WorkerSettings, 'calls'>;
  /** Written into `local` of streams. */
  readonly publicHost: string;
  readonly onCrash: ((error: Error) => void) | undefined;
  readonly onStreamClosed: ((statistics: StreamStatistics) => void) | undefined;
}

export type OpenAnswer =
  | { readonly stream: MediaStream }
  | { readonly refused: OpenRefusal | { readonly reason: 'down' } };

export class WorkerHost implements StreamCarrier {
  /** Streams open or being opened. */
  load = 0;
  /** Undefined until the thread has run once. */
  driver: DriverInUse | undefined = undefined;
  priority: PriorityInUse | undefined = undefined;
  readonly #options: WorkerHostOptions;
  readonly #calls = new Int32Array(new SharedArrayBuffer(4));
  readonly #streams = new Map<StreamId, { readonly stream: MediaStream; readonly ended: () => void }>();
  readonly #opening = new Map<
    StreamId,
    { readonly answer: (answer: OpenAnswer) => void; readonly ended: () => void }
  >();
  readonly #statistics = new Map<number, (statistics: StreamStatistics | undefined) => void>();
  readonly #quality = new Map<number, (quality: QualityRows | undefined) => void>();
  readonly #recordings = new Map<RecordingId, Recording>();
  readonly #lateness = new Map<number, (snapshot: LatenessSnapshot | undefined) => void>();
  #thread: Worker | undefined = undefined;
  #untold: ToWorker[] = [];
  #exited: Promise<void> = Promise.resolve();
  #startedAt = 0;
  #nextNumber = 1;
  #closing = false;
  #restart: NodeJS.Timeout | undefined = undefined;

  constructor(options: WorkerHostOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the thread runs.
   *
   * @throws what the thread died of before it did
   */
  start(): Promise<void> {
    const { script, settings } = this.#options;
    const workerData: WorkerSettings = { ...settings, calls: this.#calls.buffer as SharedArrayBuffer };
    const thread = new Worker(script, { workerData, name: 'media', execArgv: [] });
    this.#thread = thread;
    this.#startedAt = performance.now();
    const ready = Promise.withResolvers<void>();
    const exited = Promise.withResolvers<void>();
    this.#exited = exited.promise;
    let cause: Error | undefined;
    thread.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') {
        this.driver = message.driver;
        this.priority = message.priority;
        ready.resolve();
      } else this.#receive(message);
    });
    thread.on('error', (error: Error) => {
      cause = error;
    });
    thread.on('exit', (code) => {
      const error = new Error(`a media worker ended unexpectedly (exit code ${code})`, { cause });
      ready.reject(error);
      exited.resolve();
      this.#ended(error);
    });
    return ready.promise;
  }

  #ended(error: Error): void {
    this.#thread = undefined;
    this.#untold = [];
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const { answer } of this.#opening.values()) answer({ refused: { reason: 'down' } });
    for (const resolve of this.#statistics.values()) resolve(undefined);
    for (const resolve of this.#quality.values()) resolve(undefined);
    for (const resolve of this.#lateness.values()) resolve(undefined);
    this.#opening.clear();
    this.#statistics.clear();
    this.#quality.clear();
    this.#lateness.clear();
    this.load = 0;
    for (const { stream, ended } of streams) {
      ended();
      stream.fail(error);
    }
    for (const recording of this.#recordings.values()) void recording.fail();
    this.#recordings.clear();
    if (this.#closing) return;
    this.#options.onCrash?.(error);
    const lived = performance.now() - this.#startedAt;
    this.#restart = setTimeout(() => void this.#startAgain(), lived > RESTART_PAUSE ? 0 : RESTART_PAUSE);
  }

  async #startAgain(): Promise<void> {
    try {
      await this.start();
    } catch {
      // It crashed again before it was ready: `#ended` told of it, and tries once more.
    }
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'opened':
      case 'refused':
        this.#answerOpening(message);
        return;
      case 'statistics':
        this.#statistics.get(message.request)?.(message.statistics);
        this.#statistics.delete(message.request);
        return;
      case 'quality':
        this.#quality.get(message.request)?.(message.quality);
        this.#quality.delete(message.request);
        return;
      case 'lateness':
        this.#lateness.get(message.request)?.(message.snapshot);
        this.#lateness.delete(message.request);
        return;
      case 'recording':
        this.#recordings.get(message.recording)?.receive(message.event);
        if (message.event.kind === 'stopped') this.#recordings.delete(message.recording);
        return;
      case 'ready':
        return;
      default: {
        const open = this.#streams.get(message.stream);
        if (open === undefined) return;
        if (message.kind === 'closed') {
          this.#streams.delete(message.stream);
          this.load--;
          open.ended();
          this.#options.onStreamClosed?.(message.statistics);
        }
        open.stream.receive(message);
      }
    }
  }

  #answerOpening(message: Extract<FromWorker, { kind: 'opened' | 'refused' }>): void {
    const opening = this.#opening.get(message.stream);
    if (opening === undefined) return;
    this.#opening.delete(message.stream);
    if (message.kind === 'refused') {
      this.load--;
      opening.answer({ refused: message.why });
      return;
    }
    const { publicHost, settings } = this.#options;
    const local = { host: publicHost, port: message.port, rtcpPort: message.rtcpPort };
    const stream = new MediaStream(message.stream, local, settings.host.includes(':') ? 6 : 4, this);
    this.#streams.set(message.stream, { stream, ended: opening.ended });
    opening.answer({ stream });
  }

  /**
   * @param ended called when a stream that was opened has ended, whichever way
   * @param headers where the headers of its RTP packets are to be noted
   */
  open(ended: () => void, headers?: SharedArrayBuffer): Promise<OpenAnswer> {
    if (this.#thread === undefined) return Promise.resolve({ refused: { reason: 'down' } });
    const id = this.#nextNumber++;
    const { promise, resolve } = Promise.withResolvers<OpenAnswer>();
    this.#opening.set(id, { answer: resolve, ended });
    this.load++;
    this.tell({ kind: 'open', stream: id, headers });
    return promise;
  }

  /** Messages of one turn of the event loop go together: handing over costs far more than what is handed over. */
  tell(message: ToWorker): void {
    this.#untold.push(message);
    if (this.#untold.length === 1) setImmediate(() => this.#tellAll());
  }

  #tellAll(): void {
    const messages = this.#untold;
    this.#untold = [];
    this.#thread?.postMessage(messages);
    // A thread that sleeps outside its event loop would find it a little later otherwise.
    Atomics.add(this.#calls, 0, 1);
    Atomics.notify(this.#calls, 0);
  }

  statistics(stream: StreamId): Promise<StreamStatistics | undefined> {
    return this.#ask(this.#statistics, (request) => ({ kind: 'statistics', stream, request }));
  }

  quality(stream: StreamId): Promise<QualityRows | undefined> {
    return this.#ask(this.#quality, (request) => ({ kind: 'quality', stream, request }));
  }

  record(streams: readonly [StreamId, StreamId], layout: RecordingLayout, path: string): Recording {
    const id = this.#nextNumber++;
    const recording = new Recording(path, layout, () => this.tell({ kind: 'stopRecording', recording: id }));
    if (this.#thread === undefined) {
      queueMicrotask(() => void recording.fail());
      return recording;
    }
    this.#recordings.set(id, recording);
    this.tell({ kind: 'record', recording: id, streams, layout, path });
    return recording;
  }

  /** Processor seconds of the thread since its start; 0 while it is down. */
  async cpuSeconds(): Promise<number> {
    if (this.#thread === undefined) return 0;
    try {
      const { user, system } = await this.#thread.cpuUsage();
      return (user + system) / 1_000_000;
    } catch (error) {
      // It ended meanwhile.
      if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_NOT_RUNNING') return 0;
      throw error;
    }
  }

  /** Pairs of ports in its range. */
  get capacity(): number {
    const { firstPort, lastPort } = this.#options.settings;
    return (lastPort - firstPort + 1) / 2;
  }

  /** @returns undefined while the thread is down */
  lateness(): Promise<LatenessSnapshot | undefined> {
    return this.#ask(this.#lateness, (request) => ({ kind: 'lateness', request }));
  }

  #ask<Answer>(
    pending: Map<number, (answer: Answer | undefined) => void>,
    question: (request: number) => ToWorker,
  ): Promise<Answer | undefined> {
    if (this.#thread === undefined) return Promise.resolve(undefined);
    const request = this.#nextNumber++;
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    pending.set(request, resolve);
    this.tell(question(request));
    return promise;
  }

  /** Ends all streams with a goodbye and waits for the thread. */
  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#restart);
    const thread = this.#thread;
    if (thread === undefined) return;
    this.tell({ kind: 'shutDown' });
    const patience = setTimeout(() => void thread.terminate(), SHUT_DOWN_PATIENCE);
    await this.#exited;
    clearTimeout(patience);
  }
}
