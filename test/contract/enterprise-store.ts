import { expect, it } from 'vitest';
import type { Enterprise } from '../../src/accounts/enterprise.ts';
import type { NumberOrder } from '../../src/accounts/number-order.ts';
import type { AccountStore, EnterpriseStore } from '../../src/accounts/ports.ts';
import { sampleAccount, START } from './samples.ts';

const enterpriseOf = (enterpriseId: string, changed: Partial<Enterprise> = {}): Enterprise => ({
  enterpriseId,
  spId: 'sp-1',
  name: '深圳汽车有限公司',
  licenceCode: '91440300MA5DXXXX0X',
  legalPersonId: '440300199001010000',
  scene: 'Deliveries',
  script: 'Your parcel is here.',
  peakConcurrency: 10,
  review: { state: 'pending' },
  createdAt: START,
  updatedAt: START,
  ...changed,
});

const orderOf = (orderId: string, changed: Partial<NumberOrder> = {}): NumberOrder => ({
  orderId,
  spId: 'sp-1',
  enterpriseId: 'e1',
  city: '深圳',
  quantity: 2,
  state: 'submitted',
  numbers: [],
  createdAt: START,
  updatedAt: START,
  ...changed,
});

const numbers = ['+8675528000001', '+8675528000002'];

/** What every EnterpriseStore does. `open` gives an empty one, and the accounts that it refers to. */
export function enterpriseStoreContract(
  open: () => Promise<{ readonly accounts: AccountStore; readonly enterprises: EnterpriseStore }>,
): void {
  async function withAccounts(): Promise<EnterpriseStore> {
    const { accounts, enterprises } = await open();
    for (const spId of ['sp-1', 'sp-2']) await accounts.putAccount(sampleAccount(spId));
    return enterprises;
  }

  it('keeps every member of an enterprise, and lists them in order of creation, also after a change', async () => {
    const store = await withAccounts();
    const changed = enterpriseOf('e2', {
      registeredCapital: 500_000.5,
      review: { state: 'rejected', reason: 'The licence is not readable.' },
      updatedAt: START + 5,
    });
    const other = enterpriseOf('e1', { spId: 'sp-2' });
    for (const one of [enterpriseOf('e2'), other, changed]) await store.putEnterprise(one);
    expect(await store.enterprises()).toEqual([changed, other]);
    expect(await store.enterprises('sp-2')).toEqual([other]);
    expect(await store.enterprise('e2')).toEqual(changed);
    expect(await store.enterprise('e3')).toBeUndefined();
  });

  it('knows by which order a number is held, as long as that is granted', async () => {
    const store = await withAccounts();
    await store.putOrder(orderOf('o1'));
    await store.putOrder(orderOf('o2', { spId: 'sp-2' }));
    expect(await store.orderOfNumber('+8675528000001')).toBeUndefined();
    const granted = orderOf('o1', { state: 'granted', numbers });
    await store.putOrder(granted);
    expect(await store.orderOfNumber('+8675528000002')).toEqual(granted);
    expect(await store.orders()).toEqual([granted, orderOf('o2', { spId: 'sp-2' })]);
    expect(await store.orders('sp-2')).toEqual([orderOf('o2', { spId: 'sp-2' })]);
    await store.putOrder({ ...granted, state: 'released' });
    expect(await store.orderOfNumber('+8675528000002')).toBeUndefined();
    expect(await store.order('o1')).toMatchObject({ state: 'released', numbers });
  });

  it('grants a number once, whichever of two orders comes first', async () => {
    const store = await withAccounts();
    const orders = ['o1', 'o2', 'o3'].map((id) => orderOf(id, { state: 'granted', numbers }));
    const settled = await Promise.allSettled(orders.map((order) => store.putOrder(order)));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await store.orders()).toHaveLength(1);
  });

  it('grants as many numbers as can be ordered', async () => {
    const store = await withAccounts();
    const many = Array.from({ length: 1_000 }, (_, index) => `+86755280${String(index).padStart(5, '0')}`);
    await store.putOrder(orderOf('o1', { state: 'granted', quantity: 1_000, numbers: many }));
    expect((await store.orderOfNumber(many[999] ?? ''))?.orderId).toBe('o1');
  });
}
