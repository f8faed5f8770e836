/** Natural voices without a server: sherpa-onnx, where the operator has installed it and names a folder of models. */
import { createRequire } from 'node:module';
import type { Clock } from '../call/ports.ts';
import { EngineProcess } from './engine-process.ts';
import { SpeechFailure, type SpeechProvider, type SpeechRequest, speedFactor } from './provider.ts';
import { type SherpaConfiguration, sherpaConfiguration } from './sherpa-models.ts';
import type { SherpaAnswer, SherpaOrder } from './sherpa-program.ts';
import { telephonySamples } from './telephony-samples.ts';
import { spokenText } from './text/segments.ts';

export interface SherpaOptions {
  readonly clock: Clock;
  /** Kokoro or VITS models, as sherpa-onnx publishes them. */
  readonly folder: string;
  /** Of the model's speakers, from 0; 0 by default. */
  readonly speaker?: number;
  /** Milliseconds for which none is started after one that ended by itself or could not load the model; 30,000 by default. */
  readonly pause?: number;
  /** The engine's program; ours by default. */
  readonly program?: URL;
  /** What the program loads; sherpa-onnx-node by default. */
  readonly packageName?: string;
}

const PACKAGE = 'sherpa-onnx-node';
const PROGRAM = new URL(
  `./sherpa-program${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
  import.meta.url,
);

type SherpaProcess = EngineProcess<SherpaOrder, SherpaAnswer>;

/** Speaks one text at a time, in a process of its own. */
export class SherpaProvider implements SpeechProvider {
  readonly name = 'sherpa';
  readonly voice: string;
  /** One process speaks. */
  readonly atOnce = 1;
  readonly #options: SherpaOptions;
  readonly #speaker: number;
  readonly #configuration: SherpaConfiguration;
  /** Has loaded the model. */
  #process: SherpaProcess | undefined;
  /** Started, and not yet known to be gone. */
  readonly #started = new Set<SherpaProcess>();
  /** What the last one ended or was ended for, when it was not slowness. */
  #fault: { readonly at: number; readonly message: string } | undefined;
  /** The one before; each waits for it. */
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @throws {Error} when the package is not installed, or the folder lacks what a model needs */
  constructor(options: SherpaOptions) {
    this.#options = options;
    this.#configuration = sherpaConfiguration(options.folder);
    this.#speaker = options.speaker ?? 0;
    this.voice = `${options.folder} ${this.#speaker}`;
    if (!sherpaIsInstalled(options.packageName))
      throw new Error(`speech by sherpa-onnx needs the package ${PACKAGE}: npm install ${PACKAGE}`);
  }

  /** Process ids of the engine's processes that run now. */
  get pids(): number[] {
    return [...this.#started].flatMap(({ dead, pid }) => (dead ? [] : (pid ?? [])));
  }

  async synthesise(request: SpeechRequest, signal: AbortSignal): Promise<Int16Array> {
    const text = spokenText(request.text, request.language);
    if (text === '')
      throw new SpeechFailure('the text holds nothing that can be spoken', { retryable: false });
    const speaking = this.#last.then(() => this.#speak(text, speedFactor(request.speed), signal));
    this.#last = speaking.catch(() => undefined);
    const answer = await speaking;
    if (answer.kind !== 'samples') throw new SpeechFailure(saidBy(answer, 'to speak'), { retryable: true });
    return telephonySamples(answer.samples, answer.rate);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#started].map((process) => process.end()));
    this.#started.clear();
  }

  async #speak(text: string, speed: number, signal: AbortSignal): Promise<SherpaAnswer> {
    signal.throwIfAborted();
    if (this.#closed) throw new SpeechFailure('speech is closed', { retryable: false });
    const process = await this.#loaded(signal);
    const order: SherpaOrder = { wanted: 'samples', text, speaker: this.#speaker, speed };
    return this.#answer(process, order, signal, 'while it spoke');
  }

  /** The process that has the model, else a new one, unless the last one failed just now. */
  async #loaded(signal: AbortSignal): Promise<SherpaProcess> {
    if (this.#process !== undefined && !this.#process.dead) return this.#process;
    const { clock, folder, pause = 30_000, program = PROGRAM, packageName = PACKAGE } = this.#options;
    if (this.#fault !== undefined && clock.now() < this.#fault.at + pause)
      throw new SpeechFailure(`${this.#fault.message}; it is started again after a pause`, {
        retryable: true,
      });
    const process: SherpaProcess = new EngineProcess({ program, name: 'sherpa-onnx' });
    this.#started.add(process);
    const order: SherpaOrder = { wanted: 'load', packageName, configuration: this.#configuration };
    const loading = `while it loaded the model in ${folder}`;
    const answer = await this.#answer(process, order, signal, loading);
    const wrong = this.#wrongWith(answer, loading);
    if (wrong !== undefined) {
      this.#end(process);
      throw this.#failed(wrong);
    }
    this.#process = process;
    return process;
  }

  #wrongWith(answer: SherpaAnswer, loading: string): string | undefined {
    if (answer.kind !== 'loaded') return saidBy(answer, loading);
    if (this.#speaker < answer.speakers) return undefined;
    return `there is no speaker ${this.#speaker}: the model in ${this.#options.folder} has ${answer.speakers}, numbered from 0`;
  }

  async #answer(
    process: SherpaProcess,
    order: SherpaOrder,
    signal: AbortSignal,
    when: string,
  ): Promise<SherpaAnswer> {
    try {
      return await process.answer(order, signal);
    } catch (error) {
      this.#end(process);
      const message = `${(error as Error).message} ${when}`;
      // One that we ended because it took too long may be started again at once.
      throw signal.aborted || this.#closed
        ? new SpeechFailure(message, { retryable: true })
        : this.#failed(message);
    }
  }

  #failed(message: string): SpeechFailure {
    this.#fault = { at: this.#options.clock.now(), message };
    return new SpeechFailure(message, { retryable: true });
  }

  #end(process: SherpaProcess): void {
    void process.end().then(() => this.#started.delete(process));
  }
}

function saidBy(answer: SherpaAnswer, when: string): string {
  return `sherpa-onnx failed ${when}: ${answer.kind === 'failed' ? answer.message : `it answered ${answer.kind}`}`;
}

/** Finds the package without loading it: that is for a process of its own. */
export function sherpaIsInstalled(packageName = PACKAGE): boolean {
  try {
    createRequire(import.meta.url).resolve(packageName);
    return true;
  } catch {
    return false;
  }
}
