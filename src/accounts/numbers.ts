/** The rules of display numbers and service numbers (spec 12). */
import type { App, DisplayNumber, NumberKind } from './account.ts';
import { isE164 } from './e164.ts';
import type { RandomIntegers } from './random-source.ts';
import { RuleViolation } from './rule-violation.ts';

/**
 * A number for `app`; `holder` is the entry that the number has already, if any.
 * @throws {RuleViolation}
 */
export function newNumber(
  number: string,
  app: App,
  holder: DisplayNumber | undefined,
  options: { readonly now: number; readonly kind?: NumberKind },
): DisplayNumber {
  if (!isE164(number)) {
    throw new RuleViolation('number-invalid', 'This is not a number in global format.', {
      field: 'number',
      remedy:
        'Write plus sign, country code, area code without its leading 0 and number, for example +8675528000001.',
    });
  }
  if (holder !== undefined) {
    if (holder.appKey === app.appKey) throw numberTaken('This application');
    throw numberTaken('Another application', 'Remove it there first; a number belongs to one application.');
  }
  return {
    number,
    appKey: app.appKey,
    kind: options.kind ?? 'display',
    state: 'in-use',
    createdAt: options.now,
  };
}

export const numberTaken = (holder: string, remedy?: string): RuleViolation =>
  new RuleViolation('number-taken', `${holder} has the number already.`, { field: 'number', remedy });

export type DisplayChoice =
  | { readonly kind: 'chosen'; readonly number: string }
  /** Not a display number of this app, or none is usable. */
  | { readonly kind: 'invalid' }
  /** Only `bindNbr` was left, and it is not a usable service number of this app. */
  | { readonly kind: 'bind-invalid' };

/**
 * What a phone shows when `wanted` was asked for (spec 02, displayNbr): the number itself; when it is suspended, any
 * other usable display number of the app; when there is none, `bindNbr`. A `bindNbr` counts only if the operator gave
 * it to this app, or a customer could call from any number.
 *
 * @param numbers all numbers of the app
 */
export function chooseDisplayNumber(
  wanted: string,
  numbers: readonly DisplayNumber[],
  bindNbr: string | undefined,
  random: RandomIntegers,
): DisplayChoice {
  const ofKind = (kind: NumberKind): DisplayNumber[] => numbers.filter((entry) => entry.kind === kind);
  const entry = ofKind('display').find(({ number }) => number === wanted);
  if (entry === undefined) return { kind: 'invalid' };
  if (entry.state === 'in-use') return { kind: 'chosen', number: wanted };
  const usable = ofKind('display').filter(({ state }) => state === 'in-use');
  const other = usable[usable.length > 0 ? random.integer(usable.length) : 0];
  if (other !== undefined) return { kind: 'chosen', number: other.number };
  if (bindNbr === undefined) return { kind: 'invalid' };
  const service = ofKind('service').find(({ number, state }) => number === bindNbr && state === 'in-use');
  return service === undefined ? { kind: 'bind-invalid' } : { kind: 'chosen', number: service.number };
}
