import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccountStore } from '../../src/accounts/ports.ts';
import type { CallRecord } from '../../src/call/call-record.ts';
import type { CallStore } from '../../src/call/ports.ts';
import type { CallQueries } from '../../src/call/queries.ts';
import type { FeedPage, FeedQuery, Reconciliation } from '../../src/call/reconciliation.ts';
import { type CallCounts, startOfDay, statistics } from '../../src/call/statistics.ts';
import { sampleAccount, sampleApp, sampleCall, sampleChange, START } from './samples.ts';

interface Stores {
  readonly calls: CallStore;
  readonly accounts: AccountStore;
  readonly queries: CallQueries;
  readonly reconciliation: Reconciliation;
  readonly callCounts: CallCounts;
}

const FEE_URL = 'http://127.0.0.1:9/fee';

async function endedCall(
  { calls }: Pick<Stores, 'calls'>,
  call: CallRecord,
  at = call.acceptedAt + 2_000,
): Promise<void> {
  await calls.create(call);
  await calls.commit(sampleChange(call, { sequence: 1 }));
  await calls.commit(sampleChange(call, { sequence: 2, at, ends: true, feeUrl: call.feeUrl }));
}

/** Reads a feed from a position to its end, page by page. */
async function readOn<Entry>(
  read: (query: FeedQuery) => Promise<FeedPage<Entry>>,
  query: Partial<FeedQuery> = {},
): Promise<{ entries: Entry[]; position: number }> {
  const entries: Entry[] = [];
  let { after } = query;
  for (let more = true; more; ) {
    const page = await read({ limit: 2, ...query, after });
    expect(page.entries.length).toBeLessThanOrEqual(query.limit ?? 2);
    entries.push(...page.entries);
    ({ position: after, more } = page);
  }
  return { entries, position: after ?? 0 };
}

/** What every store does for those who settle accounts. `open` gives an empty one. */
export function reconciliationContract(open: () => Promise<Stores>): void {
  describe('feeds', () => feeds(open));
  describe('records pushed again', () => resending(open));
  describe('counts', () => counts(open));
}

function feeds(open: () => Promise<Stores>): void {
  it('gives ended calls with their records, and events, in the order of commits', async () => {
    const store = await open();
    const { reconciliation, calls } = store;
    await calls.create(sampleCall('runs'));
    await endedCall(store, sampleCall('late', { acceptedAt: START + 9_000 }));
    await endedCall(store, sampleCall('early'));
    const { entries } = await readOn((query) => reconciliation.records(query), { limit: 1 });
    expect(entries.map(({ call }) => call.sessionId)).toEqual(['late', 'early']);
    expect(entries[0]?.cdr.fee.sessionId).toBe('late');
    expect(entries[0]?.call.state).toBe('ended');
    const events = await readOn((query) => reconciliation.events(query), { limit: 3 });
    expect(events.entries.map(({ sessionId, sequence }) => `${sessionId}${sequence}`)).toEqual([
      'late1',
      'late2',
      'early1',
      'early2',
    ]);
  });

  it('gives one account, one application, one time only', async () => {
    const store = await open();
    const { reconciliation } = store;
    for (let index = 0; index < 12; index++) {
      const owner = { appKey: `app-${index % 3}`, spId: `sp-${index % 2}` };
      await endedCall(store, sampleCall(`s${index}`, { owner, acceptedAt: START + index * 1_000 }));
    }
    const of = async (query: Partial<FeedQuery>): Promise<string> => {
      const { entries } = await readOn((wanted) => reconciliation.records(wanted), query);
      return entries.map(({ call }) => call.sessionId.slice(1)).join(' ');
    };
    expect(await of({ spId: 'sp-1' })).toBe('1 3 5 7 9 11');
    expect(await of({ appKey: 'app-0' })).toBe('0 3 6 9');
    expect(await of({ spId: 'sp-1', appKey: 'app-0' })).toBe('3 9');
    expect(await of({ since: START + 4_000, until: START + 7_000 })).toBe('2 3 4');
    expect(await of({ spId: 'none' })).toBe('');
    const { entries } = await readOn((query) => reconciliation.events(query), {
      spId: 'sp-0',
      appKey: 'app-1',
    });
    expect(new Set(entries.map(({ sessionId }) => sessionId))).toEqual(new Set(['s4', 's10']));
  });

  it('skips nothing and repeats nothing while calls end at the same time', async () => {
    const store = await open();
    const { reconciliation } = store;
    const all = Array.from({ length: 120 }, (_, index) => `s${index}`);
    const ending = Promise.all(
      all.map((id, index) => endedCall(store, sampleCall(id, { acceptedAt: START - index }))),
    );
    let ended = false;
    void ending.then(() => (ended = true));
    const seen: string[] = [];
    const events: string[] = [];
    let after: number | undefined;
    let afterEvents: number | undefined;
    for (let last = false; !last; ) {
      last = ended;
      const read = await readOn((query) => reconciliation.records(query), { after, limit: 7 });
      seen.push(...read.entries.map(({ call }) => call.sessionId));
      after = read.position;
      const told = await readOn((query) => reconciliation.events(query), { after: afterEvents, limit: 7 });
      events.push(...told.entries.map(({ sessionId, sequence }) => `${sessionId}/${sequence}`));
      afterEvents = told.position;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ending;
    expect(seen.toSorted()).toEqual(all.toSorted());
    expect(events.toSorted()).toEqual(all.flatMap((id) => [`${id}/1`, `${id}/2`]).toSorted());
  });

  it('goes on where it ended, also where there was nothing', async () => {
    const store = await open();
    const first = await store.reconciliation.records({ limit: 5 });
    expect(first).toEqual({ entries: [], position: 0, more: false, gap: false });
    await endedCall(store, sampleCall('s'));
    const next = await store.reconciliation.records({ after: first.position, limit: 5 });
    expect(next.entries).toHaveLength(1);
    expect((await store.reconciliation.records({ after: next.position, limit: 5 })).entries).toEqual([]);
  });
}

function resending(open: () => Promise<Stores>): void {
  const now = START + 60_000;

  async function threeCalls(): Promise<Stores> {
    const store = await open();
    await store.accounts.putAccount(sampleAccount('sp-1'));
    await store.accounts.putApp(sampleApp('app-1'));
    for (const [index, id] of ['a', 'b', 'c'].entries()) {
      const feeUrl = id === 'c' ? undefined : FEE_URL;
      await endedCall(store, sampleCall(id, { feeUrl, acceptedAt: START + index * 1_000 }));
    }
    return store;
  }
  const pushesOf = async ({ queries }: Stores, id: string) =>
    ((await queries.history(id))?.pushes ?? []).map(({ kind, url, state }) => `${kind} ${url} ${state}`);

  it('sends none twice that is on its way, and none that has no address', async () => {
    const store = await threeCalls();
    const outcome = await store.reconciliation.resend({ spId: 'sp-1' }, { now });
    expect(outcome).toEqual({ sent: 0, waiting: 2, nowhere: 1 });
    expect(await pushesOf(store, 'a')).toEqual([`fee ${FEE_URL} pending`]);
  });

  it('sends to another address, one record or a range', async () => {
    const store = await threeCalls();
    const url = 'https://other.example/fee';
    expect(await store.reconciliation.resend({ sessionId: 'c' }, { url, now })).toMatchObject({ sent: 1 });
    expect(await pushesOf(store, 'c')).toEqual([`fee ${url} pending`]);
    const range = { since: START + 2_000, until: START + 4_000 };
    expect(await store.reconciliation.resend(range, { url, now })).toEqual({
      sent: 2,
      waiting: 0,
      nowhere: 0,
    });
    expect(await pushesOf(store, 'b')).toEqual([`fee ${FEE_URL} pending`, `fee ${url} pending`]);
    expect(await pushesOf(store, 'c')).toEqual([`fee ${url} pending`]);
    expect(await store.reconciliation.resend({ spId: 'other' }, { url, now })).toMatchObject({ sent: 0 });
    expect(await store.reconciliation.resend({ sessionId: 'none' }, { url, now })).toMatchObject({ sent: 0 });
  });

  it('sends to the address of the application where the call had none', async () => {
    const store = await threeCalls();
    const feeUrl = 'https://app.example/fee';
    await store.accounts.putApp(sampleApp('app-1', { feeUrl }));
    expect(await store.reconciliation.resend({ sessionId: 'c' }, { now })).toMatchObject({ sent: 1 });
    expect(await pushesOf(store, 'c')).toEqual([`fee ${feeUrl} pending`]);
  });
}

function counts(open: () => Promise<Stores>): void {
  const drawn = fc.record({
    app: fc.constantFrom('app-1', 'app-2'),
    account: fc.constantFrom('sp-1', 'sp-2'),
    number: fc.constantFrom('+8675528000001', '+8675528000002'),
    cause: fc.constantFrom(0, 8102, 8103),
    answered: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
    /** Hours from the start, over four days. */
    hour: fc.integer({ min: 0, max: 95 }),
  });

  it('are exactly those of the calls, in any time zone and grouping', async () => {
    const store = await open();
    const sample = fc.sample(drawn, { numRuns: 150, seed: 20_260 });
    for (const spId of ['sp-1', 'sp-2']) await store.accounts.putAccount(sampleAccount(spId));
    const ended = await Promise.all(
      sample.map(async ({ app, account, number, cause, answered, hour }, index) => {
        const acceptedAt = START + hour * 3_600_000 - 100_000;
        const plain = sampleCall(`s${index}`);
        const call: CallRecord = {
          ...plain,
          owner: { appKey: app, spId: account },
          order: { ...plain.order, displayNbr: number },
          acceptedAt,
          legs: [
            { party: 'A', display: number, to: '+8613500000001', answeredAt: acceptedAt },
            {
              party: 'B',
              display: number,
              to: '+8613500000002',
              answeredAt: answered === undefined ? undefined : START + hour * 3_600_000 - answered,
            },
          ],
          verdict: { releaseCause: cause, teardownPoint: 0, releasedBy: 'caller' },
        };
        await endedCall(store, call, START + hour * 3_600_000);
        return { app, account, number, cause, answered, endedAt: START + hour * 3_600_000 };
      }),
    );
    const timeZone = 'Asia/Kathmandu';
    const offset = 5.75 * 3_600_000;
    const expected = new Map<string, { calls: number; connected: number; talk: number }>();
    const wanted = ended.filter(
      ({ account, endedAt }) => account === 'sp-1' && dayOf(endedAt) <= '2026-01-03',
    );
    function dayOf(at: number): string {
      return new Date(at + offset).toISOString().slice(0, 10);
    }
    for (const { app, number, answered, endedAt } of wanted) {
      const name = `${dayOf(endedAt)} ${app} ${number}`;
      const known = expected.get(name) ?? { calls: 0, connected: 0, talk: 0 };
      known.calls += 1;
      known.connected += answered === undefined ? 0 : 1;
      known.talk += answered ?? 0;
      expected.set(name, known);
    }
    const query = { spId: 'sp-1', from: '2026-01-01', to: '2026-01-03', timeZone } as const;
    const rows = await statistics({ ...query, by: ['day', 'app', 'number'] }, store.callCounts);
    const found = rows.map(({ day, appKey, number, calls, connected, talk }) => [
      `${day} ${appKey} ${number}`,
      { calls, connected, talk },
    ]);
    expect(found).toEqual([...expected].sort(([one], [other]) => (one < other ? -1 : 1)));
    const [all] = await statistics({ ...query, by: [] }, store.callCounts);
    const causes: Record<number, number> = {};
    for (const { cause } of wanted) causes[cause] = (causes[cause] ?? 0) + 1;
    expect(all).toMatchObject({ calls: wanted.length, causes });
    const both = await statistics(
      { ...query, spId: undefined, by: ['app'], appKey: 'app-2' },
      store.callCounts,
    );
    expect(both.map(({ spId, appKey }) => `${spId} ${appKey}`)).toEqual(['sp-1 app-2', 'sp-2 app-2']);
  });

  it('leave out the calls that run', async () => {
    const store = await open();
    await store.accounts.putAccount(sampleAccount('sp-1'));
    await store.calls.create(sampleCall('runs'));
    await endedCall(store, sampleCall('ended'));
    const from = startOfDay('2026-01-01', 'UTC');
    expect(from).toBe(START);
    const counted = await store.callCounts.count({ from, until: from + 86_400_000 });
    expect(counted).toMatchObject([{ calls: 1, connected: 0, talk: 0, releaseCause: 8000 }]);
  });
}
