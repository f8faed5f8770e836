import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Spec 12: plus sign included. */
const LENGTH = { least: 4, most: 31 } as const;

/**
 * Whether `text` is a number in global format: a plus sign, digits only, and a number that exists in the numbering plan
 * of its country (libphonenumber's full metadata).
 */
export function isE164(text: string): boolean {
  if (text.length < LENGTH.least || text.length > LENGTH.most || !/^\+[1-9]\d+$/.test(text)) return false;
  const parsed = parsePhoneNumberFromString(text, { extract: false });
  return parsed !== undefined && parsed.number === text && parsed.isValid();
}
