import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { Remembered } from './remembered.ts';

/** Spec 12: plus sign included. */
const LENGTH = { least: 4, most: 31 } as const;

/** Agents and display numbers come again and again. */
const existing = new Remembered(5_000, isInPlan);

/**
 * Whether `text` is a number in global format: a plus sign, digits only, and a number that exists in the numbering plan
 * of its country (libphonenumber's full metadata).
 */
export function isE164(text: string): boolean {
  if (text.length < LENGTH.least || text.length > LENGTH.most || !/^\+[1-9]\d+$/.test(text)) return false;
  return existing.of(text);
}

function isInPlan(text: string): boolean {
  const parsed = parsePhoneNumberFromString(text, { extract: false });
  return parsed !== undefined && parsed.number === text && parsed.isValid();
}

/**
 * A number as people write it (`+86 135-0000-0001`, `008613500000001`), taken apart; undefined where it is none. It need not be
 * in use: numbering plans change, and what is known of a number stays.
 */
export function writtenNumber(
  text: string,
): { readonly number: string; readonly countryCode: string; readonly national: string } | undefined {
  const bare = text.replaceAll(/[\s().-]/g, '').replace(/^00/, '+');
  if (!/^\+[1-9]\d{3,30}$/.test(bare)) return undefined;
  const parsed = parsePhoneNumberFromString(bare, { extract: false });
  if (parsed === undefined || !parsed.isPossible()) return undefined;
  return {
    number: parsed.number,
    countryCode: parsed.countryCallingCode,
    national: parsed.nationalNumber,
  };
}
