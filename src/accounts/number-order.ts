/** Orders of numbers, by city and quantity, and the states that an operator moves them through (spec 12, "Numbers"). */
import { isE164 } from './e164.ts';
import { rejection } from './review.ts';
import { RuleViolation } from './rule-violation.ts';

/** `granted`: the account may give its numbers to its applications. `released`, for good: it has them no more. */
export type NumberOrderState = 'submitted' | 'reviewing' | 'granted' | 'rejected' | 'released';

export interface NumberOrder {
  readonly orderId: string;
  readonly spId: string;
  readonly enterpriseId: string;
  readonly city: string;
  readonly quantity: number;
  readonly state: NumberOrderState;
  /** Why, when it is rejected. */
  readonly reason?: string;
  /** Once it is granted; also of an order that was released. */
  readonly numbers: readonly string[];
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface NewNumberOrder {
  readonly enterpriseId: string;
  readonly city: string;
  readonly quantity: number;
}

/** What an operator does with an order. */
export type NumberOrderStep =
  | { readonly state: 'reviewing' }
  | { readonly state: 'granted'; readonly numbers: readonly string[] }
  | { readonly state: 'rejected'; readonly reason: string }
  | { readonly state: 'released' };

const next: Readonly<Record<NumberOrderState, readonly NumberOrderState[]>> = {
  submitted: ['reviewing', 'rejected'],
  reviewing: ['granted', 'rejected'],
  granted: ['released'],
  rejected: [],
  released: [],
};

const LONGEST_CITY = 64;

export const MOST_NUMBERS_ORDERED = 1_000;

/** @throws {RuleViolation} order-invalid, naming the member */
export function checkNumberOrder({ city, quantity }: NewNumberOrder): void {
  const check = (holds: boolean, field: string, message: string): void => {
    if (!holds) throw new RuleViolation('order-invalid', message, { field });
  };
  const isText = city.trim() === city && city.length > 0 && city.length <= LONGEST_CITY;
  check(
    isText && !city.includes('\0'),
    'city',
    `It has 1-${LONGEST_CITY} characters and no blanks around it.`,
  );
  const isWhole = Number.isInteger(quantity) && quantity >= 1 && quantity <= MOST_NUMBERS_ORDERED;
  check(isWhole, 'quantity', `It is a whole number, 1-${MOST_NUMBERS_ORDERED}.`);
}

/**
 * The order one step further.
 * @throws {RuleViolation} order-state, order-invalid, number-invalid, reason-invalid
 */
export function movedOrder(order: NumberOrder, step: NumberOrderStep, now: number): NumberOrder {
  const allowed = next[order.state];
  if (!allowed.includes(step.state)) {
    const remedy = allowed.length === 0 ? 'Order anew.' : `It can become ${allowed.join(' or ')} from here.`;
    throw new RuleViolation('order-state', `The order is ${order.state}.`, { field: 'state', remedy });
  }
  const moved = { ...order, state: step.state, updatedAt: now };
  switch (step.state) {
    case 'granted':
      return { ...moved, numbers: grantedNumbers(order, step.numbers) };
    case 'rejected':
      return { ...moved, reason: rejection(step.reason).reason };
    default:
      return moved;
  }
}

function grantedNumbers({ quantity }: NumberOrder, numbers: readonly string[]): string[] {
  if (new Set(numbers).size !== quantity || numbers.length !== quantity) {
    throw new RuleViolation('order-invalid', `The order is for ${quantity} different numbers.`, {
      field: 'numbers',
    });
  }
  if (!numbers.every(isE164)) {
    throw new RuleViolation('number-invalid', 'Not all of these are numbers in global format.', {
      field: 'numbers',
      remedy: 'Write them like +8675528000001.',
    });
  }
  return [...numbers];
}
