/** The media of all calls: worker threads apart from signalling, and the streams they carry. */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import type { DriverChoice, DriverInUse } from './choose-driver.ts';
import { type Lateness, type LatenessSnapshot, packetsByLateness, summarise } from './lateness.ts';
import type { Recording, RecordingLayout } from './recording.ts';
import type { LocalMedia, MediaStream } from './media-stream.ts';
import { splitPorts } from './port-pool.ts';
import { encodePrompt, type Prompt } from './prompt.ts';
import type { OpenRefusal, StreamStatistics } from './protocol.ts';
import type { PriorityChoice, PriorityInUse } from './thread-priority.ts';
import { WorkerHost } from './worker-host.ts';

export type { Lateness } from './lateness.ts';
export type { MachineReason, MachineVerdict } from '../../audio/answering-machine.ts';
export { type AudioVerdict, audioVerdict } from './audio-verdict.ts';
export type { KeySource } from './key-presses.ts';
export type { LocalMedia, MachineWatchRequest, MediaStream, Playback } from './media-stream.ts';
export type { Prompt } from './prompt.ts';
export { type DriverChoice, type DriverInUse, probeDriver } from './choose-driver.ts';
export type { DriverName } from './datagram-port.ts';
export type { HeardBeep, PlaybackEnd, StreamStatistics } from './protocol.ts';
export { type Recording, RecordingError, type RecordingLayout, type RecordingResult } from './recording.ts';

export interface MediaPoolOptions {
  /** The address to bind; 0.0.0.0 or :: only together with `publicHost`. */
  readonly host: string;
  /** The range of ports, both included. Each stream takes an even port and the odd one above it. */
  readonly firstPort: number;
  readonly lastPort: number;
  /** Threads. Default: one for each processor but one, at least 1. */
  readonly workers?: number;
  /** What session descriptions tell the far end; default `host`. */
  readonly publicHost?: string;
  /** Milliseconds without RTP and RTCP after which a stream is reported silent. Default 120 000. */
  readonly silentAfter?: number;
  /** Milliseconds that ports rest before another stream gets them. Default 5000. */
  readonly portCoolDown?: number;
  /** How the network is reached. Default `auto`: the system's own calls, or node:dgram where they cannot be made. */
  readonly driver?: DriverChoice;
  /** Of the workers' threads. Default `auto`. */
  readonly priority?: PriorityChoice;
  /** A worker ended although nobody asked it to. Its streams were told; it starts again. */
  readonly onWorkerCrash?: (error: Error) => void;
  /** A stream ended; these are its last figures. Not called for the streams of a worker that crashed. */
  readonly onStreamClosed?: (statistics: StreamStatistics) => void;
  /** Notes the headers of RTP packets; absent: nobody does. */
  readonly headerLog?: HeaderLog;
  /** The program of a worker's thread; default the one beside this file. */
  readonly workerScript?: URL;
}

/** Where the headers of a stream's packets are noted. */
export interface HeaderLog {
  /** @returns undefined where those of one more stream are not kept */
  begin(group: string): HeaderLogEntry | undefined;
}

export interface HeaderLogEntry {
  /** For a `HeaderRing`. */
  readonly buffer: SharedArrayBuffer;
  /** The stream has this address, as far ends know it. */
  opened(local: LocalMedia): void;
  /** Nothing more will be noted. Always the last call, and the only one where no stream could be opened. */
  ended(): void;
}

/** No stream could be opened. The message says why and what to do. */
export class MediaUnavailableError extends Error {
  override readonly name = 'MediaUnavailableError';
}

export class MediaPool {
  readonly #hosts: readonly WorkerHost[];
  /** Groups with open streams, and the worker that carries them. */
  readonly #groups = new Map<string, { readonly host: WorkerHost; streams: number }>();
  readonly #range: string;
  readonly #headerLog: HeaderLog | undefined;
  #closed = false;

  private constructor(hosts: readonly WorkerHost[], range: string, headerLog: HeaderLog | undefined) {
    this.#hosts = hosts;
    this.#range = range;
    this.#headerLog = headerLog;
  }

  /**
   * Starts the threads.
   *
   * @throws RangeError for a port range that holds no pair, or an unspecified `host` without `publicHost`
   * @throws Error when a thread does not come up
   */
  static async start(options: MediaPoolOptions): Promise<MediaPool> {
    const { host, firstPort, lastPort, publicHost = host } = options;
    if (publicHost === '0.0.0.0' || publicHost === '::') {
      throw new RangeError(`media bound to ${host} need a public address to tell the far end`);
    }
    const count = options.workers ?? Math.max(1, availableParallelism() - 1);
    const script =
      options.workerScript ?? new URL(`./worker-thread${extname(import.meta.url)}`, import.meta.url);
    const hosts = splitPorts(firstPort, lastPort, count).map(
      ({ first, last }) =>
        new WorkerHost({
          script,
          settings: {
            host,
            firstPort: first,
            lastPort: last,
            portCoolDown: options.portCoolDown ?? 5000,
            silentAfter: options.silentAfter ?? 120_000,
            driver: options.driver ?? 'auto',
            priority: options.priority ?? 'auto',
          },
          publicHost,
          onCrash: options.onWorkerCrash,
          onStreamClosed: options.onStreamClosed,
        }),
    );
    const started = await Promise.allSettled(hosts.map((worker) => worker.start()));
    const failed = started.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      await Promise.all(hosts.map((worker) => worker.close()));
      throw failed.reason;
    }
    return new MediaPool(hosts, `${host}:${firstPort}-${lastPort}`, options.headerLog);
  }

  /**
   * Opens a stream with ports of its own.
   *
   * @param group streams of one group are carried by one worker and can hear each other; a call's session id
   * @throws MediaUnavailableError when no port is free, or none can be bound
   */
  async open(group: string): Promise<MediaStream> {
    if (this.#closed) throw new MediaUnavailableError('media are shut down');
    const known = this.#groups.get(group);
    if (known !== undefined) return this.#openAt(known.host, group);
    return this.#openAnywhere(group);
  }

  /** The worker with the fewest streams, or the next that has ports. */
  async #openAnywhere(group: string): Promise<MediaStream> {
    let last: unknown;
    for (const host of this.#hosts.toSorted((a, b) => a.load - b.load)) {
      try {
        return await this.#openAt(host, group);
      } catch (error) {
        last = error;
      }
      // Another stream of the group was opened meanwhile: it decides.
      const known = this.#groups.get(group);
      if (known !== undefined) return this.#openAt(known.host, group);
    }
    throw last;
  }

  async #openAt(host: WorkerHost, group: string): Promise<MediaStream> {
    const entry = this.#groups.get(group) ?? { host, streams: 0 };
    entry.streams++;
    this.#groups.set(group, entry);
    const headers = this.#headerLog?.begin(group);
    const leave = (): void => {
      entry.streams--;
      if (entry.streams === 0) this.#groups.delete(group);
      headers?.ended();
    };
    const answer = await host.open(leave, headers?.buffer);
    if ('stream' in answer) {
      headers?.opened(answer.stream.local);
      return answer.stream;
    }
    leave();
    throw this.#unavailable(answer.refused);
  }

  #unavailable(refused: OpenRefusal | { readonly reason: 'down' }): MediaUnavailableError {
    switch (refused.reason) {
      case 'noFreePort':
        return new MediaUnavailableError(
          `no media port of ${this.#range} is free (${refused.pairs} pairs for this worker); widen the range or end calls`,
        );
      case 'bind':
        return new MediaUnavailableError(`media ports of ${this.#range} cannot be bound: ${refused.code}`);
      case 'down':
        return new MediaUnavailableError('the media worker crashed and is being started again');
    }
  }

  /**
   * Encodes audio once, in each codec, for any number of streams to play.
   *
   * @param samples 16-bit linear, 8000 Hz, mono
   * @throws RangeError when there are none
   */
  prepare(samples: Int16Array): Prompt {
    return encodePrompt(samples);
  }

  /**
   * Records what the far ends of two streams say, from now on, into a new WAV file: A-law, 8000 Hz. It is written while the
   * call runs, and whatever happens it plays up to the last second. Ends with `stop`, with both streams, or with a failure;
   * the call never waits for it.
   *
   * @param options.streams of one group, the first party's and the second's
   * @param path in a folder that exists; a file that is there already is never overwritten
   * @throws Error for streams of different groups; everything else is told by `onFailure`
   */
  record(
    options: { readonly streams: readonly [MediaStream, MediaStream]; readonly layout: RecordingLayout },
    path: string,
  ): Recording {
    const [first, second] = options.streams;
    return first.recordWith(second, options.layout, path);
  }

  /** How late packets left since the workers started, over all workers that are up. */
  async lateness(): Promise<Lateness> {
    return summarise(await this.#latenessSnapshots());
  }

  /** The same as numbers of packets by tenths of a millisecond; the last counts all that were later. */
  async packetsByLateness(): Promise<Float64Array> {
    return packetsByLateness(await this.#latenessSnapshots());
  }

  async #latenessSnapshots(): Promise<LatenessSnapshot[]> {
    const snapshots = await Promise.all(this.#hosts.map((host) => host.lateness()));
    return snapshots.filter((snapshot) => snapshot !== undefined);
  }

  /** Processor seconds each worker used since it was last started; of those that are up. */
  async cpuSeconds(): Promise<number[]> {
    return Promise.all(this.#hosts.map((host) => host.cpuSeconds()));
  }

  /** Pairs of ports in the range, used or not: as many streams can be open. */
  get capacity(): number {
    return this.#hosts.reduce((sum, host) => sum + host.capacity, 0);
  }

  /** When the workers' threads get a processor. */
  get priority(): PriorityInUse {
    return this.#hosts[0]!.priority!;
  }

  /** How the network is reached. */
  get driver(): DriverInUse {
    return this.#hosts[0]!.driver!;
  }

  /** Streams open now. */
  get streams(): number {
    return this.#hosts.reduce((sum, host) => sum + host.load, 0);
  }

  /** Ends all streams with a goodbye, frees all ports and ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#hosts.map((host) => host.close()));
  }
}
