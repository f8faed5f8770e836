import { expect, it } from 'vitest';
import type { AuditEntry, AuditTrail } from '../../src/accounts/audit.ts';
import { START } from './samples.ts';

const sampleEntry = (changed: Partial<AuditEntry> = {}): AuditEntry => ({
  at: START,
  actorId: 'operator',
  actorName: 'operator',
  address: '192.0.2.1',
  action: 'PATCH /apps/:appKey',
  object: { kind: 'app', id: 'key-1' },
  outcome: 'done',
  ...changed,
});

/** What every AuditTrail does. `open` gives an empty one. */
export function auditTrailContract(open: () => Promise<AuditTrail>): void {
  it('keeps every member of an entry, newest first', async () => {
    const trail = await open();
    const full = sampleEntry({
      at: START + 1,
      actorId: 'u-1',
      actorName: 'mei',
      spId: 'sp-1',
      before: { ports: 10, name: 'Cars' },
      after: { ports: 3, name: '汽车' },
      outcome: 'refused',
    });
    await trail.append([sampleEntry(), full]);
    await trail.append([]);
    const entries = await trail.list({ limit: 10 });
    expect(entries.map(({ id: _id, ...entry }) => entry)).toEqual([full, sampleEntry()]);
    expect(entries[0]!.id).toBeGreaterThan(entries[1]!.id);
  });

  it('is searched by account, actor, object and time, page by page', async () => {
    const trail = await open();
    await trail.append([
      sampleEntry({ spId: 'sp-1' }),
      sampleEntry({ spId: 'sp-2', at: START + 1, actorId: 'u-1', actorName: 'mei' }),
      sampleEntry({ object: { kind: 'user', id: 'u-1' }, at: START + 2 }),
      sampleEntry({ object: { kind: 'user', id: 'u-2' }, at: START + 3 }),
    ]);
    const times = async (query: object) =>
      (await trail.list({ limit: 10, ...query })).map(({ at }) => at - START);
    expect(await times({ spId: 'sp-1' })).toEqual([0]);
    expect(await times({ actor: 'u-1' })).toEqual([1]);
    expect(await times({ actor: 'mei' })).toEqual([1]);
    expect(await times({ objectKind: 'user' })).toEqual([3, 2]);
    expect(await times({ objectKind: 'user', objectId: 'u-2' })).toEqual([3]);
    expect(await times({ since: START + 1, until: START + 3 })).toEqual([2, 1]);
    const first = await trail.list({ limit: 3 });
    expect(await times({ before: first.at(-1)!.id })).toEqual([0]);
  });

  it('forgets what is older than a time', async () => {
    const trail = await open();
    await trail.append([sampleEntry(), sampleEntry({ at: START + 5 })]);
    expect(await trail.removeBefore(START + 5)).toBe(1);
    expect(await trail.list({ limit: 10 })).toMatchObject([{ at: START + 5 }]);
  });

  it('forgets however many', async () => {
    const trail = await open();
    await trail.append(Array.from({ length: 1_001 }, (_, index) => sampleEntry({ at: START + index })));
    expect(await trail.removeBefore(START + 1_000)).toBe(1_000);
    expect(await trail.list({ limit: 10 })).toMatchObject([{ at: START + 1_000 }]);
  });
}
