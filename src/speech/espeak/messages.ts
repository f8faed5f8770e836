/** What the engine's program is told and answers, over Node's IPC with structured cloning. Types only. */

export interface EngineSegment {
  /** Of espeak-ng: `cmn-latn-pinyin+f3`. */
  readonly voice: string;
  readonly text: string;
  /** Silence after it, ms. */
  readonly pause: number;
}

export interface EngineOrder {
  readonly segments: readonly EngineSegment[];
  /** Words a minute, 80 to 450. */
  readonly rate: number;
  /** `phonemes`: what would be spoken, in espeak-ng's notation. */
  readonly wanted: 'samples' | 'phonemes';
}

export type EngineAnswer =
  /** 16 bit, 8000 Hz, mono, 1 dB below what the engine gave. */
  | { readonly kind: 'samples'; readonly samples: Int16Array }
  /** For each segment. */
  | { readonly kind: 'phonemes'; readonly phonemes: readonly string[] }
  | { readonly kind: 'failed'; readonly message: string };
