/** Where limits live, and what they are counted anew from after a start. */
import type { CallRecord } from '../call/call-record.ts';
import type { BarredNumber } from './black-lists.ts';
import type { Guard } from './guard.ts';
import type { LimitRule } from './limit-rule.ts';
import type { NumberPool } from './number-pool.ts';
import type { Price } from './prices.ts';

/** Everything that can be set, by kind. */
export interface LimitSettings {
  readonly limit: LimitRule;
  readonly barred: BarredNumber;
  readonly guard: Guard;
  readonly price: Price;
  readonly pool: NumberPool;
  readonly blocked: BlockedUntil;
}

/** An address whose requests are refused because of its failures (1020176). */
export interface BlockedUntil {
  readonly address: string;
  /** ms since the epoch. */
  readonly until: number;
}

export type SettingKind = keyof LimitSettings;

/** One setting of a kind; there is one of each name. */
export interface SettingName {
  readonly kind: SettingKind;
  /** The account whose people set it; empty: the operator. */
  readonly owner: string;
  readonly name: string;
}

/** What the trunks themselves are set to carry. */
export interface CarryingTrunks {
  /** Takes what all legs of a call need, before any of them is dialled; false when a leg finds every trunk full. */
  reserve(call: Pick<CallRecord, 'sessionId' | 'order' | 'sandbox'>): boolean;
  /** The call is over, or was not accepted. Harmless where nothing was reserved. */
  release(sessionId: string): void;
}

export interface LimitStore {
  /** In order of their names. */
  settings<Kind extends SettingKind>(kind: Kind): Promise<LimitSettings[Kind][]>;
  /** Replaces the one of this name. */
  put<Kind extends SettingKind>(
    name: SettingName & { kind: Kind },
    value: LimitSettings[Kind],
  ): Promise<void>;
  remove(name: SettingName): Promise<void>;
  /** Calls accepted at this time or later, in the order of their acceptance, some at a time. */
  callsSince(acceptedAt: number): AsyncIterable<readonly CallRecord[]>;
}
