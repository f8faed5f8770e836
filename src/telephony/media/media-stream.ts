/** One leg's media, as the signalling thread sees it. */
import type { MachineVerdict } from '../../audio/answering-machine.ts';
import type { Key } from '../../rtp/telephone-event.ts';
import type { QualityRows } from '../../call/leg-quality.ts';
import type { AgreedAudio } from '../../sdp/offer-answer.ts';
import { KeyPresses, type KeySource } from './key-presses.ts';
import type { Prompt } from './prompt.ts';
import type {
  FromWorker,
  HeardBeep,
  PlaybackEnd,
  StreamAudio,
  StreamId,
  StreamStatistics,
  ToWorker,
} from './protocol.ts';
import type { Recording, RecordingLayout } from './recording.ts';
import { isDomainName, literalAddress, resolveAddress } from './remote-address.ts';

/** A prompt that plays. */
export interface Playback {
  /** Resolves when the last frame has had its time, or when it was replaced, stopped, or its stream ended. Never rejects. */
  readonly finished: Promise<PlaybackEnd>;
  stop(): void;
}

/** Where the far end is to send: what an offer or answer says. */
export interface LocalMedia {
  readonly host: string;
  readonly port: number;
  readonly rtcpPort: number;
}

/** What a stream needs of the worker that carries it. */
export interface StreamCarrier {
  tell(message: ToWorker): void;
  statistics(stream: StreamId): Promise<StreamStatistics | undefined>;
  quality(stream: StreamId): Promise<QualityRows | undefined>;
  record(streams: readonly [StreamId, StreamId], layout: RecordingLayout, path: string): Recording;
}

export interface MachineWatchRequest {
  /** Milliseconds from now until there is a verdict in any case, 500-30 000. Default 3500. */
  readonly longest?: number;
  /** Milliseconds from now for which beeps are told. Default 60 000. */
  readonly beepsFor?: number;
}

const DEFAULT_BEEPS_FOR = 60_000;

/**
 * One leg's media. Until `configure` it sends and accepts nothing; from then on, while its direction lets it, packets
 * leave on the clock: silence, a prompt or another stream. Methods may be called at any time; after the end they do nothing.
 */
export class MediaStream {
  /** The first packet of audio came: before the answer, that is early media. */
  onFirstPacket: (() => void) | undefined = undefined;
  /** The far end should be heard and neither RTP nor RTCP came for the pool's `silentAfter`. Once per silence. */
  onSilentMedia: (() => void) | undefined = undefined;
  /**
   * The far end pressed a key; `source` is how it was first told. Once per press, even where it is told as an event, in the
   * audio and by INFO. A key is never to be logged.
   */
  onKey: ((key: Key, source: KeySource) => void) | undefined = undefined;
  /** Who answered, once after each `watchForMachine`. */
  onMachineVerdict: ((verdict: MachineVerdict) => void) | undefined = undefined;
  /** A machine's beep has ended. Any number of times while it is watched for. */
  onBeep: ((beep: HeardBeep) => void) | undefined = undefined;
  /** The worker crashed: nothing is heard any more. The last call. */
  onFailure: ((error: Error) => void) | undefined = undefined;
  readonly id: StreamId;
  readonly local: LocalMedia;
  readonly #carrier: StreamCarrier;
  readonly #family: 4 | 6;
  readonly #playbacks = new Map<number, (how: PlaybackEnd) => void>();
  readonly #presses = new KeyPresses();
  #nextPlayback = 1;
  #configured = 0;
  #ended = false;
  #lastQuality: QualityRows | undefined = undefined;
  #closed:
    | { promise: Promise<StreamStatistics | undefined>; resolve: (last?: StreamStatistics) => void }
    | undefined = undefined;

  /** @param family of the sockets */
  constructor(id: StreamId, local: LocalMedia, family: 4 | 6, carrier: StreamCarrier) {
    this.id = id;
    this.local = local;
    this.#family = family;
    this.#carrier = carrier;
  }

  /** What offer and answer agreed on: the first time, and after each change (hold, another address or codec). */
  configure(agreed: AgreedAudio): void {
    const generation = ++this.#configured;
    const remote = literalAddress(agreed.remote, this.#family);
    const rtcp = literalAddress(agreed.rtcp, this.#family);
    this.#configureWith({ ...agreed, remote, rtcp });
    if (!isDomainName(agreed.remote.host) && !isDomainName(agreed.rtcp.host)) return;
    void this.#resolve(agreed).then((resolved) => {
      if (generation === this.#configured) this.#configureWith(resolved);
    });
  }

  #configureWith(audio: StreamAudio): void {
    this.#tell({ kind: 'configure', stream: this.id, audio });
  }

  async #resolve(agreed: AgreedAudio): Promise<StreamAudio> {
    const [remote, rtcp] = await Promise.all([
      resolveAddress(agreed.remote, this.#family),
      resolveAddress(agreed.rtcp, this.#family),
    ]);
    return { ...agreed, remote, rtcp };
  }

  /**
   * Plays in place of what was heard. A prompt begins when the stream is configured, and runs on unheard while the far end
   * is on hold. When it is over, silence follows.
   */
  play(prompt: Prompt, options: { readonly loop?: boolean } = {}): Playback {
    const playback = this.#nextPlayback++;
    if (this.#ended) return { finished: Promise.resolve('stopped'), stop: () => {} };
    const { promise, resolve } = Promise.withResolvers<PlaybackEnd>();
    this.#playbacks.set(playback, resolve);
    this.#tell({ kind: 'play', stream: this.id, playback, prompt, loop: options.loop ?? false });
    return { finished: promise, stop: () => this.#tell({ kind: 'stop', stream: this.id, playback }) };
  }

  /**
   * The far end hears `source` from now on; undefined: silence.
   *
   * @throws Error when `source` is this stream, or was opened for another group
   */
  hear(source: MediaStream | undefined): void {
    if (source === this) throw new Error('a stream cannot hear itself');
    if (source !== undefined && source.#carrier !== this.#carrier) {
      throw new Error('streams that hear each other must be opened for the same group');
    }
    this.#tell({ kind: 'hear', stream: this.id, source: source?.id });
  }

  /** A key came by SIP INFO: `onKey` is told, unless the same press came as an event or in the audio too. */
  receiveKey(key: Key): void {
    this.#pressed(key, 'info');
  }

  #pressed(key: Key, source: KeySource): void {
    if (this.#presses.isNew(key, source, performance.now())) this.onKey?.(key, source);
  }

  /**
   * Listens for an answering machine from now on: the answer is the right moment. Delays nothing. A watch under way is
   * replaced.
   *
   * @throws RangeError for a time out of range
   */
  watchForMachine(request: MachineWatchRequest = {}): void {
    const { longest, beepsFor = DEFAULT_BEEPS_FOR } = request;
    if (longest !== undefined && !(longest >= 500 && longest <= 30_000)) {
      throw new RangeError('a verdict takes 500-30000 ms');
    }
    this.#tell({ kind: 'watchForMachine', stream: this.id, longest, beepsFor });
  }

  stopWatchingForMachine(): void {
    this.#tell({ kind: 'stopWatching', stream: this.id });
  }

  /** What `statistics` say of the audio heard counts from now on: to be called at the answer, so that ring-back tones do not count. */
  restartJudgement(): void {
    this.#tell({ kind: 'restartJudgement', stream: this.id });
  }

  /** @internal `MediaPool.record` */
  recordWith(other: MediaStream, layout: RecordingLayout, path: string): Recording {
    if (other === this || other.#carrier !== this.#carrier) {
      throw new Error('a recording is of two streams opened for the same group');
    }
    return this.#carrier.record([this.id, other.id], layout, path);
  }

  /** @returns undefined once the stream has ended: `close` gives the last figures */
  statistics(): Promise<StreamStatistics | undefined> {
    return this.#ended ? Promise.resolve(undefined) : this.#carrier.statistics(this.id);
  }

  /** Second by second so far; once it has been closed, all of it. Undefined where there was no packet, or the worker crashed. */
  async quality(): Promise<QualityRows | undefined> {
    if (!this.#ended) return this.#carrier.quality(this.id);
    await this.#closed?.promise;
    return this.#lastQuality;
  }

  /**
   * Says goodbye to the far end and gives the ports back. Safe to repeat.
   *
   * @returns the last figures, or undefined when the worker crashed
   */
  close(): Promise<StreamStatistics | undefined> {
    if (this.#closed === undefined) {
      const { promise, resolve } = Promise.withResolvers<StreamStatistics | undefined>();
      this.#closed = { promise, resolve };
      if (this.#ended) resolve(undefined);
      else this.#tell({ kind: 'close', stream: this.id });
      this.#ended = true;
    }
    return this.#closed.promise;
  }

  #tell(message: ToWorker): void {
    if (!this.#ended) this.#carrier.tell(message);
  }

  /** @internal what the worker says of this stream */
  receive(message: Extract<FromWorker, { stream: StreamId }>): void {
    switch (message.kind) {
      case 'firstPacket':
        return this.onFirstPacket?.();
      case 'silentMedia':
        return this.onSilentMedia?.();
      case 'key':
        return this.#pressed(message.key, message.source);
      case 'machineVerdict':
        return this.onMachineVerdict?.(message.verdict);
      case 'beep':
        return this.onBeep?.(message.beep);
      case 'playbackFinished':
        this.#playbacks.get(message.playback)?.(message.how);
        this.#playbacks.delete(message.playback);
        return;
      case 'closed':
        this.#lastQuality = message.quality;
        this.#end();
        this.#closed?.resolve(message.statistics);
        return;
      default:
        // `opened` and `refused` are answers to the pool, from before the stream was made.
        return;
    }
  }

  /** @internal the worker is gone */
  fail(error: Error): void {
    const wasOpen = !this.#ended;
    this.#end();
    this.#closed?.resolve(undefined);
    if (wasOpen) this.onFailure?.(error);
  }

  #end(): void {
    this.#ended = true;
    for (const finish of this.#playbacks.values()) finish('stopped');
    this.#playbacks.clear();
  }
}
