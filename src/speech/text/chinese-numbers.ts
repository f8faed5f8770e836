/** Numbers as Chinese numerals. */

const DIGITS = '零一二三四五六七八九';
/** Beyond this many digits nobody can follow a quantity. */
const LONGEST_QUANTITY = 16;

/** '1203' as 一二零三. */
export function chineseDigits(digits: string): string {
  return digits.replaceAll(/\d/g, (digit) => DIGITS[Number(digit)]!);
}

/** '1203' as 一千二百零三; with a leading zero, or too long, digit by digit. */
export function chineseQuantity(digits: string): string {
  if (digits === '0') return '零';
  if (digits.startsWith('0') || digits.length > LONGEST_QUANTITY) return chineseDigits(digits);
  const groups = digits.padStart(LONGEST_QUANTITY, '0').match(/\d{4}/g)!;
  const units = ['万亿', '亿', '万', ''];
  let text = '';
  let gap = false;
  for (const [index, group] of groups.entries()) {
    if (group === '0000') {
      gap = text !== '';
      continue;
    }
    if (text !== '' && (gap || group.startsWith('0'))) text += '零';
    // The hundreds of millions after thousands of them: 亿 is said once.
    const unit = index === 0 && groups[1] !== '0000' ? '万' : units[index]!;
    text += belowTenThousand(group) + unit;
    gap = false;
  }
  return text.startsWith('一十') ? text.slice(1) : text;
}

/** @param group four digits, not all zero; leading zeros are not read */
function belowTenThousand(group: string): string {
  const units = ['千', '百', '十', ''];
  const read = [...group].map((digit, index) =>
    digit === '0' ? '零' : chineseDigits(digit) + units[index]!,
  );
  return read
    .join('')
    .replaceAll(/零+/g, '零')
    .replace(/^零|零$/g, '')
    .replace(/^零/, '');
}

/** '-12.50' as 负十二点五零. Commas between thousands are passed over. */
export function chineseNumber(number: string): string {
  const [, sign, whole, fraction] = /^([-+−]?)([\d,]+)(?:\.(\d+))?$/.exec(number)!;
  const integer = chineseQuantity(whole!.replaceAll(',', ''));
  const decimals = fraction === undefined ? '' : `点${chineseDigits(fraction)}`;
  return `${sign === '-' || sign === '−' ? '负' : ''}${integer}${decimals}`;
}
