/** Numbers as English words. */

const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const BELOW_TWENTY = [
  ...DIGITS,
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
];
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const THOUSANDS = ['', ' thousand', ' million', ' billion', ' trillion'];
/** Beyond this many digits nobody can follow a quantity. */
const LONGEST_QUANTITY = 15;

const IRREGULAR: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** '1203' as "one two zero three". */
export function englishDigits(digits: string): string {
  return [...digits].map((digit) => DIGITS[Number(digit)]!).join(' ');
}

/** '1203' as "one thousand two hundred three"; with a leading zero, or too long, digit by digit. */
export function englishQuantity(digits: string): string {
  if (digits === '0') return 'zero';
  if (digits.startsWith('0') || digits.length > LONGEST_QUANTITY) return englishDigits(digits);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g)!;
  return groups
    .map((group, index) =>
      group === '000' ? '' : belowThousand(Number(group)) + THOUSANDS[groups.length - 1 - index]!,
    )
    .filter((words) => words !== '')
    .join(' ');
}

function belowThousand(value: number): string {
  const hundreds = value < 100 ? '' : `${DIGITS[Math.floor(value / 100)]!} hundred`;
  const rest = value % 100;
  return [hundreds, rest === 0 ? '' : belowHundred(rest)].filter((words) => words !== '').join(' ');
}

/** @param value 0 to 99 */
function belowHundred(value: number): string {
  if (value < 20) return BELOW_TWENTY[value]!;
  const unit = value % 10;
  return unit === 0 ? TENS[value / 10]! : `${TENS[Math.floor(value / 10)]!} ${DIGITS[unit]!}`;
}

/** '-12.50' as "minus twelve point five zero". Commas between thousands are passed over. */
export function englishNumber(number: string): string {
  const [, sign, whole, fraction] = /^([-+−]?)([\d,]+)(?:\.(\d+))?$/.exec(number)!;
  const integer = englishQuantity(whole!.replaceAll(',', ''));
  const decimals = fraction === undefined ? '' : ` point ${englishDigits(fraction)}`;
  return `${sign === '-' || sign === '−' ? 'minus ' : ''}${integer}${decimals}`;
}

/** 21 as "twenty first". @param value 1 to 99 */
export function englishOrdinal(value: number): string {
  const words = belowHundred(value).split(' ');
  const last = words.pop()!;
  const ordinal = IRREGULAR[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`);
  return [...words, ordinal].join(' ');
}

/** 2017 as "twenty seventeen", 2005 as "two thousand five", 1905 as "nineteen oh five". @param year 1000 to 9999 */
export function englishYear(year: number): string {
  const [century, rest] = [Math.floor(year / 100), year % 100];
  if (year % 1000 < 10) return englishQuantity(String(year));
  if (rest === 0) return `${belowHundred(century)} hundred`;
  return `${belowHundred(century)} ${rest < 10 ? `oh ${DIGITS[rest]!}` : belowHundred(rest)}`;
}
