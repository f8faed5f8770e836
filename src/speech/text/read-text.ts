/**
 * Reads a text as it is to be spoken (spec 03, TTS reading rules): digits one by one; dates and times, money, shares and
 * measures as such; symbols by name. The rules are tried in order at each place of the text.
 */
import type { SpeechLanguage } from '../provider.ts';
import { chineseDigits } from './chinese-numbers.ts';
import { chineseCount, chineseYear, readDate, readTime } from './dates.ts';
import { englishDigits } from './english-numbers.ts';
import { en, type NumberLanguage, numeral, type Piece, pause, zh } from './pieces.ts';
import {
  afterAmount,
  currencySymbol,
  readMeasure,
  readMoney,
  readNamedMoney,
  readNumber,
  readShare,
  shareSymbol,
  unitSymbol,
} from './quantities.ts';
import { numberLanguages } from './sentences.ts';
import { pauseMark, symbolName } from './symbols.ts';
import { readWord } from './words.ts';

interface Rule {
  readonly pattern: RegExp;
  /** @returns undefined where the rule does not apply after all */
  read(match: RegExpExecArray, language: NumberLanguage): Piece[] | undefined;
}

/** Commas between thousands, decimals. */
const NUMBER = String.raw`(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?`;
/** A minus belongs to a number only where it cannot be a hyphen. */
const SIGN = String.raw`(?<![\p{Script=Latin}\d.])(?:(?<![\d)\p{Script=Latin}])[-−])?`;
const SIGNED = `${SIGN}${NUMBER}`;
const DATE = String.raw`(?<![\d/.])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d|\2\d)`;
const TIME = String.raw`(?<![\d:.])(\d{1,2}):(\d{2})(?::(\d{2}))?(?!\d|[:.]\d)`;
const pattern = (source: string): RegExp => new RegExp(source, 'yu');

/** What is counted with 一 in its changing tones, and with 两: 1分钟, 2个. */
const COUNTED = /([12])(?=[个次条件张位封份笔台辆项天]|分钟|小时)/;

const rules: readonly Rule[] = [
  {
    pattern: pattern(String.raw`${DATE}(?:(?:T|\s+)(?=\d{1,2}:\d\d))?`),
    read: ([, year, , month, day], language) => readDate(year!, month!, day!, language),
  },
  {
    pattern: pattern(TIME),
    read: ([, hour, minute, second], language) => readTime(hour!, minute!, second, language),
  },
  {
    // Between two dates or two times: from one to the other.
    pattern: pattern(String.raw`(?<=\d[-/:]\d{1,2})\s*[-~～–—]+\s*(?=\d{4}[-/]\d|\d{1,2}:\d\d)`),
    read: (_, language) => [language === 'zh' ? zh('至') : en('to')],
  },
  {
    pattern: /(?<!\d)(\d{4})年(?:(\d{1,2})月(?:(\d{1,2})([日号]))?)?/uy,
    read: ([, year, month, day, unit]) => [
      ...chineseYear(year!),
      ...(month === undefined ? [] : chineseCount(month, '月')),
      ...(day === undefined ? [] : chineseCount(day, unit!)),
    ],
  },
  {
    pattern: /(?<!\d)(\d{1,2})月(\d{1,2})([日号])/uy,
    read: ([, month, day, unit]) => [...chineseCount(month!, '月'), ...chineseCount(day!, unit!)],
  },
  {
    pattern: /(?<!\d)(\d{1,2})([点时])(\d{1,2})分(?:(\d{1,2})秒)?(?!钟)/uy,
    read: ([, hour, unit, minute, second]) => [
      ...chineseCount(hour!, unit!),
      ...chineseCount(minute!, '分'),
      ...(second === undefined ? [] : chineseCount(second, '秒')),
    ],
  },
  {
    pattern: pattern(String.raw`(${currencySymbol})\s?([-−]?${NUMBER})${afterAmount}`),
    read: ([, symbol, number, tens, name], language) =>
      language === 'zh' ? readNamedMoney(number!, symbol!, tens!, name) : undefined,
  },
  {
    pattern: pattern(String.raw`(${currencySymbol})\s?([-−]?${NUMBER})`),
    read: ([, symbol, number], language) => readMoney(number!, symbol!, language),
  },
  {
    pattern: pattern(String.raw`(${SIGNED})\s?(${shareSymbol})`),
    read: ([, number, symbol], language) => readShare(number!, symbol!, language),
  },
  {
    pattern: pattern(String.raw`(${SIGNED})\s?(${unitSymbol})(?![\p{Script=Latin}\d])`),
    read: ([, number, symbol], language) => readMeasure(number!, symbol!, language),
  },
  {
    // Versions and addresses: 1.2.3
    pattern: /(?<![\d.])\d+(?:\.\d+){2,}/uy,
    read: ([numbers], language) => [digits(numbers, language)],
  },
  {
    pattern: pattern(String.raw`${SIGN}(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)(?![\d.]*\d)`),
    read: ([number], language) => [...readNumber(number, language)],
  },
  {
    pattern: new RegExp(String.raw`(?<![\d\p{Script=Latin}.第-])${COUNTED.source}`, 'uy'),
    read: ([digit]) => [zh(digit === '1' ? '一' : '两')],
  },
  { pattern: /\d+(?:\.\d+)*/uy, read: ([numbers], language) => [digits(numbers, language)] },
  // 十二, 二〇一七: each numeral for itself. A single one may change its tone.
  {
    pattern:
      /[零〇一二三四五六七八九十百千万亿两点]*[零〇一二三四五六七八九十百]{2}[零〇一二三四五六七八九十百千万亿]*/uy,
    read: ([text]) => [numeral(text.replaceAll('〇', '零'))],
  },
  { pattern: /\p{Script=Han}/uy, read: ([text]) => [zh(text)] },
  {
    pattern: /[\p{Script=Latin}]+(?:['’][\p{Script=Latin}]+)*/uy,
    read: (match, language) => [en(readWord(match[0], language, besideDigit(match)))],
  },
  {
    pattern: /(?<=[\p{Script=Latin}\d])\.(?=[\p{Script=Latin}\d])/uy,
    read: (_, language) => [language === 'zh' ? zh('点') : en('dot')],
  },
  // What a space keeps apart where words need none.
  { pattern: /(?<=\d)\s+(?=[\d+])|(?<=\p{Script=Han})\s+(?=\p{Script=Han})/uy, read: () => [pause(',')] },
  // Masked digits and underlines: not worth a word each.
  { pattern: /[*_=-]{2,}|\.{2,}/uy, read: () => [pause(',')] },
  { pattern: /(?<=[\p{L}\d])[-/](?=[\p{L}\d])/uy, read: () => [pause(',')] },
  { pattern: /./suy, read: ([symbol], language) => readSymbol(symbol, language) },
];

/** @param language of numbers, dates and symbols; words are read by their script */
export function readText(text: string, language: SpeechLanguage): Piece[] {
  const plain = halfWidth(text);
  const languageAt = numberLanguages(plain, language);
  const pieces: Piece[] = [];
  for (let at = 0; at < plain.length; ) {
    const { read, length } = readAt(plain, at, languageAt(at));
    for (const piece of read) append(pieces, piece);
    at += length;
  }
  return pieces;
}

function readAt(text: string, at: number, language: NumberLanguage): { read: Piece[]; length: number } {
  for (const rule of rules) {
    rule.pattern.lastIndex = at;
    const match = rule.pattern.exec(text);
    const read = match === null ? undefined : rule.read(match, language);
    if (match !== null && read !== undefined) return { read, length: match[0].length };
  }
  return { read: [], length: 1 };
}

/** Full-width letters, digits and symbols (U+FF01 to U+FF5E) and spaces as their narrow equals. */
function halfWidth(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[！-～]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replaceAll('　', ' ');
}

/** Neighbours of one kind become one piece; a pause is said once, and not at the beginning. */
function append(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (piece.kind === 'pause') {
    if (last === undefined) return;
    if (last.kind !== 'pause') pieces.push(piece);
    else if (last.mark === ',') pieces[pieces.length - 1] = piece;
    return;
  }
  if (last === undefined || last.kind !== piece.kind) pieces.push(piece);
  else
    pieces[pieces.length - 1] = {
      kind: piece.kind,
      text: last.text + (piece.kind === 'en' ? ' ' : '') + piece.text,
    };
}

function digits(numbers: string, language: NumberLanguage): Piece {
  return language === 'zh'
    ? numeral(chineseDigits(numbers).replaceAll('.', '点'))
    : en(numbers.split('.').map(englishDigits).join(' point '));
}

function besideDigit(match: RegExpExecArray): boolean {
  const [before, after] = [match.input[match.index - 1], match.input[match.index + match[0].length]];
  return [before, after].some((neighbour) => neighbour !== undefined && /\d/.test(neighbour));
}

function readSymbol(symbol: string, language: NumberLanguage): Piece[] {
  const mark = pauseMark(symbol);
  if (mark !== undefined) return [pause(mark)];
  const name = symbolName(symbol, language);
  return name === undefined ? [] : [name];
}
