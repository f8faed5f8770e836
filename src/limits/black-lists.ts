/** Numbers that are not called, and callers of callbacks that are not served. */
import type { CallRecord, Verdict } from '../call/call-record.ts';
import { verdicts } from '../call/release-cause.ts';
import type { SettingOwner } from './limit-rule.ts';

export type BarredRole = 'callee' | 'caller';

export interface BarredNumber {
  /** For whose calls; undefined: for all. */
  readonly owner: SettingOwner;
  readonly role: BarredRole;
  /** A number in global format; with `*` at its end, all that begin so. */
  readonly number: string;
  /** Why, for people. */
  readonly note?: string;
  /** ms since the epoch. */
  readonly since: number;
}

type BarredName = Pick<BarredNumber, 'owner' | 'role' | 'number'>;

const listOf = ({ owner, role }: Pick<BarredNumber, 'owner' | 'role'>): string => `${role} ${owner ?? ''}`;

export class BlackLists {
  /** By role and owner, then by number or prefix. */
  readonly #lists = new Map<string, Map<string, BarredNumber>>();

  get all(): BarredNumber[] {
    return [...this.#lists.values()].flatMap((list) => [...list.values()]);
  }

  get(name: BarredName): BarredNumber | undefined {
    return this.#lists.get(listOf(name))?.get(name.number);
  }

  put(barred: BarredNumber): void {
    const list = this.#lists.get(listOf(barred)) ?? new Map<string, BarredNumber>();
    this.#lists.set(listOf(barred), list);
    list.set(barred.number, barred);
  }

  remove(name: BarredName): void {
    const list = this.#lists.get(listOf(name));
    list?.delete(name.number);
    if (list?.size === 0) this.#lists.delete(listOf(name));
  }

  /** How a call ends whose numbers are barred: callee first (7004), then the caller of a callback (7005 in its record). */
  verdict({ owner, order }: Pick<CallRecord, 'owner' | 'order'>): Verdict | undefined {
    if (this.#lists.size === 0) return undefined;
    if (this.#bars('callee', owner.spId, order.calleeNbr)) return verdicts.calleeBarred;
    const isBarred = order.capability === 'callback' && this.#bars('caller', owner.spId, order.callerNbr);
    return isBarred ? verdicts.callerBarred : undefined;
  }

  #bars(role: BarredRole, spId: string, number: string): boolean {
    return [undefined, spId].some((owner) => {
      const list = this.#lists.get(listOf({ owner, role }));
      if (list === undefined) return false;
      if (list.has(number)) return true;
      for (let length = number.length; length > 0; length--) {
        if (list.has(`${number.slice(0, length)}*`)) return true;
      }
      return false;
    });
  }
}
