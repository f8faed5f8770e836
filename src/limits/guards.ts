import type { CallRecord } from '../call/call-record.ts';
import type { Guard } from './guard.ts';
import { GuardedApp } from './guarded-app.ts';
import { EACH, type SettingOwner } from './limit-rule.ts';
import { LocalDay } from './local-day.ts';
import { PARTS, type Prices } from './prices.ts';
import type { Objection } from './refusal.ts';

interface ActiveGuard {
  readonly guard: Guard;
  readonly day: LocalDay;
  readonly apps: Map<string, GuardedApp>;
}

interface Found extends ActiveGuard {
  readonly app: GuardedApp;
}

type GuardName = Pick<Guard, 'owner' | 'appKey'>;

const nameOf = (owner: SettingOwner, appKey: string): string => `${owner ?? ''} ${appKey}`;

/** The guards that are set, the operator's and those of the accounts, and what they remember. */
export class Guards {
  readonly #prices: Prices;
  readonly #guards = new Map<string, ActiveGuard>();

  constructor(prices: Prices) {
    this.#prices = prices;
  }

  get all(): Guard[] {
    return [...this.#guards.values()].map(({ guard }) => guard);
  }

  get({ owner, appKey }: GuardName): Guard | undefined {
    return this.#guards.get(nameOf(owner, appKey))?.guard;
  }

  /** What an earlier guard of the same name remembers is kept, unless the new one counts from a later time. */
  put(guard: Guard): void {
    const name = nameOf(guard.owner, guard.appKey);
    const known = this.#guards.get(name);
    const apps = known?.guard.since === guard.since ? known.apps : new Map<string, GuardedApp>();
    this.#guards.set(name, { guard, day: new LocalDay(guard.timeZone), apps });
  }

  remove({ owner, appKey }: GuardName): void {
    this.#guards.delete(nameOf(owner, appKey));
  }

  /** What the calls of this day cost so far, by application. */
  spent({ owner, appKey }: GuardName, now: number): { readonly appKey: string; readonly cost: number }[] {
    const active = this.#guards.get(nameOf(owner, appKey));
    if (active === undefined) return [];
    const today = active.day.startOf(now);
    return [...active.apps].map(([of, app]) => ({ appKey: of, cost: app.spentOn(today, now) / PARTS }));
  }

  objection(call: CallRecord): Objection | undefined {
    for (const { app, guard, day } of this.#of(call)) {
      const objection = app.objection(call, guard, day);
      if (objection !== undefined) return objection;
    }
    return undefined;
  }

  admitted(call: CallRecord): void {
    for (const { app, guard, day } of this.#of(call)) app.admitted(call, guard, day);
  }

  withdrawn(call: CallRecord): void {
    for (const { app, guard, day } of this.#of(call)) app.withdrawn(call, guard, day);
  }

  ended(call: CallRecord): void {
    for (const { app, guard, day } of this.#of(call)) app.ended(call, guard, day);
  }

  #of({ owner, order, acceptedAt }: CallRecord): Found[] {
    if (this.#guards.size === 0) return [];
    return [undefined, owner.spId].flatMap((setBy) => {
      const active = this.#guards.get(nameOf(setBy, owner.appKey)) ?? this.#guards.get(nameOf(setBy, EACH));
      if (active === undefined || acceptedAt < active.guard.since) return [];
      if (active.guard.calls === 'verification' && order.capability !== 'verification') return [];
      const app = active.apps.get(owner.appKey) ?? new GuardedApp(this.#prices);
      active.apps.set(owner.appKey, app);
      return [{ ...active, app }];
    });
  }
}
