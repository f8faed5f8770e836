import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { CallRecord } from '../call/call-record.ts';
import { resultCodes } from '../call/catalogue/result-codes.ts';
import type { Guard } from './guard.ts';
import type { LocalDay } from './local-day.ts';
import { PARTS, type Prices } from './prices.ts';
import type { Objection } from './refusal.ts';

interface PrefixHistory {
  /** When calls to it were accepted, ascending. */
  readonly calls: number[];
  /** Calls that rang somebody and are over; ascending by `at`, when they were accepted. */
  readonly outcomes: { readonly at: number; readonly answered: boolean }[];
}

/** What is remembered of a call until it is over. */
interface OpenCall {
  readonly previous: number | undefined;
  readonly reserved: number;
}

/** Prefixes and callees between looks for those that mean nothing any more. */
const SWEEP_AT = 10_000;

const MINUTE = 60_000;

const seconds = (milliseconds: number): number => Math.ceil(milliseconds / 1_000);

const shown = (parts: number): string => String(parts / PARTS);

/** What a guard remembers of one application. */
export class GuardedApp {
  readonly #prices: Prices;
  /** When each callee was last called, the longest ago first. */
  readonly #lastCalls = new Map<string, number>();
  readonly #prefixes = new Map<string, PrefixHistory>();
  readonly #open = new Map<string, OpenCall>();
  #sweepAt = SWEEP_AT;
  #day = 0;
  /** Parts; of calls that run, their first minutes. */
  #spent = 0;

  constructor(prices: Prices) {
    this.#prices = prices;
  }

  /** Parts of a day that began at this moment. */
  spentOn(day: number): number {
    return day === this.#day ? this.#spent : 0;
  }

  objection(call: CallRecord, guard: Guard, day: LocalDay): Objection | undefined {
    return (
      this.#countryObjection(call, guard) ??
      this.#coolDownObjection(call, guard) ??
      this.#prefixObjection(call, guard) ??
      this.#costObjection(call, guard, day)
    );
  }

  admitted(call: CallRecord, guard: Guard, day: LocalDay): void {
    const { sessionId, order, acceptedAt } = call;
    const { calleeNbr } = order;
    const reserved = this.#costOf(call, () => 1);
    this.#open.set(sessionId, { previous: this.#lastCalls.get(calleeNbr), reserved });
    this.#lastCalls.delete(calleeNbr);
    this.#lastCalls.set(calleeNbr, acceptedAt);
    this.#history(calleeNbr, guard).calls.push(acceptedAt);
    this.#spend(day.startOf(acceptedAt), reserved);
    if (this.#lastCalls.size + this.#prefixes.size > this.#sweepAt) this.#sweep(guard, acceptedAt);
  }

  withdrawn(call: CallRecord, guard: Guard, day: LocalDay): void {
    const { sessionId, order, acceptedAt } = call;
    const open = this.#open.get(sessionId);
    if (open === undefined) return;
    this.#open.delete(sessionId);
    if (this.#lastCalls.get(order.calleeNbr) === acceptedAt) {
      this.#lastCalls.delete(order.calleeNbr);
      if (open.previous !== undefined) this.#lastCalls.set(order.calleeNbr, open.previous);
    }
    const { calls } = this.#history(order.calleeNbr, guard);
    const index = calls.lastIndexOf(acceptedAt);
    if (index >= 0) calls.splice(index, 1);
    this.#spend(day.startOf(acceptedAt), -open.reserved);
  }

  ended(call: CallRecord, guard: Guard, day: LocalDay): void {
    const { sessionId, order, acceptedAt, legs } = call;
    const open = this.#open.get(sessionId);
    if (open === undefined) return;
    this.#open.delete(sessionId);
    const isCallback = order.capability === 'callback';
    const callee = legs.find(({ party }) => party === (isCallback ? 'B' : 'A'));
    if (callee !== undefined) {
      const { outcomes } = this.#history(order.calleeNbr, guard);
      let index = outcomes.length;
      while (index > 0 && (outcomes[index - 1]?.at ?? 0) > acceptedAt) index -= 1;
      outcomes.splice(index, 0, { at: acceptedAt, answered: callee.answeredAt !== undefined });
    }
    const cost = this.#costOf(call, (number) => {
      const leg = legs.find(({ to, answeredAt }) => to === number && answeredAt !== undefined);
      if (leg?.answeredAt === undefined) return 0;
      const end = leg.endedAt ?? call.endedAt ?? leg.answeredAt;
      return Math.max(1, Math.ceil((end - leg.answeredAt) / MINUTE));
    });
    this.#spend(day.startOf(acceptedAt), cost - open.reserved);
  }

  /** Parts, for so many minutes to each number that is dialled. Calls of the sandbox cost nothing. */
  #costOf({ order, sandbox }: CallRecord, minutes: (number: string) => number): number {
    if (sandbox) return 0;
    const numbers = order.capability === 'callback' ? [order.callerNbr, order.calleeNbr] : [order.calleeNbr];
    return numbers.reduce((sum, number) => sum + this.#prices.perMinute(number) * minutes(number), 0);
  }

  #spend(day: number, parts: number): void {
    if (day > this.#day) [this.#day, this.#spent] = [day, 0];
    if (day === this.#day) this.#spent += parts;
  }

  #history(callee: string, { prefixDigits }: Guard): PrefixHistory {
    const prefix = callee.slice(0, 1 + prefixDigits);
    const known = this.#prefixes.get(prefix);
    if (known !== undefined) return known;
    const history: PrefixHistory = { calls: [], outcomes: [] };
    this.#prefixes.set(prefix, history);
    return history;
  }

  #countryObjection({ order }: CallRecord, { countries }: Guard): Objection | undefined {
    if (countries === undefined) return undefined;
    const country = parsePhoneNumberFromString(order.calleeNbr)?.country;
    if (country !== undefined && countries.includes(country)) return undefined;
    const explanation = `The callee's country, ${country ?? 'which is none'}, is not among those that may be called: ${countries.join(', ')}.`;
    return { code: resultCodes.invalidCalleeNumber, reason: 'country', explanation };
  }

  #coolDownObjection({ order, acceptedAt }: CallRecord, { coolDown = 0 }: Guard): Objection | undefined {
    const since = acceptedAt - (this.#lastCalls.get(order.calleeNbr) ?? -Infinity);
    if (since >= coolDown) return undefined;
    const explanation = `This callee was called ${seconds(since)} s ago; there are to be ${seconds(coolDown)} s between calls.`;
    return { code: resultCodes.requesterFlowControl, reason: 'cool-down', explanation };
  }

  #prefixObjection({ order, acceptedAt }: CallRecord, guard: Guard): Objection | undefined {
    const history = this.#history(order.calleeNbr, guard);
    const { velocity, completion, prefixDigits } = guard;
    trim(history, acceptedAt, guard);
    const code = resultCodes.requesterFlowControl;
    if (velocity !== undefined) {
      const calls = history.calls.filter((at) => at > acceptedAt - velocity.within).length;
      if (calls >= velocity.calls) {
        const explanation = `${calls} calls to numbers with the same first ${prefixDigits} digits were made within ${seconds(velocity.within)} s.`;
        return { code, reason: 'velocity', explanation };
      }
    }
    if (completion === undefined) return undefined;
    const judged = history.outcomes.filter(({ at }) => at > acceptedAt - completion.within);
    const answered = judged.filter((outcome) => outcome.answered).length;
    if (judged.length < completion.sample || answered * 100 >= judged.length * completion.percent)
      return undefined;
    const explanation = `Of ${judged.length} calls to numbers with the same first ${prefixDigits} digits, ${answered} were answered; ${completion.percent} % are to be.`;
    return { code, reason: 'completion-rate', explanation };
  }

  #costObjection(call: CallRecord, guard: Guard, day: LocalDay): Objection | undefined {
    const { dailyBudget, timeZone } = guard;
    if (dailyBudget === undefined) return undefined;
    const spent = this.spentOn(day.startOf(call.acceptedAt));
    const cost = this.#costOf(call, () => 1);
    if (spent + cost <= dailyBudget * PARTS) return undefined;
    const explanation = `The calls of this day (${timeZone}) cost ${shown(spent)} so far, and this one ${shown(cost)} at least; ${dailyBudget} is allowed.`;
    return { code: resultCodes.appCallLimit, reason: 'cost', explanation };
  }

  #sweep(guard: Guard, now: number): void {
    for (const [callee, at] of this.#lastCalls) {
      if (at > now - (guard.coolDown ?? 0)) break;
      this.#lastCalls.delete(callee);
    }
    for (const [prefix, history] of this.#prefixes) {
      trim(history, now, guard);
      if (history.calls.length + history.outcomes.length === 0) this.#prefixes.delete(prefix);
    }
    this.#sweepAt = SWEEP_AT + 2 * (this.#lastCalls.size + this.#prefixes.size);
  }
}

/** Forgets what no check of the guard looks back to. */
function trim({ calls, outcomes }: PrefixHistory, now: number, { velocity, completion }: Guard): void {
  const oldestCall = calls.findIndex((at) => at > now - (velocity?.within ?? 0));
  calls.splice(0, oldestCall < 0 ? calls.length : oldestCall);
  const oldestOutcome = outcomes.findIndex(({ at }) => at > now - (completion?.within ?? 0));
  outcomes.splice(0, oldestOutcome < 0 ? outcomes.length : oldestOutcome);
}
