import { expect, it } from 'vitest';
import type { CallRetention } from '../../src/call/call-retention.ts';
import type { Outbox } from '../../src/call/outbox.ts';
import type { CallStore } from '../../src/call/ports.ts';
import type { CallQueries } from '../../src/call/queries.ts';
import type { Reconciliation } from '../../src/call/reconciliation.ts';
import { sampleCall, sampleChange, sampleQuality, START } from './samples.ts';

interface Stores {
  readonly calls: CallStore;
  readonly queries: CallQueries;
  readonly outbox: Outbox;
  readonly reconciliation: Reconciliation;
  readonly callRetention: CallRetention;
}

const FEE_URL = 'http://127.0.0.1:9/fee';
const STATUS_URL = 'http://127.0.0.1:9/status';

async function endedCall({ calls }: Stores, id: string, at: number, urls = false): Promise<void> {
  const call = sampleCall(id, { acceptedAt: at - 1_000, statusUrl: undefined, feeUrl: undefined });
  await calls.create(call);
  await calls.commit(sampleChange(call, { sequence: 1, at, statusUrl: urls ? STATUS_URL : undefined }));
  const fee = urls ? FEE_URL : undefined;
  const last = sampleChange(call, { sequence: 2, at, ends: true, feeUrl: fee });
  await calls.commit({ ...last, quality: sampleQuality });
}

/** Settles every pending push of a call. */
async function deliver({ outbox, queries }: Stores, id: string): Promise<void> {
  for (let left = true; left; ) {
    const pushes = (await queries.history(id))?.pushes ?? [];
    const due = pushes.find((push) => push.state === 'pending' && push.nextAttemptAt !== undefined);
    left = due !== undefined;
    if (due === undefined) return;
    const attempt = { attempt: 1, at: START, duration: 5, httpStatus: 200 };
    await outbox.record([{ pushId: Number(due.id), ...attempt, next: { state: 'delivered' } }]);
  }
}

/** What every store does with calls whose time is over. `open` gives an empty one. */
export function callRetentionContract(open: () => Promise<Stores>): void {
  it('removes what ended before a time, with all that is known of it, however much', async () => {
    const store = await open();
    const { calls, queries, callRetention } = store;
    const old = Array.from({ length: 130 }, (_, index) => `old${index}`);
    await Promise.all(old.map((id) => endedCall(store, id, START)));
    await endedCall(store, 'pushed', START, true);
    await deliver(store, 'pushed');
    await calls.create(sampleCall('runs', { acceptedAt: START - 1_000 }));
    await endedCall(store, 'new', START + 1, true);
    expect(await callRetention.removeEndedBefore(START + 1)).toBe(131);
    const left = (await queries.list({ limit: 500 })).calls.map(({ sessionId }) => sessionId);
    expect(left.toSorted()).toEqual(['new', 'runs']);
    expect(await queries.history('pushed')).toBeUndefined();
    expect(await queries.quality('pushed')).toBeUndefined();
    expect(await queries.quality('new')).toEqual(sampleQuality);
    expect(await queries.history('new')).toMatchObject({ events: [{}, {}], pushes: [{}, {}], cdr: {} });
    expect(await callRetention.removeEndedBefore(START + 1)).toBe(0);
  });

  it('keeps what is still to be pushed, until it is', async () => {
    const store = await open();
    const { queries, callRetention } = store;
    await endedCall(store, 'waits', START, true);
    await endedCall(store, 'later', START + 10, true);
    expect(await callRetention.removeEndedBefore(START + 1)).toBe(0);
    expect((await queries.history('waits'))?.pushes).toHaveLength(2);
    await deliver(store, 'waits');
    expect(await callRetention.removeEndedBefore(START + 1)).toBe(1);
    expect(await queries.history('waits')).toBeUndefined();
  });

  it('never has a position given twice, and tells a cursor what it missed', async () => {
    const store = await open();
    const { reconciliation, callRetention, outbox } = store;
    for (const id of ['a', 'b', 'c']) {
      await endedCall(store, id, START, true);
      await deliver(store, id);
    }
    const first = await reconciliation.records({ limit: 1 });
    const firstEvents = await reconciliation.events({ limit: 1 });
    const last = await reconciliation.records({ limit: 10 });
    const lastPush = await outbox.lastId();
    expect(await callRetention.removeEndedBefore(START + 100)).toBe(2);
    expect(await outbox.lastId()).toBe(lastPush);
    await endedCall(store, 'd', START + 200, true);
    const next = await reconciliation.records({ after: last.position, limit: 10 });
    expect(next).toMatchObject({ entries: [{ call: { sessionId: 'd' } }], gap: false });
    expect(await outbox.lastId()).toBeGreaterThan(lastPush);
    expect(await reconciliation.records({ after: first.position, limit: 10 })).toMatchObject({ gap: true });
    expect(await reconciliation.events({ after: firstEvents.position, limit: 10 })).toMatchObject({
      gap: true,
    });
    const anew = await reconciliation.records({ limit: 10 });
    expect(anew.gap).toBe(false);
    expect(anew.entries.map(({ call }) => call.sessionId)).toEqual(['c', 'd']);
  });
}
