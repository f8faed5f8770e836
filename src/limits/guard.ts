/** What guards an application that rings numbers given by strangers: sign-up forms that send codes. */
import type { SettingOwner } from './limit-rule.ts';

/** Times in ms. */
export interface GuardChecks {
  /** Between two calls to one callee. */
  readonly coolDown?: number;
  /** Digits of a number that make its prefix, 1-15. */
  readonly prefixDigits: number;
  /** Calls to one prefix within a time. */
  readonly velocity?: { readonly calls: number; readonly within: number };
  /** Of the calls to one prefix within a time, so many percent at least are answered; judged from `sample` calls on. */
  readonly completion?: { readonly percent: number; readonly sample: number; readonly within: number };
  /** ISO 3166 codes of the countries that may be called; absent: all. */
  readonly countries?: readonly string[];
  /** What the calls of a day may cost, by the prices that are set. */
  readonly dailyBudget?: number;
}

export interface Guard extends GuardChecks {
  readonly owner: SettingOwner;
  /** `*`: each application that has no guard of its own. */
  readonly appKey: string;
  /** Which calls are guarded. */
  readonly calls: 'verification' | 'all';
  /** Of days. */
  readonly timeZone: string;
  /** Calls accepted before do not count, ms since the epoch. */
  readonly since: number;
}

/** The longest time that a guard looks back, ms. */
export const LONGEST_LOOK_BACK = 86_400_000;
