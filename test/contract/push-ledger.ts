import { expect, it } from 'vitest';
import type { AccountStore } from '../../src/accounts/ports.ts';
import { receiverOf, type NextStep, type OutboxPush } from '../../src/call/outbox.ts';
import type { PersonalData } from '../../src/call/personal-data.ts';
import type { PushLedger } from '../../src/call/push-ledger.ts';
import type { OutboxStores } from './outbox.ts';
import { sampleAccount, sampleApp, sampleCall, sampleChange, START } from './samples.ts';

export interface LedgerStores extends OutboxStores {
  readonly pushLedger: PushLedger;
  readonly accounts: AccountStore;
  readonly personalData: PersonalData;
}

const [STATUS, FEE] = ['http://red.example/status', 'http://blue.example/fee?x=1'] as const;
const [TO_STATUS, TO_FEE] = [receiverOf('app-1', STATUS), receiverOf('app-1', FEE)];
const BOTH = ['failed', 'dead'] as const;
/** Milliseconds of every attempt. */
const DURATION = 5;
const LATER = START + 60_000;
const ORDER = { by: 'anna', at: LATER };

/** What every PushLedger does. `open` gives an empty one. */
export function pushLedgerContract(open: () => Promise<LedgerStores>): void {
  /** Calls of two events and a record, all given up. */
  async function withGivenUp(...sessionIds: readonly string[]): Promise<LedgerStores> {
    const stores = await open();
    for (const sessionId of sessionIds) {
      const call = sampleCall(sessionId);
      await stores.calls.create(call);
      const told = { at: START, statusUrl: STATUS, feeUrl: FEE };
      await stores.calls.commit(sampleChange(call, { ...told, sequence: 1 }));
      await stores.calls.commit(sampleChange(call, { ...told, sequence: 2, ends: true }));
      for (let count = 0; count < 3; count++) await giveUp(stores, START);
    }
    return stores;
  }

  async function ready({ outbox }: LedgerStores, now: number): Promise<OutboxPush[]> {
    // What waited behind a settled push is due when its attempt was over.
    const moment = { now: now + DURATION, patienceEndedAt: 0, except: [], limit: 100 };
    const [statuses, fees] = [
      await outbox.ready({ ...moment, receiver: TO_STATUS }),
      await outbox.ready({ ...moment, receiver: TO_FEE }),
    ];
    return [...statuses, ...fees];
  }

  async function giveUp(stores: LedgerStores, now: number): Promise<void> {
    for (const push of await ready(stores, now)) {
      const next: NextStep = { state: push.kind === 'fee' ? 'dead' : 'failed' };
      const outcome = {
        pushId: push.id,
        attempt: push.attempts + 1,
        at: now,
        duration: DURATION,
        error: 'reset',
      };
      await stores.outbox.record([{ ...outcome, next }]);
    }
  }

  it('lists what was given up, newest first, page by page', async () => {
    const { pushLedger } = await withGivenUp('one', 'two', 'three');
    const first = await pushLedger.list({ state: 'dead', limit: 2 });
    expect(first.pushes.map(({ sessionId }) => sessionId)).toEqual(['three', 'two']);
    expect(first.pushes[0]).toEqual({
      id: expect.any(String),
      sessionId: 'three',
      appKey: 'app-1',
      kind: 'fee',
      url: FEE,
      state: 'dead',
      createdAt: START,
      nextAttemptAt: undefined,
      erased: false,
      deliveries: [
        {
          attempt: 1,
          at: START,
          duration: DURATION,
          httpStatus: undefined,
          error: 'reset',
          replayedBy: undefined,
        },
      ],
    });
    const second = await pushLedger.list({ state: 'dead', limit: 2, cursor: first.nextCursor });
    expect(second.pushes.map(({ sessionId }) => sessionId)).toEqual(['one']);
    expect(second.nextCursor).toBeUndefined();
  });

  it('lists those of a call, an app and a receiver only', async () => {
    const { pushLedger } = await withGivenUp('one', 'two');
    const found = async (wanted: object): Promise<number> =>
      (await pushLedger.list({ state: 'failed', limit: 100, ...wanted })).pushes.length;
    expect(await found({})).toBe(4);
    expect(await found({ sessionId: 'one' })).toBe(2);
    expect(await found({ appKey: 'app-2' })).toBe(0);
    expect(await found({ url: STATUS })).toBe(4);
    expect(await found({ url: `${STATUS}?x=1` })).toBe(0);
    expect(await found({ url: 'http://red.example/st%' })).toBe(0);
    expect(await found({ state: 'dead', url: 'http://blue.example/fee' })).toBe(2);
    expect(await found({ state: 'delivered' })).toBe(0);
  });

  it('lists and sends again those of an account only', async () => {
    const { pushLedger, accounts } = await withGivenUp('one');
    for (const spId of ['sp-1', 'sp-2']) await accounts.putAccount(sampleAccount(spId));
    await accounts.putApp(sampleApp('app-1'));
    await accounts.putApp(sampleApp('app-2', { spId: 'sp-2' }));
    const dead = async (spId: string): Promise<number> =>
      (await pushLedger.list({ state: 'dead', spId, limit: 10 })).pushes.length;
    expect([await dead('sp-1'), await dead('sp-2')]).toEqual([1, 0]);
    expect(await pushLedger.replay({ states: BOTH, spId: 'sp-2' }, ORDER)).toBe(0);
    expect(await pushLedger.replay({ states: BOTH, spId: 'sp-1' }, ORDER)).toBe(3);
  });

  it('makes a call pending again, in order and with a new schedule', async () => {
    const stores = await withGivenUp('one', 'two');
    expect(await stores.pushLedger.replay({ states: BOTH, sessionId: 'one' }, ORDER)).toBe(3);
    for (const [kind, sequence] of [
      ['status', 1],
      ['status', 2],
      ['fee', undefined],
    ] as const) {
      const pushes = await ready(stores, LATER);
      expect(pushes).toMatchObject([
        { sessionId: 'one', kind, attempts: 1, earlierAttempts: 1, queuedAt: LATER },
      ]);
      expect((JSON.parse(pushes[0]?.body ?? '') as { sequence?: number }).sequence).toBe(sequence);
      await giveUp(stores, LATER);
    }
    const { pushes } = await stores.pushLedger.list({ state: 'dead', sessionId: 'one', limit: 10 });
    expect(pushes[0]?.deliveries.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('makes one push pending again, and no other', async () => {
    const stores = await withGivenUp('one', 'two');
    const [dead] = (await stores.pushLedger.list({ state: 'dead', limit: 1 })).pushes;
    const id = Number(dead?.id);
    expect(await stores.pushLedger.replay({ states: BOTH, id }, ORDER)).toBe(1);
    expect(await ready(stores, LATER)).toMatchObject([{ id, sessionId: 'two', kind: 'fee' }]);
    expect(await stores.pushLedger.push(id)).toMatchObject({ state: 'pending', nextAttemptAt: LATER });
    expect(await stores.pushLedger.replay({ states: BOTH, id }, ORDER)).toBe(0);
    expect(await stores.pushLedger.push(0)).toBeUndefined();
  });

  const OK: NextStep = { state: 'delivered' };

  async function attempt(stores: LedgerStores, push: OutboxPush, answer: object): Promise<void> {
    const { id, attempts, replayedBy } = push;
    const made = { pushId: id, attempt: attempts + 1, at: LATER, duration: DURATION, replayedBy };
    await stores.outbox.record([{ ...made, next: OK, ...answer }]);
  }

  /** A call of two events and a record, all delivered. */
  async function withDelivered(sessionId: string): Promise<LedgerStores> {
    const stores = await withGivenUp(sessionId);
    await stores.pushLedger.replay({ states: BOTH, sessionId }, { by: 'operator', at: START });
    for (let count = 0; count < 3; count++)
      for (const push of await ready(stores, LATER)) await attempt(stores, push, { httpStatus: 200 });
    return stores;
  }

  it('sends what was delivered once more, in order, and keeps it delivered whatever comes of it', async () => {
    const stores = await withDelivered('one');
    const { pushLedger } = stores;
    expect(
      await pushLedger.replay({ states: ['failed', 'dead', 'delivered'], sessionId: 'one' }, ORDER),
    ).toBe(3);
    const shown = async (state: 'delivered' | 'pending') =>
      (await pushLedger.list({ state, limit: 10 })).pushes.map((push) => push.state);
    expect([await shown('delivered'), await shown('pending')]).toEqual([
      ['delivered', 'delivered', 'delivered'],
      [],
    ]);
    for (const kind of ['status', 'status', 'fee']) {
      const pushes = await ready(stores, LATER);
      expect(pushes).toMatchObject([
        { kind, attempts: 2, earlierAttempts: 2, taken: true, replayedBy: 'anna' },
      ]);
      for (const push of pushes) await attempt(stores, push, { httpStatus: 503, error: 'answered 503' });
    }
    expect(await ready(stores, LATER)).toEqual([]);
    const { pushes } = await pushLedger.list({ state: 'delivered', limit: 10 });
    expect(pushes.map(({ deliveries }) => deliveries.map((one) => [one.replayedBy, one.httpStatus]))).toEqual(
      Array.from({ length: 3 }, () => [
        [undefined, undefined],
        ['operator', 200],
        ['anna', 503],
      ]),
    );
  });

  it('does not wait for the next attempt of a push that is sent again, and leaves alone what is on its way', async () => {
    const stores = await withGivenUp('one');
    await stores.pushLedger.replay({ states: ['dead'], sessionId: 'one' }, { by: 'operator', at: START });
    const [push] = await ready(stores, START);
    if (push === undefined) throw new Error('the record is not on its way');
    const wanted = { states: ['pending' as const], id: push.id };
    expect(await stores.pushLedger.replay(wanted, ORDER)).toBe(0);
    const next: NextStep = { state: 'pending', nextAttemptAt: LATER + 3_600_000 };
    await attempt(stores, push, { error: 'reset', next });
    expect(await ready(stores, LATER)).toEqual([]);
    expect(await stores.pushLedger.replay(wanted, ORDER)).toBe(1);
    expect(await ready(stores, LATER)).toMatchObject([{ id: push.id, attempts: 2, taken: false }]);
  });

  it('leaves out what an erasure changed', async () => {
    const stores = await withDelivered('one');
    const sought = { number: '+8613500000001', countryCode: '86', national: '13500000001' };
    await stores.personalData.erase({ sought }, async () => {});
    const [push] = (await stores.pushLedger.list({ state: 'delivered', limit: 10 })).pushes.filter(
      ({ erased }) => erased,
    );
    if (push === undefined) throw new Error('nothing was erased');
    expect(await stores.pushLedger.replay({ states: ['delivered'], id: Number(push.id) }, ORDER)).toBe(0);
    expect(await stores.pushLedger.push(Number(push.id))).toMatchObject({ state: 'delivered', erased: true });
  });

  it('knows the greatest id it gave out', async () => {
    const { pushLedger } = await withGivenUp('one');
    const [last] = (await pushLedger.list({ state: 'dead', limit: 1 })).pushes;
    expect(String(await pushLedger.lastId())).toBe(last?.id);
  });

  it('makes all of a receiver pending again', async () => {
    const stores = await withGivenUp('one', 'two');
    const url = 'http://blue.example/fee';
    expect(await stores.pushLedger.replay({ states: ['dead'], url, appKey: 'app-1' }, ORDER)).toBe(2);
    expect((await ready(stores, LATER)).map(({ kind }) => kind)).toEqual(['fee', 'fee']);
  });
}
