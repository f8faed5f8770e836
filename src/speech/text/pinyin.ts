/** Han characters as pinyin with tone numbers. */
import { customPinyin, pinyin } from 'pinyin-pro';
import { polyphonesOf } from './polyphones.ts';

/** Surnames that are read otherwise than the word, before a title. */
const SURNAMES: Readonly<Record<string, string>> = {
  单: 'shàn',
  曾: 'zēng',
  仇: 'qiú',
  解: 'xiè',
  区: 'ōu',
  查: 'zhā',
  任: 'rén',
  华: 'huà',
  朴: 'piáo',
  盖: 'gě',
  翟: 'zhái',
  乐: 'yuè',
  繁: 'pó',
  尹: 'yǐn',
  覃: 'qín',
  应: 'yīng',
  宁: 'nìng',
  长: 'zhǎng',
  卜: 'bǔ',
  冼: 'xiǎn',
};
const TITLES: Readonly<Record<string, string>> = {
  先生: 'xiān sheng',
  女士: 'nǚ shì',
  小姐: 'xiǎo jiě',
  老师: 'lǎo shī',
  经理: 'jīng lǐ',
};

/** Words that the dictionary gets wrong, all heard in notifications. */
const WORDS: Readonly<Record<string, string>> = {
  码为: 'mǎ wéi',
  号为: 'hào wéi',
  额为: 'é wéi',
  名为: 'míng wéi',
  间为: 'jiān wéi',
  址为: 'zhǐ wéi',
  数为: 'shù wéi',
  度为: 'dù wéi',
  价为: 'jià wéi',
  称为: 'chēng wéi',
  态为: 'tài wéi',
  量为: 'liàng wéi',
  星期一: 'xīng qī yī',
  周一: 'zhōu yī',
  礼拜一: 'lǐ bài yī',
  一月: 'yī yuè',
  一号: 'yī hào',
  一日: 'yī rì',
  一楼: 'yī lóu',
  一层: 'yī céng',
  先生: 'xiān sheng',
  朝阳: 'cháo yáng',
  事情: 'shì qing',
  单号: 'dān hào',
};

customPinyin(WORDS);
customPinyin(
  Object.fromEntries(
    Object.entries(SURNAMES).flatMap(([surname, reading]) =>
      Object.entries(TITLES).map(([title, spoken]) => [surname + title, `${reading} ${spoken}`]),
    ),
  ),
);

const NUMERALS: Readonly<Record<string, string>> = {
  零: 'ling2',
  一: 'yi1',
  二: 'er4',
  三: 'san1',
  四: 'si4',
  五: 'wu3',
  六: 'liu4',
  七: 'qi1',
  八: 'ba1',
  九: 'jiu3',
  十: 'shi2',
  百: 'bai3',
  千: 'qian1',
  万: 'wan4',
  亿: 'yi4',
  点: 'dian3',
  负: 'fu4',
  两: 'liang3',
};

/** A syllable and its tone: 1 to 4, and 5 for the neutral one. */
const SYLLABLE = /^[a-zêü]+[1-5]$/;

/**
 * The syllables of a text of Han characters, in the tones in which they are spoken: those of 一 and 不 change with what
 * follows. That of a third tone before another is left as it is, for the voice to change. A character without a known reading is left out.
 */
export function pinyinOf(text: string): string[] {
  const polyphones = polyphonesOf(text);
  const read: string[] = [];
  let at = 0;
  for (const { origin, pinyin: syllable } of pinyin(text, {
    toneType: 'num',
    toneSandhi: true,
    type: 'all',
  })) {
    const reading = polyphones.get(at) ?? syllable.replace(/0$/, '5');
    // 不 was read by the reading of the dictionary.
    if (polyphones.has(at) && text[at - 1] === '不')
      read[read.length - 1] = `bu${reading.endsWith('4') ? 2 : 4}`;
    if (SYLLABLE.test(reading)) read.push(reading);
    at += origin.length;
  }
  return read;
}

/** The syllables of Chinese numerals: in their own tones, but for 一 before hundreds, thousands and more (yi4 bai3, yi2 wan4). */
export function numeralPinyin(text: string): string[] {
  return [...text].map((numeral, index) => {
    if (numeral !== '一' || text[index - 1] === '十') return NUMERALS[numeral]!;
    if (/[百千]/.test(text[index + 1] ?? '')) return 'yi4';
    return /[万亿]/.test(text[index + 1] ?? '') ? 'yi2' : 'yi1';
  });
}
