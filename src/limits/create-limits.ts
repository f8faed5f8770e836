import type { AccountStore } from '../accounts/ports.ts';
import type { Logger } from '../call/ports.ts';
import { BlackLists } from './black-lists.ts';
import { Guards } from './guards.ts';
import { LimitAdministration } from './limit-administration.ts';
import type { TrunksOf } from './limit-rule.ts';
import { LimitRules } from './limit-rules.ts';
import { Limits } from './limits.ts';
import { LocalDay } from './local-day.ts';
import { NumberPools } from './number-pools.ts';
import { PoolAdministration } from './pool-administration.ts';
import type { CarryingTrunks, LimitStore } from './ports.ts';
import { Prices } from './prices.ts';
import type { RefusalLog } from './refusal.ts';
import { RefusalKeeper } from './refusal-keeper.ts';

export interface CreateLimitsOptions {
  readonly store: LimitStore;
  readonly refusalLog: RefusalLog;
  readonly accounts: Pick<AccountStore, 'app' | 'account' | 'numbers'>;
  /** Absent: calls leave on no trunk. */
  readonly trunksOf?: TrunksOf;
  readonly trunks?: CarryingTrunks;
  readonly now: () => number;
  readonly log: Logger;
}

export interface CreatedLimits {
  readonly limits: Limits;
  readonly limitAdministration: LimitAdministration;
  readonly poolAdministration: PoolAdministration;
  readonly refusals: RefusalKeeper;
  /** INVITEs per second that the operator allows a trunk; Infinity: no limit. */
  readonly paceOfTrunk: (trunk: string) => number;
  /** Until then nothing is limited. To be called once, before calls are accepted. */
  readonly load: () => Promise<void>;
}

/** ms. */
const MINUTE = 60_000;

export function createLimits(options: CreateLimitsOptions): CreatedLimits {
  const { store, refusalLog, accounts, now, log } = options;
  const rules = new LimitRules(options.trunksOf);
  const prices = new Prices();
  const guards = new Guards(prices);
  const blackLists = new BlackLists();
  const pools = new NumberPools();
  const refusals = new RefusalKeeper(refusalLog, log);
  const limits = new Limits({
    rules,
    guards,
    pools,
    blackLists,
    trunks: options.trunks,
    refused: (refusal) => refusals.keep(refusal),
  });
  const settings = { rules, guards, blackLists, prices };
  const limitAdministration = new LimitAdministration({ store, accounts, ...settings, now });
  const poolAdministration = new PoolAdministration({ store, accounts, pools, now });
  const load = async (): Promise<void> => {
    for (const rule of await store.settings('limit')) rules.put(rule);
    for (const price of await store.settings('price')) prices.put(price);
    for (const guard of await store.settings('guard')) guards.put(guard);
    for (const pool of await store.settings('pool')) pools.put(pool);
    for (const barred of await store.settings('barred')) blackLists.put(barred);
    // What was accepted since the limits began to count is counted anew, no further back than they look.
    const horizon = Math.min(horizonOf(rules, guards, now()), horizonOfPools(pools, now()));
    if (horizon === Infinity) return;
    for await (const calls of store.callsSince(horizon)) for (const call of calls) limits.recall(call);
  };
  const paceOfTrunk = (trunk: string): number => rules.paceOfTrunk(trunk);
  return { limits, limitAdministration, poolAdministration, refusals, paceOfTrunk, load };
}

function horizonOfPools(pools: NumberPools, now: number): number {
  const counting = pools.all.filter(({ callsPerDay }) => callsPerDay !== undefined);
  return Math.min(
    ...counting.map(({ since, timeZone }) => Math.max(since, new LocalDay(timeZone).startOf(now))),
  );
}

/** The first moment that counts; Infinity where nothing does. */
function horizonOf(rules: LimitRules, guards: Guards, now: number): number {
  const startOfDay = (timeZone: string): number => new LocalDay(timeZone).startOf(now);
  const ofRules = rules.all.map(({ since, timeZone, excess, longestWait }) => {
    // A call that waited was accepted long before it was let go.
    const back = MINUTE + (excess === 'queue' ? longestWait : 0);
    return Math.max(since, Math.min(startOfDay(timeZone), now - back));
  });
  const ofGuards = guards.all.map(({ since, timeZone, coolDown = 0, velocity, completion }) => {
    const back = Math.max(coolDown, velocity?.within ?? 0, completion?.within ?? 0);
    return Math.max(since, Math.min(startOfDay(timeZone), now - back));
  });
  return Math.min(...ofRules, ...ofGuards);
}
