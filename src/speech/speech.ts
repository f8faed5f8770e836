/** Texts to samples: providers in order of fall-back, a time limit and retries for each, and a cache before all. */
import type { Clock, Logger } from '../call/ports.ts';
import { PromptUnavailable } from '../call/prompt-unavailable.ts';
import { type PromptCache, promptKey } from './prompt-cache.ts';
import { Places } from './places.ts';
import { SpeechFailure, type SpeechProvider, type SpeechRequest } from './provider.ts';

/** Hears where speech comes from. Must not throw. */
export interface SpeechObserver {
  /** It was in the cache. */
  cached(provider: string): void;
  /** A provider made it. */
  synthesised(provider: string, seconds: number): void;
  /** A provider's attempt failed. */
  failed(provider: string): void;
}

export interface SpeechOptions {
  /** The first that speaks is taken. */
  readonly providers: readonly SpeechProvider[];
  readonly cache: PromptCache;
  readonly log: Logger;
  readonly clock: Clock;
  /** Milliseconds for one attempt, from when the provider begins; 10,000 by default. */
  readonly timeout?: number;
  /** Milliseconds that a text waits for a provider that speaks others; 60,000 by default. */
  readonly patience?: number;
  /** Further attempts with the same provider; 1 by default. */
  readonly retries?: number;
  /** Milliseconds for which a provider that failed is tried after the others only; 30,000 by default. */
  readonly rest?: number;
  readonly observer?: SpeechObserver;
}

export interface RenderedSpeech {
  /** 8000 Hz, mono, at the loudness of prompts. The same object for equal requests, while it is in memory. */
  readonly samples: Int16Array;
  /** Spent on synthesis; 0 from the cache. */
  readonly milliseconds: number;
}

/** Characters of one text: a template has 900 octets at most, and its values no more than that again. */
const LONGEST_TEXT = 5_000;

export class Speech {
  readonly #options: SpeechOptions;
  readonly #closing = new AbortController();
  /** By what is asked for: simultaneous equal requests are one. */
  readonly #rendering = new Map<string, Promise<RenderedSpeech>>();
  /** Until when a provider rests. */
  readonly #resting = new Map<SpeechProvider, number>();
  readonly #places: ReadonlyMap<SpeechProvider, Places>;

  constructor(options: SpeechOptions) {
    this.#options = options;
    this.#places = new Map(options.providers.map((provider) => [provider, new Places(provider.atOnce)]));
  }

  /**
   * @param ahead before all texts that wait: few and short ones, which many calls need
   * @throws {PromptUnavailable} `speech-failed` when no provider could speak
   */
  render(request: SpeechRequest, ahead = false): Promise<RenderedSpeech> {
    const { text, language, speed } = request;
    const key = JSON.stringify([language, speed, text]);
    const running = this.#rendering.get(key);
    if (running !== undefined) return running;
    const rendering = this.#render({ text, language, speed }, ahead).finally(() =>
      this.#rendering.delete(key),
    );
    this.#rendering.set(key, rendering);
    return rendering;
  }

  /** Removes what was made of a text from the cache. */
  async forget(request: SpeechRequest): Promise<void> {
    const { cache, providers } = this.#options;
    for (const provider of providers) await cache.remove(promptKey(request, provider));
  }

  /** Gives up what runs, and closes the providers. */
  async close(): Promise<void> {
    this.#closing.abort(new SpeechFailure('speech is closed', { retryable: false }));
    await Promise.allSettled(this.#rendering.values());
    await Promise.all(this.#options.providers.map((provider) => provider.close()));
  }

  async #render(request: SpeechRequest, ahead: boolean): Promise<RenderedSpeech> {
    if (request.text.length > LONGEST_TEXT)
      throw new PromptUnavailable('speech-failed', `a text of ${request.text.length} characters is too long`);
    for (const provider of this.#inOrder()) {
      const rendered = await this.#renderWith(provider, request, ahead);
      if (rendered !== undefined) return rendered;
    }
    throw new PromptUnavailable('speech-failed', 'no speech provider could speak');
  }

  #inOrder(): SpeechProvider[] {
    const now = this.#options.clock.now();
    const rests = (provider: SpeechProvider): boolean => (this.#resting.get(provider) ?? 0) > now;
    return this.#options.providers.toSorted((one, other) => Number(rests(one)) - Number(rests(other)));
  }

  async #renderWith(
    provider: SpeechProvider,
    request: SpeechRequest,
    ahead: boolean,
  ): Promise<RenderedSpeech | undefined> {
    const { cache, clock, observer } = this.#options;
    const key = promptKey(request, provider);
    const cached = await cache.get(key);
    if (cached !== undefined) {
      observer?.cached(provider.name);
      return { samples: cached, milliseconds: 0 };
    }
    const leave = await this.#place(provider, ahead);
    if (leave === undefined) return undefined;
    const start = clock.now();
    const samples = await this.#tryWith(provider, request).finally(leave);
    if (samples === undefined) return undefined;
    const milliseconds = clock.now() - start;
    observer?.synthesised(provider.name, milliseconds / 1_000);
    await cache.put(key, samples);
    return { samples, milliseconds };
  }

  /** Waits until the provider may speak; waiting is no fault of the provider. */
  async #place(provider: SpeechProvider, ahead: boolean): Promise<(() => void) | undefined> {
    const { clock, log, observer, patience = 60_000 } = this.#options;
    const limit = new AbortController();
    const stopTimer = clock.after(patience, () =>
      limit.abort(new SpeechFailure(`other texts were spoken for ${patience} ms`, { retryable: true })),
    );
    try {
      return await this.#places
        .get(provider)
        ?.take(AbortSignal.any([limit.signal, this.#closing.signal]), ahead);
    } catch (err) {
      log.warn({ err, provider: provider.name }, 'a text waited for a speech provider in vain');
      observer?.failed(provider.name);
      return undefined;
    } finally {
      stopTimer();
    }
  }

  async #tryWith(provider: SpeechProvider, request: SpeechRequest): Promise<Int16Array | undefined> {
    const { log, retries = 1, rest = 30_000, clock, observer } = this.#options;
    for (let attempt = 1; attempt <= 1 + retries && !this.#closing.signal.aborted; attempt += 1) {
      try {
        const samples = await this.#attempt(provider, request);
        this.#resting.delete(provider);
        return samples;
      } catch (err) {
        log.warn({ err, provider: provider.name, attempt }, 'a speech provider failed');
        observer?.failed(provider.name);
        // A text that it cannot speak says nothing against the provider.
        if (err instanceof SpeechFailure && !err.retryable) return undefined;
      }
    }
    this.#resting.set(provider, clock.now() + rest);
    return undefined;
  }

  /** Rejects when the time is over, whether the provider heeds its signal or not. */
  async #attempt(provider: SpeechProvider, request: SpeechRequest): Promise<Int16Array> {
    const { clock, timeout = 10_000 } = this.#options;
    const limit = new AbortController();
    const signal = AbortSignal.any([limit.signal, this.#closing.signal]);
    const stopTimer = clock.after(timeout, () =>
      limit.abort(new SpeechFailure(`no speech within ${timeout} ms`, { retryable: true })),
    );
    const { promise: given, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    try {
      return await Promise.race([provider.synthesise(request, signal), given]);
    } finally {
      stopTimer();
    }
  }
}
