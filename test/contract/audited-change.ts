import { expect, it } from 'vitest';
import type { AuditDraft, AuditEntry, AuditTrail } from '../../src/accounts/audit.ts';
import type { TrunkStore } from '../../src/accounts/trunk.ts';
import { sampleTrunk as trunk } from './trunk-store.ts';

export interface AuditedStores {
  readonly auditTrail: AuditTrail;
  readonly trunks: TrunkStore;
}

const asked: AuditEntry = {
  at: 1,
  actorId: 'operator',
  actorName: 'operator',
  address: '192.0.2.1',
  action: 'POST /trunks',
  object: { kind: 'trunk', id: 'a' },
  after: { asked: ['name'] },
  outcome: 'done',
};

const done: AuditEntry = { ...asked, after: { name: 'a' } };

/** A change of a store that stays open, and what is on record of it. */
export function auditedChangeContract(open: () => Promise<AuditedStores>): void {
  const accompanied = <Result>(
    { auditTrail }: AuditedStores,
    change: (draft: AuditDraft) => Promise<Result>,
    entry: () => AuditEntry = () => asked,
  ): Promise<Result> =>
    new Promise((resolve, reject) => {
      auditTrail.accompany(entry, (draft) => void change(draft).then(resolve, reject));
    });
  const entries = async ({ auditTrail }: AuditedStores): Promise<object[]> =>
    (await auditTrail.list({ limit: 10 })).map(({ id: _id, ...entry }) => entry);

  it('is on record together with its first write, and replaced by what came of it', async () => {
    const stores = await open();
    await accompanied(stores, async (draft) => {
      await stores.trunks.putTrunk(trunk('a'));
      // What a crash at this moment leaves.
      expect(await entries(stores)).toEqual([asked]);
      await stores.trunks.putTrunk(trunk('b'));
      await draft.complete([done, { ...done, action: 'more' }]);
    });
    expect(await entries(stores)).toEqual([{ ...done, action: 'more' }, done]);
  });

  it('is not made where it cannot be put on record', async () => {
    const stores = await open();
    const failing = (): AuditEntry => {
      throw new Error('no entry');
    };
    const change = accompanied(stores, () => stores.trunks.putTrunk(trunk('a')), failing);
    await expect(change).rejects.toThrow('no entry');
    expect(await stores.trunks.trunks()).toEqual([]);
  });

  it('is not on record where it could not be made, and is with the write after that', async () => {
    const stores = await open();
    const wrong = { ...trunk('a'), createdAt: null as unknown as number };
    await accompanied(stores, async (draft) => {
      await expect(stores.trunks.putTrunk(wrong)).rejects.toThrow(/null/i);
      expect(await entries(stores)).toEqual([]);
      await Promise.all([stores.trunks.putTrunk(trunk('a')), stores.trunks.putTrunk(trunk('b'))]);
      expect(await entries(stores)).toEqual([asked]);
      await draft.complete([done]);
      // Background work that outlives the request is not the change.
      await stores.trunks.putTrunk(trunk('c'));
    });
    expect(await entries(stores)).toEqual([done]);
  });

  it('is on record once where nothing was stored, and not at all where nothing was done', async () => {
    const stores = await open();
    await accompanied(stores, (draft) => draft.complete([]));
    expect(await entries(stores)).toEqual([]);
    await accompanied(stores, (draft) => draft.complete([done]));
    expect(await entries(stores)).toEqual([done]);
  });

  it('stays on record where it was begun and then refused', async () => {
    const stores = await open();
    await accompanied(stores, async (draft) => {
      await stores.trunks.putTrunk(trunk('a'));
      await draft.complete([]);
    });
    expect(await entries(stores)).toEqual([asked]);
  });
}
