/** What customers and operators do with enterprises and their orders of numbers, in whole steps over the store. */
import type { Administration } from './administration.ts';
import {
  checkEnterprise,
  type Enterprise,
  type EnterpriseChange,
  type EnterpriseRecord,
} from './enterprise.ts';
import {
  checkNumberOrder,
  movedOrder,
  type NewNumberOrder,
  type NumberOrder,
  type NumberOrderStep,
} from './number-order.ts';
import { numberTaken } from './numbers.ts';
import type { AccountStore, EnterpriseStore } from './ports.ts';
import type { RandomIntegers } from './random-source.ts';
import { submitted, type Review } from './review.ts';
import { RuleViolation } from './rule-violation.ts';
import { Turns } from './turns.ts';
import { newIdentifier } from './voice-file.ts';

export interface EnterpriseAdministrationOptions {
  readonly store: EnterpriseStore;
  readonly accounts: Pick<AccountStore, 'app' | 'number'>;
  /** Takes released numbers from their applications. */
  readonly administration: Pick<Administration, 'removeNumber'>;
  readonly now: () => number;
  readonly random: RandomIntegers;
}

/** Something before a change and after it. */
export interface Changed<Subject> {
  readonly before: Subject;
  readonly after: Subject;
}

/** Every method rejects with RuleViolation when a rule forbids it. `spId`: only of this account. */
export class EnterpriseAdministration {
  readonly #options: EnterpriseAdministrationOptions;
  readonly #turns = new Turns();

  constructor(options: EnterpriseAdministrationOptions) {
    this.#options = options;
  }

  async submit(record: EnterpriseRecord, spId: string): Promise<Enterprise> {
    checkEnterprise(record);
    const { store, now, random } = this.#options;
    const at = now();
    const enterpriseId = newIdentifier(random);
    const enterprise = {
      ...record,
      enterpriseId,
      spId,
      review: submitted(false),
      createdAt: at,
      updatedAt: at,
    };
    await store.putEnterprise(enterprise);
    return enterprise;
  }

  async enterprise(enterpriseId: string, spId?: string): Promise<Enterprise> {
    const found = await this.#options.store.enterprise(enterpriseId);
    if (found !== undefined && (spId === undefined || found.spId === spId)) return found;
    throw new RuleViolation('enterprise-unknown', 'There is no enterprise of this id.', {
      field: 'enterpriseId',
      remedy: 'openvoicecall enterprise list shows the enterprises there are.',
    });
  }

  /** What is changed is reviewed anew. */
  change(enterpriseId: string, change: EnterpriseChange, spId?: string): Promise<Changed<Enterprise>> {
    return this.#turns.take(async () => {
      const before = await this.enterprise(enterpriseId, spId);
      const given = Object.entries(change).filter(([, value]) => value !== undefined);
      const after = { ...before, ...Object.fromEntries(given), review: submitted(false) };
      checkEnterprise(after);
      return this.#keepEnterprise(before, after);
    });
  }

  review(enterpriseId: string, review: Review): Promise<Changed<Enterprise>> {
    return this.#turns.take(async () => {
      const before = await this.enterprise(enterpriseId);
      return this.#keepEnterprise(before, { ...before, review });
    });
  }

  /** Orders numbers for an enterprise that was approved. */
  order(wanted: NewNumberOrder, spId?: string): Promise<NumberOrder> {
    return this.#turns.take(async () => {
      checkNumberOrder(wanted);
      const { enterpriseId, city, quantity } = wanted;
      const enterprise = await this.enterprise(enterpriseId, spId);
      if (enterprise.review.state !== 'approved') {
        throw new RuleViolation('enterprise-not-approved', 'The enterprise is not approved.', {
          field: 'enterpriseId',
          remedy: 'The operator approves it: openvoicecall enterprise approve ID.',
        });
      }
      const { store, now, random } = this.#options;
      const at = now();
      const order: NumberOrder = {
        orderId: newIdentifier(random),
        spId: enterprise.spId,
        enterpriseId,
        city,
        quantity,
        state: 'submitted',
        numbers: [],
        createdAt: at,
        updatedAt: at,
      };
      await store.putOrder(order);
      return order;
    });
  }

  async numberOrder(orderId: string, spId?: string): Promise<NumberOrder> {
    const found = await this.#options.store.order(orderId);
    if (found !== undefined && (spId === undefined || found.spId === spId)) return found;
    throw new RuleViolation('order-unknown', 'There is no order of this id.', {
      field: 'orderId',
      remedy: 'openvoicecall number-order list shows the orders there are.',
    });
  }

  /** Numbers of a released order are taken from their applications first: a crash in between leaves it to be released again. */
  move(orderId: string, step: NumberOrderStep, spId?: string): Promise<Changed<NumberOrder>> {
    return this.#turns.take(async () => {
      const { store, accounts, administration, now } = this.#options;
      const before = await this.numberOrder(orderId, spId);
      const after = movedOrder(before, step, now());
      if (after.state === 'granted') await this.#checkFree(after);
      if (after.state === 'released') {
        for (const number of after.numbers) {
          if ((await accounts.number(number)) !== undefined) await administration.removeNumber(number);
        }
      }
      await store.putOrder(after);
      return { before, after };
    });
  }

  /**
   * That an application of this account may have the number: not where it was granted to another account, and of an account's
   * own people only where it was granted to theirs.
   */
  async checkMayHold(
    number: string,
    spId: string,
    { byOperator }: { readonly byOperator: boolean },
  ): Promise<void> {
    const granted = await this.#options.store.orderOfNumber(number);
    if (granted?.spId === spId || (granted === undefined && byOperator)) return;
    if (byOperator) throw numberTaken('Another account', 'Release the order first that granted it.');
    throw new RuleViolation('number-not-granted', 'The number was not granted to this account.', {
      field: 'number',
      remedy: 'Order numbers (openvoicecall number-order add); the operator grants them.',
    });
  }

  async #checkFree({ numbers, spId }: NumberOrder): Promise<void> {
    const { store, accounts } = this.#options;
    for (const number of numbers) {
      const granted = await store.orderOfNumber(number);
      const holder = await accounts.number(number);
      const app = holder && (await accounts.app(holder.appKey));
      const isTaken = granted !== undefined || (app !== undefined && app.spId !== spId);
      if (isTaken)
        throw numberTaken('An account', 'Grant another number, or release the order of that one first.');
    }
  }

  async #keepEnterprise(before: Enterprise, changed: Enterprise): Promise<Changed<Enterprise>> {
    const after = { ...changed, updatedAt: this.#options.now() };
    await this.#options.store.putEnterprise(after);
    return { before, after };
  }
}
