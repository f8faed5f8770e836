import { expect, it } from 'vitest';
import type { AskedCall } from '../../src/call/admission.ts';
import type { CallRecord } from '../../src/call/call-record.ts';
import type { CallStore } from '../../src/call/ports.ts';
import { createLimits, type CreatedLimits } from '../../src/limits/create-limits.ts';
import type { NumberPool } from '../../src/limits/number-pool.ts';
import type { LimitStore } from '../../src/limits/ports.ts';
import type { RefusalLog } from '../../src/limits/refusal.ts';
import { sampleAccount, sampleApp, sampleCall, sampleNumber, START } from './samples.ts';

interface PoolStores {
  readonly calls: CallStore;
  readonly limits: LimitStore;
  readonly refusals: RefusalLog;
}

const numbers = ['+8675528000001', '+8675528000002', '+8675528000003'];
const wanted = { numbers, choice: 'rotating', callsPerDay: 4, timeZone: 'UTC' } as const;
const app = sampleApp('app-1');

/** Limits as one process has them. */
async function started({ limits, refusals }: PoolStores, now = START): Promise<CreatedLimits> {
  const quiet = (): void => {};
  const created = createLimits({
    store: limits,
    refusalLog: refusals,
    accounts: {
      app: async () => app,
      account: async () => sampleAccount('sp-1'),
      numbers: async () => numbers.map((number) => sampleNumber(number, 'app-1')),
    },
    trunksOf: () => [],
    now: () => now,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  await created.load();
  return created;
}

const asked = (acceptedAt: number): AskedCall => ({
  owner: { appKey: 'app-1', spId: 'sp-1' },
  sandbox: true,
  acceptedAt,
  order: {
    capability: 'notification',
    displayNbr: '+8675528000001',
    calleeNbr: '+8613500000002',
    segments: [],
  },
});

/** As CallService does it: what is taken is taken before the store is asked. @returns undefined where it is refused */
async function place(
  { limits }: CreatedLimits,
  calls: CallStore,
  id: string,
): Promise<CallRecord | undefined> {
  const choice = limits.choose(asked(START));
  if (choice.kind === 'refused') {
    expect(choice.code.code).toBe('1013003');
    return undefined;
  }
  const call = sampleCall(id, { owner: asked(START).owner, order: choice.order, acceptedAt: START });
  expect(limits.admit(call, { needed: 1, idle: 100 }).kind).toBe('admitted');
  await calls.create(call);
  return call;
}

/** What pools do over every store. `open` gives an empty one. */
export function numberPoolContract(open: () => Promise<PoolStores>): void {
  it('keep what was set, and are gone when they are removed', async () => {
    const stores = await open();
    const { poolAdministration: pools } = await started(stores);
    await pools.set({ app, name: 'north' }, { ...wanted, numbers: numbers.slice(0, 1) });
    await pools.set({ app, name: 'south' }, { ...wanted, numbers: numbers.slice(1), choice: 'sticky' });
    const changed = { ...wanted, numbers: numbers.slice(0, 1), callsPerDay: undefined, concurrentCalls: 2 };
    await pools.set({ app, name: 'north' }, changed);
    await pools.remove({ app, name: 'south' });
    const after = await started(stores);
    const kept: NumberPool = { appKey: 'app-1', name: 'north', ...changed, since: START };
    expect(after.poolAdministration.pools(new Set(['app-1']))).toEqual([kept]);
  });

  it('give numbers to calls that come at once as often as they may have them, also after a crash', async () => {
    const stores = await open();
    const { calls } = stores;
    const first = await started(stores);
    await first.poolAdministration.set({ app, name: 'all' }, wanted);
    const ids = Array.from({ length: 9 }, (_, index) => `s${index}`);
    const placed = await Promise.all(ids.map((id) => place(first, calls, id)));
    const shown = placed.map((call) => call?.order.displayNbr);
    expect(shown).toEqual([...numbers, ...numbers, ...numbers]);
    // The process is gone, and another one counts anew.
    const second = await started(stores, START + 1_000);
    const more = await Promise.all(ids.map((id) => place(second, calls, `t${id}`)));
    expect(more.map((call) => call?.order.displayNbr).sort()).toEqual([
      ...numbers,
      ...Array.from({ length: 6 }, () => undefined),
    ]);
    const use = second.poolAdministration.use({ appKey: 'app-1', name: 'all' });
    expect(use.map(({ today }) => today)).toEqual([4, 4, 4]);
    await second.refusals.settled();
    const refused = await stores.refusals.list({ limit: 10 });
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(['number-pool']));
    expect(refused).toHaveLength(6);
    // The next day all are free.
    const tomorrow = START + 86_400_000;
    const third = await started(stores, tomorrow);
    expect(third.limits.choose(asked(tomorrow)).kind).toBe('chosen');
  });
}
