/** What people do with limits, black lists, guards and prices: kept first, then in force. */
import type { AccountStore } from '../accounts/ports.ts';
import { RuleViolation } from '../accounts/rule-violation.ts';
import { Turns } from '../accounts/turns.ts';
import type { BarredNumber, BarredRole, BlackLists } from './black-lists.ts';
import type { Guard } from './guard.ts';
import type { Guards } from './guards.ts';
import { EACH, type LimitAmounts, type LimitRule, type LimitScope, type SettingOwner } from './limit-rule.ts';
import type { CountedSubject, LimitRules } from './limit-rules.ts';
import type { LimitStore } from './ports.ts';
import type { Price, Prices } from './prices.ts';
import { checkBarred, checkGuard, checkLimit, checkPrice } from './setting-checks.ts';

export interface LimitAdministrationOptions {
  readonly store: LimitStore;
  readonly accounts: Pick<AccountStore, 'app' | 'account'>;
  readonly rules: LimitRules;
  readonly guards: Guards;
  readonly blackLists: BlackLists;
  readonly prices: Prices;
  readonly now: () => number;
}

/** A setting before a change and after it. */
export interface Changed<Setting> {
  readonly before: Setting | undefined;
  readonly after: Setting;
}

/** What counts at this moment of one subject of a limit. */
export interface LimitUse {
  readonly subject: string;
  readonly lastSecond: number;
  readonly lastMinute: number;
  readonly today: number;
  readonly running: number;
  readonly voicePorts: number;
  readonly waiting: number;
  /** To the compatible API. */
  readonly requestsLastMinute: number;
}

/** What a limit counts, in short. */
export interface LimitUseInShort {
  /** Subjects that something is counted of. */
  readonly subjects: number;
  /** The one that is nearest to what it may; absent where there is none, or where there are more than can be looked through. */
  readonly nearest: LimitUse | undefined;
}

export interface LimitName {
  readonly owner: SettingOwner;
  readonly scope: LimitScope;
  readonly subject: string;
}

const ownerName = (owner: SettingOwner): string => owner ?? '';

/** Subjects whose use is shown of a limit for each. */
const MOST_SHOWN = 100;

/** Subjects that are looked through for a list of all limits, which people have before them for hours. */
const MOST_LOOKED_THROUGH = 1_000;

const counts: Readonly<Record<keyof LimitAmounts, Exclude<keyof LimitUse, 'subject'>>> = {
  callsPerSecond: 'lastSecond',
  callsPerMinute: 'lastMinute',
  callsPerDay: 'today',
  concurrentCalls: 'running',
  voicePorts: 'voicePorts',
  requestsPerMinute: 'requestsLastMinute',
};

/** How near it is to what it may: 1 where it may have no more of something. */
function nearness(rule: LimitRule, use: LimitUse): number {
  const shares = Object.entries(counts).map(([amount, count]) => {
    const allowed = rule[amount as keyof LimitAmounts];
    if (allowed === undefined) return 0;
    return allowed === 0 ? 1 : use[count] / allowed;
  });
  return Math.max(...shares);
}

/** Every method that changes rejects with RuleViolation when a rule forbids it. */
export class LimitAdministration {
  readonly #options: LimitAdministrationOptions;
  readonly #turns = new Turns();
  /** Told of every change that is in force. */
  changed = (): void => {};

  constructor(options: LimitAdministrationOptions) {
    this.#options = options;
  }

  /** All of them, or those that the people of one account set. */
  limits(owner?: string): LimitRule[] {
    return this.#options.rules.all.filter((rule) => owner === undefined || rule.owner === owner);
  }

  /** What is counted; of a limit for each subject, of the hundred that are nearest to what they may. */
  use(name: LimitName): LimitUse[] {
    const { rules, now } = this.#options;
    const rule = rules.get(name);
    if (rule === undefined) return [];
    const at = now();
    return rules
      .counted(name)
      .map((counted) => useOf(counted, at))
      .map((use) => ({ use, near: nearness(rule, use) }))
      .sort((one, other) => other.near - one.near || other.use.today - one.use.today)
      .slice(0, MOST_SHOWN)
      .map(({ use }) => use);
  }

  useInShort(name: LimitName): LimitUseInShort {
    const subjects = this.#options.rules.subjects(name);
    return { subjects, nearest: subjects > MOST_LOOKED_THROUGH ? undefined : this.use(name)[0] };
  }

  /** Sets it anew, or in place of what there was. */
  setLimit(limit: Omit<LimitRule, 'since'>): Promise<Changed<LimitRule>> {
    const { store, rules, now } = this.#options;
    return this.#turns.take(async () => {
      const before = rules.get(limit);
      const counts = before?.timeZone === limit.timeZone;
      const after: LimitRule = { ...limit, since: before && counts ? before.since : now() };
      checkLimit(after);
      if (after.scope === 'app') await this.#checkApp(after.subject, after.owner);
      if (after.scope === 'account') await this.#checkAccount(after.subject);
      const name = `${after.scope} ${after.subject}`;
      await store.put({ kind: 'limit', owner: ownerName(after.owner), name }, after);
      rules.put(after);
      this.changed();
      return { before, after };
    });
  }

  removeLimit(limit: LimitName): Promise<LimitRule> {
    const { store, rules } = this.#options;
    return this.#turns.take(async () => {
      const before = rules.get(limit);
      if (before === undefined) throw new RuleViolation('limit-unknown', 'There is no such limit.');
      const name = `${limit.scope} ${limit.subject}`;
      await store.remove({ kind: 'limit', owner: ownerName(limit.owner), name });
      rules.remove(limit);
      this.changed();
      return before;
    });
  }

  barred(owner?: string): BarredNumber[] {
    return this.#options.blackLists.all.filter((entry) => owner === undefined || entry.owner === owner);
  }

  bar(entry: Omit<BarredNumber, 'since'>): Promise<Changed<BarredNumber>> {
    const { store, blackLists, now } = this.#options;
    return this.#turns.take(async () => {
      checkBarred(entry.number);
      const before = blackLists.get(entry);
      const after = { ...entry, since: before?.since ?? now() };
      const name = `${entry.role} ${entry.number}`;
      await store.put({ kind: 'barred', owner: ownerName(entry.owner), name }, after);
      blackLists.put(after);
      return { before, after };
    });
  }

  unbar(entry: { owner: SettingOwner; role: BarredRole; number: string }): Promise<BarredNumber> {
    const { store, blackLists } = this.#options;
    return this.#turns.take(async () => {
      const before = blackLists.get(entry);
      if (before === undefined) throw new RuleViolation('barred-unknown', 'The number is not on this list.');
      const name = `${entry.role} ${entry.number}`;
      await store.remove({ kind: 'barred', owner: ownerName(entry.owner), name });
      blackLists.remove(entry);
      return before;
    });
  }

  guards(owner?: string): Guard[] {
    return this.#options.guards.all.filter((guard) => owner === undefined || guard.owner === owner);
  }

  /** What the guarded calls of this day cost, by application. */
  spent(name: { owner: SettingOwner; appKey: string }): { readonly appKey: string; readonly cost: number }[] {
    return this.#options.guards.spent(name, this.#options.now());
  }

  setGuard(guard: Omit<Guard, 'since'>): Promise<Changed<Guard>> {
    const { store, guards, now } = this.#options;
    return this.#turns.take(async () => {
      checkGuard(guard);
      await this.#checkApp(guard.appKey, guard.owner);
      const before = guards.get(guard);
      const goesOn = before !== undefined && countsAlike(before, guard);
      const after = { ...guard, since: goesOn ? before.since : now() };
      await store.put({ kind: 'guard', owner: ownerName(guard.owner), name: guard.appKey }, after);
      guards.put(after);
      return { before, after };
    });
  }

  removeGuard(name: { owner: SettingOwner; appKey: string }): Promise<Guard> {
    const { store, guards } = this.#options;
    return this.#turns.take(async () => {
      const before = guards.get(name);
      if (before === undefined) throw new RuleViolation('guard-unknown', 'There is no such guard.');
      await store.remove({ kind: 'guard', owner: ownerName(name.owner), name: name.appKey });
      guards.remove(name);
      return before;
    });
  }

  get prices(): Price[] {
    return this.#options.prices.all.sort((one, other) => (one.prefix < other.prefix ? -1 : 1));
  }

  setPrice(price: Price): Promise<Changed<Price>> {
    const { store, prices } = this.#options;
    return this.#turns.take(async () => {
      checkPrice(price);
      const before = prices.all.find(({ prefix }) => prefix === price.prefix);
      await store.put({ kind: 'price', owner: '', name: price.prefix }, price);
      prices.put(price);
      return { before, after: price };
    });
  }

  removePrice(prefix: string): Promise<Price> {
    const { store, prices } = this.#options;
    return this.#turns.take(async () => {
      const before = prices.all.find((price) => price.prefix === prefix);
      if (before === undefined) throw new RuleViolation('price-unknown', 'No price is set for this prefix.');
      await store.remove({ kind: 'price', owner: '', name: prefix });
      prices.remove(prefix);
      return before;
    });
  }

  async #checkApp(appKey: string, owner: SettingOwner): Promise<void> {
    if (appKey === EACH) return;
    const app = await this.#options.accounts.app(appKey);
    if (app !== undefined && (owner === undefined || app.spId === owner)) return;
    throw new RuleViolation('app-unknown', 'There is no application with this key.', {
      remedy: 'openvoicecall app list shows the applications there are.',
    });
  }

  async #checkAccount(spId: string): Promise<void> {
    if (spId === EACH || (await this.#options.accounts.account(spId)) !== undefined) return;
    throw new RuleViolation('account-unknown', 'There is no account of this id.', {
      remedy: 'openvoicecall account list shows the accounts there are.',
    });
  }
}

function useOf({ subject, day, calls, requests }: CountedSubject, at: number): LimitUse {
  return {
    subject,
    lastSecond: calls.letGoSince(at - 1_000),
    lastMinute: calls.letGoSince(at - 60_000),
    today: calls.acceptedOn(day.startOf(at)),
    running: calls.running,
    voicePorts: calls.ports,
    waiting: calls.waiting,
    requestsLastMinute: requests.letGoSince(at - 60_000),
  };
}

/** Whether what one remembers is what the other looks at. */
function countsAlike(one: Omit<Guard, 'since'>, other: Omit<Guard, 'since'>): boolean {
  const lookBack = ({ velocity, completion, prefixDigits, calls, timeZone }: Omit<Guard, 'since'>): string =>
    JSON.stringify([velocity?.within, completion?.within, prefixDigits, calls, timeZone]);
  return lookBack(one) === lookBack(other);
}
