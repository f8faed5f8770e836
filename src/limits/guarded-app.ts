import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { CallRecord } from '../call/call-record.ts';
import { resultCodes } from '../call/catalogue/result-codes.ts';
import type { Guard } from './guard.ts';
import type { LocalDay } from './local-day.ts';
import { PARTS, type Prices } from './prices.ts';
import { RecentTimes } from './recent-times.ts';
import type { Objection } from './refusal.ts';

/** Calls to one prefix, by when they were accepted. */
interface PrefixHistory {
  readonly calls: RecentTimes;
  /** Those that rang somebody and are over. */
  readonly judged: RecentTimes;
  readonly answered: RecentTimes;
}

/** What is remembered of a call until it is over. */
interface OpenCall {
  readonly previous: number | undefined;
  readonly reserved: number;
  readonly acceptedAt: number;
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

  /** Parts, at `now`, of a day that began at this moment; calls that run with the minutes since they were accepted. */
  spentOn(day: number, now: number): number {
    if (day !== this.#day) return 0;
    let running = 0;
    for (const { reserved, acceptedAt } of this.#open.values())
      if (acceptedAt >= day) running += reserved * Math.max(0, Math.ceil((now - acceptedAt) / MINUTE) - 1);
    return this.#spent + running;
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
    this.#open.set(sessionId, { previous: this.#lastCalls.get(calleeNbr), reserved, acceptedAt });
    this.#lastCalls.delete(calleeNbr);
    this.#lastCalls.set(calleeNbr, acceptedAt);
    this.#history(calleeNbr, guard).calls.add(acceptedAt);
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
    this.#history(order.calleeNbr, guard).calls.remove(acceptedAt);
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
      const { judged, answered } = this.#history(order.calleeNbr, guard);
      judged.add(acceptedAt);
      if (callee.answeredAt !== undefined) answered.add(acceptedAt);
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
    const history: PrefixHistory = {
      calls: new RecentTimes(),
      judged: new RecentTimes(),
      answered: new RecentTimes(),
    };
    this.#prefixes.set(prefix, history);
    return history;
  }

  #countryObjection({ order }: CallRecord, { countries }: Guard): Objection | undefined {
    if (countries === undefined) return undefined;
    const dialled = [{ who: 'callee', number: order.calleeNbr, code: resultCodes.invalidCalleeNumber }];
    if (order.capability === 'callback')
      dialled.push({ who: 'caller', number: order.callerNbr, code: resultCodes.invalidCallerNumber });
    for (const { who, number, code } of dialled) {
      const country = parsePhoneNumberFromString(number)?.country;
      if (country !== undefined && countries.includes(country)) continue;
      const explanation = `The ${who}'s country, ${country ?? 'which is none'}, is not among those that may be called: ${countries.join(', ')}.`;
      return { code, reason: 'country', explanation };
    }
    return undefined;
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
      const calls = history.calls.countAfter(acceptedAt - velocity.within);
      if (calls >= velocity.calls) {
        const explanation = `${calls} calls to numbers with the same first ${prefixDigits} digits were made within ${seconds(velocity.within)} s.`;
        return { code, reason: 'velocity', explanation };
      }
    }
    if (completion === undefined) return undefined;
    const since = acceptedAt - completion.within;
    const judged = history.judged.countAfter(since);
    const answered = history.answered.countAfter(since);
    if (judged < completion.sample || answered * 100 >= judged * completion.percent) return undefined;
    const explanation = `Of ${judged} calls to numbers with the same first ${prefixDigits} digits, ${answered} were answered; ${completion.percent} % are to be.`;
    return { code, reason: 'completion-rate', explanation };
  }

  #costObjection(call: CallRecord, guard: Guard, day: LocalDay): Objection | undefined {
    const { dailyBudget, timeZone } = guard;
    if (dailyBudget === undefined) return undefined;
    const spent = this.spentOn(day.startOf(call.acceptedAt), call.acceptedAt);
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
      if (history.calls.count + history.judged.count === 0) this.#prefixes.delete(prefix);
    }
    this.#sweepAt = SWEEP_AT + 2 * (this.#lastCalls.size + this.#prefixes.size);
  }
}

/** Forgets what no check of the guard looks back to. */
function trim({ calls, judged, answered }: PrefixHistory, now: number, guard: Guard): void {
  const { velocity, completion } = guard;
  calls.forget(now - (velocity?.within ?? 0));
  judged.forget(now - (completion?.within ?? 0));
  answered.forget(now - (completion?.within ?? 0));
}
