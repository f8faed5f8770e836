/** Latin words: read by the English voice, or spelled. */
import type { NumberLanguage } from './pieces.ts';

/** Capitals that are said as a word all the same. */
const WORDS_IN_CAPITALS = new Set(['WIFI', 'PIN', 'SIM', 'TAXI', 'HELLO', 'NO', 'YES', 'HUAWEI']);
const LONGEST_ABBREVIATION = 6;

/**
 * 'VIP' in a Chinese sentence, or beside a digit, as "V I P"; any other word as it is.
 *
 * @param besideDigit the word is part of a code such as A12 or 7B
 */
export function readWord(word: string, language: NumberLanguage, besideDigit: boolean): string {
  const plain = word.replaceAll('’', "'");
  const capitals =
    /^\p{Lu}+$/u.test(plain) && plain.length <= LONGEST_ABBREVIATION && !WORDS_IN_CAPITALS.has(plain);
  const spelled = besideDigit
    ? capitals || plain.length <= 2
    : capitals && (language === 'zh' || plain.length === 1);
  return spelled ? [...plain.toUpperCase()].join(' ') : plain;
}
