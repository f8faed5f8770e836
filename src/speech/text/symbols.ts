/** Symbols and punctuation: what is said for them, and where a pause is. */
import { en, type NumberLanguage, type PauseMark, type Piece, zh } from './pieces.ts';

const PAUSES: Readonly<Record<PauseMark, string>> = {
  ',': ',，、:：;；()（）[]【】〔〕{}<>《》〈〉|\n\t—–…',
  '.': '.。．',
  '?': '?？',
  '!': '!！',
};

const MARKS = new Map<string, PauseMark>(
  Object.entries(PAUSES).flatMap(([mark, symbols]) =>
    [...symbols].map((symbol): [string, PauseMark] => [symbol, mark as PauseMark]),
  ),
);

const NAMES: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  '#': { zh: '井号', en: 'hash' },
  '*': { zh: '星号', en: 'star' },
  '&': { zh: '和', en: 'and' },
  '@': { zh: '艾特', en: 'at' },
  '=': { zh: '等于', en: 'equals' },
  '+': { zh: '加', en: 'plus' },
  '×': { zh: '乘', en: 'times' },
  '÷': { zh: '除以', en: 'divided by' },
  '%': { zh: '百分号', en: 'percent' },
  $: { zh: '美元', en: 'dollar' },
  '¥': { zh: '元', en: 'yuan' },
  '￥': { zh: '元', en: 'yuan' },
  '€': { zh: '欧元', en: 'euro' },
  '£': { zh: '英镑', en: 'pound' },
  '℃': { zh: '摄氏度', en: 'degrees Celsius' },
  '°': { zh: '度', en: 'degrees' },
  '№': { zh: '编号', en: 'number' },
};

/** @returns undefined for what has no pause */
export function pauseMark(symbol: string): PauseMark | undefined {
  return MARKS.get(symbol);
}

/** @returns undefined for what is not said */
export function symbolName(symbol: string, language: NumberLanguage): Piece | undefined {
  const name = NAMES[symbol];
  if (name === undefined) return undefined;
  return language === 'zh' ? zh(name.zh) : en(name.en);
}
