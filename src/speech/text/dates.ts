/** Dates and times of day, read as such (spec 03, TTS reading rules; spec 11, `${DATE}` and `${TIME}`). */
import { chineseDigits, chineseQuantity } from './chinese-numbers.ts';
import { englishOrdinal, englishQuantity, englishYear } from './english-numbers.ts';
import { en, type NumberLanguage, numeral, type Piece, zh } from './pieces.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** @returns undefined where there is no such day */
export function readDate(
  year: string,
  month: string,
  day: string,
  language: NumberLanguage,
): Piece[] | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  // The day before the first of the next month is the last of this one.
  if (y < 1000 || m < 1 || m > 12 || d < 1 || d > new Date(Date.UTC(y, m, 0)).getUTCDate()) return undefined;
  if (language === 'en') return [en(`${MONTHS[m - 1]!} ${englishOrdinal(d)} ${englishYear(y)}`)];
  return [...chineseYear(year), ...chineseCount(month, '月'), ...chineseCount(day, '日')];
}

/** @returns undefined where there is no such time; 24:00 is the end of a day (ISO 8601) */
export function readTime(
  hour: string,
  minute: string,
  second: string | undefined,
  language: NumberLanguage,
): Piece[] | undefined {
  const [h, m, s] = [Number(hour), Number(minute), Number(second ?? 0)];
  if (h > 24 || m > 59 || s > 59 || (h === 24 && m + s > 0)) return undefined;
  return language === 'en' ? [en(englishTime(h, m, second))] : chineseTime(hour, minute, second);
}

function englishTime(hour: number, minute: number, second: string | undefined): string {
  const hours = englishQuantity(String(hour));
  const count = Number(second ?? 0);
  const seconds = count === 0 ? '' : ` and ${englishQuantity(String(count))} second${count === 1 ? '' : 's'}`;
  if (minute === 0) return `${hours} o'clock${seconds}`;
  const minutes = englishQuantity(String(minute));
  return `${hours} ${minute < 10 ? `oh ${minutes}` : minutes}${seconds}`.replace(
    /\bone seconds$/,
    'one second',
  );
}

function chineseTime(hour: string, minute: string, second: string | undefined): Piece[] {
  const pieces = chineseCount(hour, '点');
  // Two o'clock is 两点, as other counts of two are.
  if (Number(hour) === 2) pieces[0] = numeral('两');
  const silent = second === undefined || Number(second) === 0;
  if (Number(minute) === 0 && silent) return pieces;
  pieces.push(...chinesePadded(minute, '分'));
  return silent ? pieces : [...pieces, ...chinesePadded(second, '秒')];
}

export function chineseYear(year: string): Piece[] {
  return [numeral(chineseDigits(year)), zh('年')];
}

/** '07' and 月 as 七月. */
export function chineseCount(digits: string, unit: string): Piece[] {
  return [numeral(chineseQuantity(String(Number(digits)))), zh(unit)];
}

/** '05' and 分 as 零五分. */
function chinesePadded(digits: string, unit: string): Piece[] {
  const value = Number(digits);
  const zero = digits.length === 2 && value > 0 && value < 10 ? '零' : '';
  return [numeral(zero + chineseQuantity(String(value))), zh(unit)];
}
