/** Numbers whose symbol says that they are quantities: money, shares, measures. */
import { chineseNumber } from './chinese-numbers.ts';
import { englishNumber } from './english-numbers.ts';
import { en, type NumberLanguage, numeral, type Piece, zh } from './pieces.ts';

interface Names {
  readonly zh: string;
  /** Of one, and of any other number. */
  readonly en: readonly [string, string];
}

const CURRENCIES: Readonly<Record<string, Names & { readonly hundredth?: readonly [string, string] }>> = {
  '¥': { zh: '元', en: ['yuan', 'yuan'] },
  '￥': { zh: '元', en: ['yuan', 'yuan'] },
  $: { zh: '美元', en: ['dollar', 'dollars'], hundredth: ['cent', 'cents'] },
  '€': { zh: '欧元', en: ['euro', 'euros'], hundredth: ['cent', 'cents'] },
  '£': { zh: '英镑', en: ['pound', 'pounds'], hundredth: ['penny', 'pence'] },
};

const UNITS: Readonly<Record<string, Names>> = {
  '℃': { zh: '摄氏度', en: ['degree Celsius', 'degrees Celsius'] },
  '°C': { zh: '摄氏度', en: ['degree Celsius', 'degrees Celsius'] },
  '℉': { zh: '华氏度', en: ['degree Fahrenheit', 'degrees Fahrenheit'] },
  '°F': { zh: '华氏度', en: ['degree Fahrenheit', 'degrees Fahrenheit'] },
  '°': { zh: '度', en: ['degree', 'degrees'] },
  'km/h': { zh: '公里每小时', en: ['kilometer per hour', 'kilometers per hour'] },
  'm/s': { zh: '米每秒', en: ['meter per second', 'meters per second'] },
  km: { zh: '公里', en: ['kilometer', 'kilometers'] },
  'm²': { zh: '平方米', en: ['square meter', 'square meters'] },
  '㎡': { zh: '平方米', en: ['square meter', 'square meters'] },
  'm³': { zh: '立方米', en: ['cubic meter', 'cubic meters'] },
  m: { zh: '米', en: ['meter', 'meters'] },
  cm: { zh: '厘米', en: ['centimeter', 'centimeters'] },
  mm: { zh: '毫米', en: ['millimeter', 'millimeters'] },
  kg: { zh: '千克', en: ['kilogram', 'kilograms'] },
  mg: { zh: '毫克', en: ['milligram', 'milligrams'] },
  g: { zh: '克', en: ['gram', 'grams'] },
  L: { zh: '升', en: ['liter', 'liters'] },
  mL: { zh: '毫升', en: ['milliliter', 'milliliters'] },
  ml: { zh: '毫升', en: ['milliliter', 'milliliters'] },
  kWh: { zh: '千瓦时', en: ['kilowatt hour', 'kilowatt hours'] },
  kW: { zh: '千瓦', en: ['kilowatt', 'kilowatts'] },
  W: { zh: '瓦', en: ['watt', 'watts'] },
  V: { zh: '伏', en: ['volt', 'volts'] },
  GHz: { zh: '吉赫兹', en: ['gigahertz', 'gigahertz'] },
  MHz: { zh: '兆赫兹', en: ['megahertz', 'megahertz'] },
  kHz: { zh: '千赫兹', en: ['kilohertz', 'kilohertz'] },
  Hz: { zh: '赫兹', en: ['hertz', 'hertz'] },
  ms: { zh: '毫秒', en: ['millisecond', 'milliseconds'] },
  min: { zh: '分钟', en: ['minute', 'minutes'] },
  h: { zh: '小时', en: ['hour', 'hours'] },
  s: { zh: '秒', en: ['second', 'seconds'] },
};

const SHARES: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  '%': { zh: '百分之', en: 'percent' },
  '‰': { zh: '千分之', en: 'per mille' },
};

const alternatives = (symbols: readonly string[]): string =>
  [...symbols]
    .sort((a, b) => b.length - a.length)
    .map((symbol) => symbol.replaceAll(/[$/]/g, String.raw`\$&`))
    .join('|');

/** Sources of patterns that match one symbol each. */
export const currencySymbol = alternatives(Object.keys(CURRENCIES));
export const unitSymbol = alternatives(Object.keys(UNITS));
export const shareSymbol = alternatives(Object.keys(SHARES));

/** What may stand behind an amount with a symbol: 万, and the name of the currency once more (¥1,234.5元). */
export const afterAmount = String.raw`\s?([万亿]?)\s?(${alternatives(Object.values(CURRENCIES).map(({ zh }) => zh))})?`;

/** The name is said once. @returns undefined where nothing stands behind it, or the name of another currency */
export function readNamedMoney(
  number: string,
  symbol: string,
  tens: string,
  name?: string,
): Piece[] | undefined {
  const unit = CURRENCIES[symbol]!.zh;
  if ((tens === '' && name === undefined) || (name !== undefined && name !== unit)) return undefined;
  return chineseAmount(number, unit, tens);
}

/** @param number as written: sign, commas between thousands, decimals */
export function readMoney(number: string, symbol: string, language: NumberLanguage): Piece[] {
  const currency = CURRENCIES[symbol]!;
  if (language === 'zh') return chineseAmount(number, currency.zh);
  const [whole = '', fraction] = number.split('.');
  const { hundredth } = currency;
  if (hundredth === undefined || fraction?.length !== 2) return [en(englishAmount(number, currency.en))];
  const main = englishAmount(whole, currency.en);
  if (fraction === '00') return [en(main)];
  return [en(`${main} and ${englishAmount(String(Number(fraction)), hundredth)}`)];
}

export function readMeasure(number: string, symbol: string, language: NumberLanguage): Piece[] {
  const unit = UNITS[symbol]!;
  return language === 'zh' ? chineseAmount(number, unit.zh) : [en(englishAmount(number, unit.en))];
}

export function readShare(number: string, symbol: string, language: NumberLanguage): Piece[] {
  const share = SHARES[symbol]!;
  return language === 'zh'
    ? [zh(share.zh), numeral(chineseNumber(number))]
    : [en(`${englishNumber(number)} ${share.en}`)];
}

export function readNumber(number: string, language: NumberLanguage): Piece[] {
  return language === 'zh' ? [numeral(chineseNumber(number))] : [en(englishNumber(number))];
}

/** @param tens 万 or 亿, where it is counted in those */
function chineseAmount(number: string, unit: string, tens = ''): Piece[] {
  return [numeral((number === '2' ? '两' : chineseNumber(number)) + tens), zh(unit)];
}

function englishAmount(number: string, [one, many]: readonly [string, string]): string {
  return `${englishNumber(number)} ${number === '1' ? one : many}`;
}
