/**
 * Pinyin as espeak-ng's `cmn-latn-pinyin` takes it. Its dictionary lacks some syllables, which it would read in English;
 * `xi1ong1`, two syllables run together, comes closest to what it has no word for.
 */
const UNKNOWN: Readonly<Record<string, string>> = { m: 'mu', n: 'en', hng: 'heng', hm: 'hen', ê: 'ei' };

/** Where the first half stands for a tone to move on from: high before a high or falling one, else low. */
const FIRST_HALF: Readonly<Record<string, string>> = { 1: '1', 2: '5', 3: '5', 4: '1', 5: '5' };

/** @param text syllables with tone numbers, separated by spaces, marks after them */
export function pinyinSpelling(text: string): string {
  return text.replaceAll(/([a-zêü]+)([1-5])/g, (_, syllable: string, tone: string) => {
    const split = /^([jqx]i)(ong)$/.exec(syllable);
    if (split !== null) return `${split[1]!}${FIRST_HALF[tone]!}${split[2]!}${tone}`;
    return `${(UNKNOWN[syllable] ?? syllable).replaceAll('ü', 'v')}${tone}`;
  });
}

const DIGIT_WORDS = 'zero|one|two|three|four|five|six|seven|eight|nine';
const LETTER_A = new RegExp(String.raw`\bA(?= (?:[A-Z]|${DIGIT_WORDS})\b)`, 'g');

/** English words as `en-us` takes them: before a letter or a digit, A is the letter, which it would read as the article. */
export function englishSpelling(text: string): string {
  return text.replaceAll(LETTER_A, 'eigh');
}
