import type { CallRecord } from '../call/call-record.ts';
import { CallCounter } from './call-counter.ts';
import {
  EACH,
  type LimitRule,
  type LimitScope,
  limitScopes,
  type SettingOwner,
  subjectsOf,
  type LimitedCall,
  type TrunksOf,
} from './limit-rule.ts';
import { LocalDay } from './local-day.ts';

/** A rule that applies to a call, and what it counted so far of the call's own account, app or number. */
export interface CountedRule {
  /** As it is set now; a rule that was removed has no amounts. */
  readonly active: { readonly rule: LimitRule; readonly day: LocalDay };
  readonly counter: CallCounter;
  /** What the call counts for: of a trunk, the legs that it carries; else 1. */
  readonly legs: number;
}

interface ActiveRule {
  rule: LimitRule;
  day: LocalDay;
  readonly calls: Map<string, CallCounter>;
  readonly requests: Map<string, CallCounter>;
}

/** What a rule counted of one subject. */
export interface CountedSubject {
  readonly subject: string;
  readonly day: LocalDay;
  readonly calls: CallCounter;
  /** To the compatible API. */
  readonly requests: CallCounter;
}

/** Of subjects that were not seen yet; nothing is ever counted in it. */
const idle = new CallCounter();
const nothing: Pick<ActiveRule, 'calls' | 'requests'> = { calls: new Map(), requests: new Map() };

/** One for all calls, which keep it as long as they run. */
const none: readonly CountedRule[] = [];

type RuleName = Pick<LimitRule, 'owner' | 'scope' | 'subject'>;

const groupOf = (scope: LimitScope, owner: SettingOwner): string => `${scope} ${owner ?? ''}`;

function counterOf(counters: Map<string, CallCounter>, subject: string): CallCounter {
  const known = counters.get(subject);
  if (known !== undefined) return known;
  const counter = new CallCounter();
  counters.set(subject, counter);
  return counter;
}

/** The rules that are set, and what they counted. */
export class LimitRules {
  /** By scope and owner, then by subject. */
  readonly #groups = new Map<string, Map<string, ActiveRule>>();
  readonly #trunksOf: TrunksOf;

  constructor(trunksOf: TrunksOf = () => []) {
    this.#trunksOf = trunksOf;
  }

  get all(): LimitRule[] {
    return [...this.#groups.values()].flatMap((group) => [...group.values()].map(({ rule }) => rule));
  }

  get(name: RuleName): LimitRule | undefined {
    return this.#groups.get(groupOf(name.scope, name.owner))?.get(name.subject)?.rule;
  }

  /** What an earlier rule of the same name counted is kept; of its day, unless the new one counts from a later time. */
  put(rule: LimitRule): void {
    const name = groupOf(rule.scope, rule.owner);
    const group = this.#groups.get(name) ?? new Map<string, ActiveRule>();
    this.#groups.set(name, group);
    const day = new LocalDay(rule.timeZone);
    const known = group.get(rule.subject);
    if (known === undefined) {
      group.set(rule.subject, { rule, day, calls: new Map(), requests: new Map() });
      return;
    }
    if (known.rule.since !== rule.since) for (const counter of known.calls.values()) counter.forgetDay();
    known.rule = rule;
    known.day = day;
  }

  remove({ scope, owner, subject }: RuleName): void {
    const name = groupOf(scope, owner);
    const group = this.#groups.get(name);
    const active = group?.get(subject);
    if (group === undefined || active === undefined) return;
    const { timeZone, excess, longestWait, longestQueue, since } = active.rule;
    active.rule = { owner, scope, subject, timeZone, excess, longestWait, longestQueue, since };
    group.delete(subject);
    if (group.size === 0) this.#groups.delete(name);
  }

  /** INVITEs per second that the operator allows a trunk; Infinity where it is not limited. */
  paceOfTrunk(name: string): number {
    const group = this.#groups.get(groupOf('trunk', undefined));
    return (group?.get(name) ?? group?.get(EACH))?.rule.callsPerSecond ?? Infinity;
  }

  /** The rules of a call: the operator's and its account's, each by its own subject or else those for `*`. */
  of(call: LimitedCall): readonly CountedRule[] {
    if (this.#groups.size === 0) return none;
    const found: CountedRule[] = [];
    for (const scope of limitScopes) {
      for (const owner of [undefined, call.owner.spId]) {
        const group = this.#groups.get(groupOf(scope, owner));
        if (group === undefined) continue;
        const subjects = subjectsOf(call, scope, this.#trunksOf);
        for (const subject of new Set(subjects)) {
          const active = group.get(subject) ?? group.get(EACH);
          if (active === undefined) continue;
          const legs = subjects.filter((one) => one === subject).length;
          found.push({ active, counter: counterOf(active.calls, subject), legs });
        }
      }
    }
    return found;
  }

  /** How many subjects a rule counts at this moment. */
  subjects(name: RuleName): number {
    const { calls, requests } = this.#active(name) ?? nothing;
    return calls.size + requests.keys().reduce((more, subject) => more + (calls.has(subject) ? 0 : 1), 0);
  }

  /** What a rule counted, by subject, for those who look at it. */
  counted(name: RuleName): CountedSubject[] {
    const active = this.#active(name);
    if (active === undefined) return [];
    const { calls, requests, day } = active;
    return [...new Set([...calls.keys(), ...requests.keys()])].map((subject) => ({
      subject,
      day,
      calls: calls.get(subject) ?? idle,
      requests: requests.get(subject) ?? idle,
    }));
  }

  #active({ scope, owner, subject }: RuleName): ActiveRule | undefined {
    return this.#groups.get(groupOf(scope, owner))?.get(subject);
  }

  /**
   * Takes a request from what its app, its account and the platform may send in a minute.
   * @returns the scope whose limit is reached; nothing was taken then
   */
  takeRequest(owner: CallRecord['owner'], now: number): LimitScope | undefined {
    if (this.#groups.size === 0) return undefined;
    const taken: CallCounter[] = [];
    const subjects = [
      ['platform', EACH] as const,
      ['account', owner.spId] as const,
      ['app', owner.appKey] as const,
    ];
    for (const [scope, subject] of subjects) {
      for (const setBy of [undefined, owner.spId]) {
        const group = this.#groups.get(groupOf(scope, setBy));
        const active = group?.get(subject) ?? group?.get(EACH);
        if (active?.rule.requestsPerMinute === undefined) continue;
        const counter = counterOf(active.requests, subject);
        const pace = { callsPerMinute: active.rule.requestsPerMinute };
        if (counter.slot(pace, now) > now) return scope;
        taken.push(counter);
      }
    }
    for (const counter of taken) counter.letGo(now);
    return undefined;
  }

  /** Forgets subjects that nothing is counted of. */
  sweep(now: number): void {
    for (const group of this.#groups.values()) {
      for (const { day, calls, requests } of group.values()) {
        const today = day.startOf(now);
        for (const counters of [calls, requests]) {
          for (const [subject, counter] of counters) {
            if (counter.isIdle(now, today)) counters.delete(subject);
          }
        }
      }
    }
  }
}
