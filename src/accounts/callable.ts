/** Numbers that exist and are not called all the same (spec 12, "Not callable"): rules that the platform's operator sets. */
import { type NumberType, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Kinds of numbers that may be refused, in the words of the settings, and what libphonenumber calls them. */
const types = {
  'premium-rate': 'PREMIUM_RATE',
  'shared-cost': 'SHARED_COST',
  'toll-free': 'TOLL_FREE',
  voip: 'VOIP',
  'personal-number': 'PERSONAL_NUMBER',
  pager: 'PAGER',
  uan: 'UAN',
  voicemail: 'VOICEMAIL',
} as const satisfies Record<string, NumberType>;

export type UncallableType = keyof typeof types;

export const uncallableTypes = Object.keys(types) as UncallableType[];

export interface UncallableRules {
  /** Beginnings of numbers in global format, plus sign included. */
  readonly prefixes: readonly string[];
  /** ISO 3166-1 codes of the only countries that are called; none: all are. */
  readonly countries: readonly string[];
  readonly types: readonly UncallableType[];
}

/**
 * The area codes of Xinjiang (0901-0909, 0990-0999) and Tibet (0891-0897). 95xxx and other special short numbers are no
 * numbers in global format to begin with.
 */
export const uncallableAreas: readonly string[] = [
  '+8690',
  '+8699',
  ...[1, 2, 3, 4, 5, 6, 7].map((last) => `+8689${last}`),
];

/** `number`: in global format, and one that exists. */
export function isCallable(
  number: string,
  { prefixes, countries, types: refused }: UncallableRules,
): boolean {
  if (prefixes.some((prefix) => number.startsWith(prefix))) return false;
  if (countries.length === 0 && refused.length === 0) return true;
  const parsed = parsePhoneNumberFromString(number, { extract: false });
  if (countries.length > 0 && (parsed?.country === undefined || !countries.includes(parsed.country)))
    return false;
  const type = parsed?.getType();
  return !refused.some((name) => types[name] === type);
}
