/** The built-in provider: espeak-ng in processes of its own, for no install step and no network. */
import { levelled } from '../../audio/loudness.ts';
import type { Clock } from '../../call/ports.ts';
import { EngineProcess } from '../engine-process.ts';
import { SpeechFailure, type SpeechProvider, type SpeechRequest, speedFactor } from '../provider.ts';
import { type SpeechSegment, speechSegments } from '../text/segments.ts';
import type { EngineAnswer, EngineOrder, EngineSegment } from './messages.ts';
import { englishSpelling, pinyinSpelling } from './spelling.ts';

/** The engine's program, beside this file: TypeScript in a clone, JavaScript once built. */
export const espeakProgram = new URL(
  `./espeak-program${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
  import.meta.url,
);

export class EspeakProcess extends EngineProcess<EngineOrder, EngineAnswer> {
  constructor(program: URL = espeakProgram) {
    super({ program, name: 'the speech engine' });
  }
}

export interface EspeakOptions {
  readonly clock: Clock;
  /** Processes at once; 2 by default. */
  readonly processes?: number;
  /** Milliseconds after which a process without work ends; 60,000 by default. */
  readonly idle?: number;
  /** The engine's program; ours by default. */
  readonly program?: URL;
}

/** Female variants, by the spec's young female voice. */
const VOICES: Readonly<Record<SpeechSegment['language'], string>> = {
  zh: 'cmn-latn-pinyin+f3',
  en: 'en-us+f3',
};
/** Words a minute at normal speed: unhurried, as codes are written down. */
const RATE = 160;
const SLOWEST_RATE = 80;
const FASTEST_RATE = 450;

/** Silence after a segment by the mark it ends with, ms. */
const PAUSES: Readonly<Record<string, number>> = { ',': 180, '.': 320, '?': 320, '!': 320 };
/** Between two languages within a clause. */
const JOIN = 60;

export class EspeakProvider implements SpeechProvider {
  readonly name = 'espeak';
  readonly voice = `${VOICES.zh} ${VOICES.en} ${RATE}`;
  readonly #clock: Clock;
  /** One for each process. */
  readonly atOnce: number;
  readonly #idle: number;
  readonly #program: URL;
  readonly #processes = new Set<EspeakProcess>();
  /** Without work; the function stops the timer that would end it. */
  readonly #free = new Map<EspeakProcess, () => void>();
  #closed = false;

  constructor(options: EspeakOptions) {
    this.#clock = options.clock;
    this.atOnce = options.processes ?? 2;
    this.#idle = options.idle ?? 60_000;
    this.#program = options.program ?? espeakProgram;
  }

  /** Process ids of the engine's processes that run now. */
  get pids(): number[] {
    return [...this.#processes].flatMap(({ pid }) => pid ?? []);
  }

  async synthesise(request: SpeechRequest, signal: AbortSignal): Promise<Int16Array> {
    const rate = Math.round(RATE * speedFactor(request.speed));
    const answer = await this.#answer(
      {
        segments: segmentsOf(request),
        rate: Math.min(FASTEST_RATE, Math.max(SLOWEST_RATE, rate)),
        wanted: 'samples',
      },
      signal,
    );
    if (answer.kind !== 'samples' || answer.samples.length === 0)
      throw new SpeechFailure('the speech engine gave no sound', { retryable: true });
    return levelled(answer.samples);
  }

  /** What would be said, segment by segment, in espeak-ng's notation of phonemes. */
  async phonemes(request: SpeechRequest, signal: AbortSignal): Promise<readonly string[]> {
    const answer = await this.#answer(
      { segments: segmentsOf(request), rate: RATE, wanted: 'phonemes' },
      signal,
    );
    if (answer.kind !== 'phonemes')
      throw new SpeechFailure('the speech engine gave no phonemes', { retryable: true });
    return answer.phonemes;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#free.values()) stop();
    this.#free.clear();
    await Promise.all([...this.#processes].map((process) => this.#end(process)));
  }

  async #answer(order: EngineOrder, signal: AbortSignal): Promise<EngineAnswer> {
    if (order.segments.length === 0)
      throw new SpeechFailure('the text holds nothing that can be spoken', { retryable: false });
    const process = this.#acquire(signal);
    try {
      const answer = await process.answer(order, signal);
      if (answer.kind === 'failed') throw new SpeechFailure(answer.message, { retryable: false });
      return answer;
    } finally {
      this.#release(process);
    }
  }

  /** One that waits for work, else a new one: whoever asks asks for no more than `atOnce`. */
  #acquire(signal: AbortSignal): EspeakProcess {
    signal.throwIfAborted();
    if (this.#closed) throw new SpeechFailure('the speech engine is closed', { retryable: false });
    for (const [process, stopTimer] of this.#free) {
      stopTimer();
      this.#free.delete(process);
      if (!process.dead) return process;
      this.#processes.delete(process);
    }
    const process = new EspeakProcess(this.#program);
    this.#processes.add(process);
    return process;
  }

  #release(process: EspeakProcess): void {
    if (process.dead || this.#closed) this.#processes.delete(process);
    else {
      const stopTimer = this.#clock.after(this.#idle, () => {
        this.#free.delete(process);
        void this.#end(process);
      });
      this.#free.set(process, stopTimer);
    }
  }

  async #end(process: EspeakProcess): Promise<void> {
    this.#processes.delete(process);
    await process.end();
  }
}

function segmentsOf({ text, language }: SpeechRequest): EngineSegment[] {
  const segments = speechSegments(text, language);
  return segments.map(({ language, text }, index) => ({
    voice: VOICES[language],
    text: language === 'zh' ? pinyinSpelling(text) : englishSpelling(text),
    pause: index === segments.length - 1 ? 0 : (PAUSES[text.at(-1)!] ?? JOIN),
  }));
}
