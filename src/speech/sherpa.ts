/** Natural voices without a server: sherpa-onnx, where the operator has installed it and names a folder of models. */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { SpeechFailure, type SpeechProvider, type SpeechRequest, speedFactor } from './provider.ts';
import { type SherpaConfiguration, sherpaConfiguration } from './sherpa-models.ts';
import type { SherpaAnswer, SherpaOrder } from './sherpa-thread.ts';
import { telephonySamples } from './telephony-samples.ts';
import { spokenText } from './text/segments.ts';

export interface SherpaOptions {
  /** Kokoro or VITS models, as sherpa-onnx publishes them. */
  readonly folder: string;
  /** Of the model's speakers; 0 by default. */
  readonly speaker?: number;
}

const PACKAGE = 'sherpa-onnx-node';
const THREAD = new URL(
  `./sherpa-thread${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
  import.meta.url,
);

/** Speaks one text at a time, in a thread of its own. */
export class SherpaProvider implements SpeechProvider {
  readonly name = 'sherpa';
  readonly voice: string;
  /** One thread speaks. */
  readonly atOnce = 1;
  readonly #speaker: number;
  readonly #configuration: SherpaConfiguration;
  #thread: Worker | undefined;
  /** The one before; each waits for it. */
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @throws {Error} when the package is not installed, or the folder lacks what a model needs */
  constructor(options: SherpaOptions) {
    this.#configuration = sherpaConfiguration(options.folder);
    this.#speaker = options.speaker ?? 0;
    this.voice = `${options.folder} ${this.#speaker}`;
    try {
      createRequire(import.meta.url).resolve(PACKAGE);
    } catch (cause) {
      throw new Error(`speech by sherpa-onnx needs the package ${PACKAGE}: npm install ${PACKAGE}`, {
        cause,
      });
    }
  }

  async synthesise(request: SpeechRequest, signal: AbortSignal): Promise<Int16Array> {
    const text = spokenText(request.text, request.language);
    if (text === '')
      throw new SpeechFailure('the text holds nothing that can be spoken', { retryable: false });
    const order = { text, speaker: this.#speaker, speed: speedFactor(request.speed) };
    const answering = this.#last.then(() => this.#answer(order, signal));
    this.#last = answering.catch(() => undefined);
    const answer = await answering;
    if (answer.kind === 'failed') throw new SpeechFailure(answer.message, { retryable: true });
    return telephonySamples(answer.samples, answer.rate);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.terminate();
  }

  async #answer(order: SherpaOrder, signal: AbortSignal): Promise<SherpaAnswer> {
    signal.throwIfAborted();
    if (this.#closed) throw new SpeechFailure('speech is closed', { retryable: false });
    const thread = this.#running();
    // The engine cannot be interrupted; a new thread loads the model again.
    const abort = (): void => void thread.terminate();
    signal.addEventListener('abort', abort, { once: true });
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const fail = (cause?: unknown): void =>
      reject(new SpeechFailure('the thread of sherpa-onnx ended', { retryable: true, cause }));
    thread.once('error', fail).once('exit', fail);
    try {
      thread.postMessage(order, []);
      const [answer] = (await Promise.race([once(thread, 'message'), ended])) as [SherpaAnswer];
      return answer;
    } finally {
      signal.removeEventListener('abort', abort);
      thread.off('error', fail).off('exit', fail);
    }
  }

  #running(): Worker {
    if (this.#thread !== undefined) return this.#thread;
    const thread = new Worker(THREAD, {
      workerData: { packageName: PACKAGE, configuration: this.#configuration },
    });
    const forget = (): void => {
      if (this.#thread === thread) this.#thread = undefined;
    };
    thread.on('error', forget).on('exit', forget).unref();
    this.#thread = thread;
    return thread;
  }
}
