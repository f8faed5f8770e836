/** What may be set. Each function throws RuleViolation naming the member. */
import { isSupportedCountry } from 'libphonenumber-js/max';
import { RuleViolation } from '../accounts/rule-violation.ts';
import { type GuardChecks, LONGEST_LOOK_BACK } from './guard.ts';
import { EACH, type LimitAmounts, type LimitRule, minutesOf } from './limit-rule.ts';
import { isTimeZone } from './local-day.ts';
import { PARTS, type Price } from './prices.ts';

type SettingRule = 'limit-invalid' | 'guard-invalid' | 'price-invalid';

const MOST = 1_000_000;

/** ms. */
const DAY = 86_400_000;

/** Longer queues cost every call time. */
export const LONGEST_QUEUE = 10_000;

const amounts: readonly (keyof LimitAmounts)[] = [
  'callsPerSecond',
  'callsPerMinute',
  'callsPerDay',
  'concurrentCalls',
  'voicePorts',
  'requestsPerMinute',
];

function checkThat(holds: boolean, rule: SettingRule, field: string, message: string): void {
  if (!holds) throw new RuleViolation(rule, message, { field });
}

const isWhole = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

/** A time of day, `00:00` to `23:59`. */
const isTimeOfDay = (text: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);

export function checkLimit(limit: LimitRule): void {
  const check = (holds: boolean, field: string, message: string): void =>
    checkThat(holds, 'limit-invalid', field, message);
  checkSubject(limit);
  for (const name of amounts) {
    const value = limit[name];
    check(value === undefined || isWhole(value, 0, MOST), name, `It is a whole number, 0-${MOST}.`);
  }
  const { quietHours, excess, scope, timeZone, longestWait, longestQueue } = limit;
  const isSet = quietHours !== undefined || amounts.some((name) => limit[name] !== undefined);
  check(isSet, 'callsPerSecond', 'A limit needs an amount or quiet hours; to have none, remove it.');
  const ofRequests = ['platform', 'account', 'app'].includes(scope);
  check(
    limit.requestsPerMinute === undefined || ofRequests,
    'requestsPerMinute',
    'Requests are limited for the platform, an account or an application.',
  );
  check(isTimeZone(timeZone), 'timeZone', 'There is no such time zone; an example of one is Asia/Shanghai.');
  if (quietHours !== undefined) {
    const { from, to } = quietHours;
    const isRight = isTimeOfDay(from) && isTimeOfDay(to) && minutesOf(from) !== minutesOf(to);
    check(isRight, 'quietHours', 'Quiet hours go from one time of day to another, such as 22:00 to 08:00.');
  }
  if (excess === 'queue') {
    const paces = [limit.callsPerSecond, limit.callsPerMinute].filter((pace) => pace !== undefined);
    check(
      paces.length > 0 && !paces.includes(0),
      'excess',
      'Calls can only wait for a pace: set callsPerSecond or callsPerMinute, 1 at least.',
    );
  }
  check(isWhole(longestWait, 1_000, DAY), 'longestWait', 'Calls wait 1 to 86400 seconds.');
  check(isWhole(longestQueue, 1, LONGEST_QUEUE), 'longestQueue', `It is a whole number, 1-${LONGEST_QUEUE}.`);
}

function checkSubject({ scope, subject, owner }: LimitRule): void {
  const refuse = (message: string): never => {
    throw new RuleViolation('limit-invalid', message, { field: 'subject' });
  };
  switch (scope) {
    case 'platform':
      if (owner !== undefined) refuse('Limits of the platform are set by its operator.');
      if (subject !== EACH) refuse('The platform is one: its subject is *.');
      return;
    case 'trunk':
      if (owner !== undefined) refuse('Limits of trunks are set by the operator of the platform.');
      return;
    case 'account':
      if (owner !== undefined && subject !== owner) refuse('This is not your account.');
      return;
    case 'app':
      return;
    case 'number':
    case 'callee':
      if (subject !== EACH && !isNumber(subject)) refuse('It is a number in global format, or * for each.');
  }
}

const isNumber = (text: string): boolean => /^\+[1-9]\d{2,29}$/.test(text);

/** @throws {RuleViolation} unless it is a number in global format, or the beginning of one and a `*` */
export function checkBarred(number: string): void {
  if (/^\+[1-9]\d{0,29}\*$/.test(number) || isNumber(number)) return;
  throw new RuleViolation('number-invalid', 'The number is not in global format.', {
    field: 'number',
    remedy: 'Write it like +8613500000001; +86135* bars all that begin so.',
  });
}

export function checkGuard(guard: GuardChecks & { readonly timeZone: string }): void {
  const check = (holds: boolean, field: string, message: string): void =>
    checkThat(holds, 'guard-invalid', field, message);
  const { coolDown, velocity, completion, countries, dailyBudget, prefixDigits, timeZone } = guard;
  const isSpan = (milliseconds: number): boolean => isWhole(milliseconds, 1_000, LONGEST_LOOK_BACK);
  const set = [coolDown, velocity, completion, countries, dailyBudget];
  check(
    set.some((part) => part !== undefined),
    'coolDown',
    'A guard needs something to look at; to have none, remove it.',
  );
  check(coolDown === undefined || isSpan(coolDown), 'coolDown', 'It is 1 to 86400 seconds.');
  check(isWhole(prefixDigits, 1, 15), 'prefixDigits', 'A prefix has 1-15 digits.');
  if (velocity !== undefined) {
    const isRight = isWhole(velocity.calls, 1, MOST) && isSpan(velocity.within);
    check(isRight, 'velocity', `It is 1-${MOST} calls within 1 to 86400 seconds.`);
  }
  if (completion !== undefined) {
    const { percent, sample, within } = completion;
    const isRight = isWhole(percent, 1, 100) && isWhole(sample, 1, MOST) && isSpan(within);
    check(isRight, 'completion', 'It is 1-100 percent of 1 call at least within 1 to 86400 seconds.');
  }
  check(
    countries === undefined || (countries.length > 0 && countries.every((code) => isSupportedCountry(code))),
    'countries',
    'Countries are two letters each, such as CN.',
  );
  check(
    dailyBudget === undefined || (Number.isFinite(dailyBudget) && dailyBudget >= 0 && dailyBudget <= 1e9),
    'dailyBudget',
    'It is a number, 0-1000000000.',
  );
  check(isTimeZone(timeZone), 'timeZone', 'There is no such time zone; an example of one is Asia/Shanghai.');
}

export function checkPrice({ prefix, perMinute }: Price): void {
  checkThat(
    /^\+[1-9]\d{0,14}$/.test(prefix),
    'price-invalid',
    'prefix',
    'It is a plus sign and 1-15 digits.',
  );
  const isRight =
    perMinute >= 0 &&
    perMinute <= 1_000_000 &&
    Math.abs(Math.round(perMinute * PARTS) - perMinute * PARTS) < 1e-6;
  checkThat(isRight, 'price-invalid', 'perMinute', 'It is a number, 0-1000000, with four decimals at most.');
}
