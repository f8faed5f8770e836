/** What a text becomes speech from, and the port that every speech provider implements. */

export type SpeechLanguage = 'zh' | 'en' | 'auto';

/** A text to be read. It may hold names, addresses and passwords: it is never logged, nor part of an error's message. */
export interface SpeechRequest {
  readonly text: string;
  /** How numbers, dates and symbols are read; words are read by their script. `auto` decides for each sentence. */
  readonly language: SpeechLanguage;
  /** -200 to 500; 0 is the voice's own speed. See `speedFactor`. */
  readonly speed: number;
}

export interface SpeechProvider {
  /** For logs and figures: `espeak`, `openai`, `sherpa`. */
  readonly name: string;
  /** Everything besides the request on which the sound depends: model, voice. Names what was cached. */
  readonly voice: string;
  /** Requests that it speaks at once; it is given no more of them. */
  readonly atOnce: number;
  /**
   * Speaks the text.
   *
   * @param signal gives the attempt up; the promise then rejects soon, with whatever error
   * @returns samples at 8000 Hz, mono, at the loudness of prompts; never empty
   * @throws {SpeechFailure} also where the text holds nothing that can be spoken
   */
  synthesise(request: SpeechRequest, signal: AbortSignal): Promise<Int16Array>;
  /** Ends what runs; a later `synthesise` rejects. */
  close(): Promise<void>;
}

/** Why a provider did not speak. The message is for people and logs, and holds no part of the text. */
export class SpeechFailure extends Error {
  override readonly name = 'SpeechFailure';
  /** Whether the same request may succeed at another attempt. */
  readonly retryable: boolean;

  constructor(message: string, options: { readonly retryable: boolean; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryable = options.retryable;
  }
}

export const slowest = -200;
export const fastest = 500;

/** How many times as fast as normal a speed is: 500 is twice, -200 three quarters. Out of range counts as the limit. */
export function speedFactor(speed: number): number {
  return 2 ** (Math.min(fastest, Math.max(slowest, speed)) / 500);
}
