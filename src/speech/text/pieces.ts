/** A text as it is spoken, piece by piece; numbers and symbols have become words. */
export type Piece =
  /** Han characters; how each is read depends on its neighbours. */
  | { readonly kind: 'zh'; readonly text: string }
  /** Chinese numerals, each read by itself. */
  | { readonly kind: 'numeral'; readonly text: string }
  /** English words, or letters to be spelled, separated by spaces. */
  | { readonly kind: 'en'; readonly text: string }
  | { readonly kind: 'pause'; readonly mark: PauseMark };

/** A short pause, and the ends of a statement, a question, an exclamation. */
export type PauseMark = ',' | '.' | '?' | '!';

/** The language in which numbers, dates and symbols of a sentence are read. */
export type NumberLanguage = 'zh' | 'en';

export const zh = (text: string): Piece => ({ kind: 'zh', text });
export const numeral = (text: string): Piece => ({ kind: 'numeral', text });
export const en = (text: string): Piece => ({ kind: 'en', text });
export const pause = (mark: PauseMark): Piece => ({ kind: 'pause', mark });
