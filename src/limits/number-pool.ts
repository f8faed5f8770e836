/** Pools: display numbers of one application that calls share. */
import { isTimeZone } from './local-day.ts';
import { RuleViolation } from '../accounts/rule-violation.ts';

/** `sticky`: a phone sees the same number each time, as long as that is free. `rotating`: the one longest unused. */
export type PoolChoiceRule = 'sticky' | 'rotating';

export interface NumberPool {
  readonly appKey: string;
  /** 1-64 lower-case letters, digits and hyphens; one of an application. */
  readonly name: string;
  readonly choice: PoolChoiceRule;
  /** Display numbers of the application; none is in two pools. */
  readonly numbers: readonly string[];
  /** Of each number. */
  readonly callsPerDay?: number;
  readonly concurrentCalls?: number;
  /** Whose days are counted. */
  readonly timeZone: string;
  /** Calls are counted from then on, ms since the epoch. */
  readonly since: number;
}

export const MOST_NUMBERS_OF_POOL = 1_000;

const MOST_CALLS = 1_000_000;

/** @throws {RuleViolation} */
export function checkPool({ name, numbers, callsPerDay, concurrentCalls, timeZone }: NumberPool): void {
  const check = (holds: boolean, field: string, message: string): void => {
    if (!holds) throw new RuleViolation('pool-invalid', message, { field });
  };
  const isCap = (value: number | undefined): boolean =>
    value === undefined || (Number.isInteger(value) && value >= 1 && value <= MOST_CALLS);
  check(/^[a-z0-9-]{1,64}$/.test(name), 'name', 'A name has 1-64 lower-case letters, digits and hyphens.');
  const isRight = numbers.length > 0 && numbers.length <= MOST_NUMBERS_OF_POOL;
  check(isRight, 'numbers', `A pool has 1-${MOST_NUMBERS_OF_POOL} numbers; to have none, remove it.`);
  check(new Set(numbers).size === numbers.length, 'numbers', 'A number is named twice.');
  check(isCap(callsPerDay), 'callsPerDay', `It is a whole number, 1-${MOST_CALLS}.`);
  check(isCap(concurrentCalls), 'concurrentCalls', `It is a whole number, 1-${MOST_CALLS}.`);
  check(isTimeZone(timeZone), 'timeZone', 'There is no such time zone; an example of one is Asia/Shanghai.');
}
