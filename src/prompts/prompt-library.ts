import type { SpeechPrompt } from '../call/prompt.ts';
import type { VoiceFileArchive, VoiceFileStore } from '../accounts/ports.ts';
import { parseWav, wavSamples } from '../audio/wav.ts';
import type { PromptLibrary } from '../call/ports.ts';
import type { PromptAudio, PromptRef, SystemPrompt, TonePrompt } from '../call/prompt.ts';
import { PromptUnavailable } from '../call/prompt-unavailable.ts';
import { StoreUnavailableError } from '../call/store-unavailable-error.ts';
import { SampleCache } from './sample-cache.ts';

/** The part of `Speech` that is needed here: a text as samples at 8000 Hz, the same object for the same text while it is cached. */
export interface SpeechRenderer {
  /**
   * Rejects with PromptUnavailable('speech-failed').
   *
   * @param ahead before the texts that wait to be spoken
   * @returns with the milliseconds that a voice worked on it; 0 from the cache
   */
  render(
    request: { readonly text: string; readonly language: 'zh' | 'en' | 'auto'; readonly speed: number },
    ahead?: boolean,
  ): Promise<{ readonly samples: Int16Array; readonly milliseconds: number }>;
  /** Removes what was kept of it. */
  forget(request: {
    readonly text: string;
    readonly language: 'auto';
    readonly speed: number;
  }): Promise<void>;
}

export interface StoredPromptsOptions {
  readonly files: Pick<VoiceFileStore, 'find'>;
  readonly archive: VoiceFileArchive;
  readonly speech: SpeechRenderer;
  readonly tones: Readonly<Record<TonePrompt['tone'], Int16Array>>;
  /** Of the system's own prompts, but for digits. */
  readonly language: 'zh' | 'en';
  /** Of the digits of verification codes. */
  readonly codeLanguage: 'zh' | 'en';
  readonly systemText: (prompt: SystemPrompt, language: 'zh' | 'en') => string;
  /** Octets of samples of voice files in memory; default 64 MB, some 70 minutes. */
  readonly memory?: number;
}

const MEMORY = 64 * 1024 * 1024;

/** Voice files that are known while the database is away. */
const REMEMBERED = 1_000;

/** The voice file that an account uploads to replace what the system says and sounds: `system-transfer.wav`, `system-waiting.wav`. */
const replacementOf = (prompt: SystemPrompt | TonePrompt['tone']): string => `system-${prompt}.wav`;

/** Prompts from the account's approved voice files, from speech, and from built-in tones. */
export class StoredPrompts implements PromptLibrary {
  readonly #options: StoredPromptsOptions;
  /** By sound: a file that is replaced has another one, so that its old sound is never played again. */
  readonly #files: SampleCache;
  /** Sounds in service by account and file name; undefined: there is no approved file of that name. */
  readonly #lastRead = new Map<string, string | undefined>();
  /** One PromptAudio for each array of samples, wherever it came from. */
  readonly #audioOf = new WeakMap<Int16Array, PromptAudio>();

  constructor(options: StoredPromptsOptions) {
    this.#options = options;
    this.#files = new SampleCache(options.memory ?? MEMORY);
  }

  /**
   * Rejects with PromptUnavailable: `missing` where there is no approved file of that name, `speech-failed` where no
   * provider could speak; with the signal's reason when it is aborted (what was begun goes on, for the next call).
   */
  async get(
    ref: PromptRef,
    spId: string,
    signal?: AbortSignal,
    spoken?: (milliseconds: number) => void,
  ): Promise<PromptAudio> {
    signal?.throwIfAborted();
    const audio = this.#find(ref, spId, spoken);
    if (signal === undefined) return audio;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([audio, aborted]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #find(
    ref: PromptRef,
    spId: string,
    spoken: (milliseconds: number) => void = () => {},
  ): Promise<PromptAudio> {
    switch (ref.kind) {
      case 'tone':
        return (
          (await this.#file(spId, replacementOf(ref.tone))) ?? this.#audio(this.#options.tones[ref.tone])
        );
      case 'file':
        return this.#present(await this.#file(spId, ref.name));
      case 'speech':
        return this.#speak({ text: ref.text, language: 'auto', speed: ref.speed ?? 0 }, false, spoken);
      case 'system':
        return this.#system(ref.prompt, spId);
    }
  }

  /** Removes what was kept of the sound of a text. */
  async forget({ text, speed = 0 }: SpeechPrompt): Promise<void> {
    await this.#options.speech.forget({ text, language: 'auto', speed });
  }

  async #system(prompt: SystemPrompt, spId: string): Promise<PromptAudio> {
    const replacement = await this.#file(spId, replacementOf(prompt));
    if (replacement !== undefined) return replacement;
    const { codeLanguage, systemText } = this.#options;
    const language = prompt.startsWith('digit-') ? codeLanguage : this.#options.language;
    // Few and short, and needed by many calls: not behind a burst of customers' texts.
    return this.#speak({ text: systemText(prompt, language), language, speed: 0 }, true);
  }

  async #speak(
    request: Parameters<SpeechRenderer['render']>[0],
    ahead: boolean,
    spoken: (milliseconds: number) => void = () => {},
  ): Promise<PromptAudio> {
    const { samples, milliseconds } = await this.#options.speech.render(request, ahead);
    if (milliseconds > 0) spoken(milliseconds);
    return this.#audio(samples);
  }

  /** @returns undefined when there is no approved file of that name with sound */
  async #file(spId: string, name: string): Promise<PromptAudio | undefined> {
    const sound = await this.#soundInService(spId, name);
    if (sound === undefined) return undefined;
    const audio = await this.#sound(sound);
    if (audio !== undefined) return audio;
    // It may have been replaced in between; then there is another one by now.
    const successor = await this.#soundInService(spId, name);
    return successor === undefined || successor === sound ? undefined : this.#sound(successor);
  }

  /** While the database is away: what it was when it was last read, so that calls go on. */
  async #soundInService(spId: string, name: string): Promise<string | undefined> {
    const file = `${spId} ${name}`;
    try {
      const sound = (await this.#options.files.find(spId, name))?.inService?.content.sound;
      this.#remember(file, sound);
      return sound;
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || !this.#lastRead.has(file)) throw error;
      return this.#lastRead.get(file);
    }
  }

  /** Those read last are remembered. */
  #remember(file: string, sound: string | undefined): void {
    this.#lastRead.delete(file);
    this.#lastRead.set(file, sound);
    if (this.#lastRead.size <= REMEMBERED) return;
    for (const oldest of this.#lastRead.keys()) {
      this.#lastRead.delete(oldest);
      break;
    }
  }

  async #sound(sound: string): Promise<PromptAudio | undefined> {
    try {
      return await this.#files.get(sound, async () => {
        const wav = this.#present(await this.#options.archive.read(sound, 'converted'));
        return this.#audio(wavSamples(parseWav(wav)));
      });
    } catch (error) {
      if (error instanceof PromptUnavailable) return undefined;
      throw error;
    }
  }

  #present<T>(found: T | undefined): T {
    if (found === undefined) throw new PromptUnavailable('missing');
    return found;
  }

  #audio(samples: Int16Array): PromptAudio {
    const known = this.#audioOf.get(samples);
    if (known !== undefined) return known;
    const audio = { samples };
    this.#audioOf.set(samples, audio);
    return audio;
  }
}
