import { InvalidArgumentError } from 'commander';

/** A whole number of an option. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** A whole number of an option, with or without a sign. */
export function signedNumber(text: string): number {
  if (!/^[+-]?\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** An amount of money of an option. */
export function amount(text: string): number {
  if (!/^\d{1,9}(\.\d{1,4})?$/.test(text)) {
    throw new InvalidArgumentError('It must be a number, with four decimals at most.');
  }
  return Number(text);
}
