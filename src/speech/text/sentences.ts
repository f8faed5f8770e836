import type { SpeechLanguage } from '../provider.ts';
import type { NumberLanguage } from './pieces.ts';

const HAN = /\p{Script=Han}/u;
const LETTER = /\p{Script=Latin}/u;
/** Up to and with what ends a sentence; a dot does so only before a space or the end. */
const SENTENCE = /[^。．！？!?；;\n]*?(?:[。．！？!?；;\n]+|\.(?=\s|$)|$)/gu;

/**
 * The language in which numbers and symbols are read at each place of a text. With `auto` it is Chinese in a sentence
 * that has a Han character, else English where there are letters; a sentence of numbers alone goes by the one before it,
 * the first by the whole text, and a text of numbers alone is Chinese.
 */
export function numberLanguages(text: string, language: SpeechLanguage): (at: number) => NumberLanguage {
  if (language !== 'auto') return () => language;
  let current: NumberLanguage = languageOf(text) ?? 'zh';
  const ends: { readonly end: number; readonly language: NumberLanguage }[] = [];
  for (const { 0: sentence, index } of text.matchAll(SENTENCE)) {
    current = languageOf(sentence) ?? current;
    ends.push({ end: index + sentence.length, language: current });
  }
  return (at) => ends.find(({ end }) => at < end)?.language ?? current;
}

function languageOf(text: string): NumberLanguage | undefined {
  if (HAN.test(text)) return 'zh';
  return LETTER.test(text) ? 'en' : undefined;
}
