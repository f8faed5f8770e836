import { expect, it } from 'vitest';
import { receiverOf, type NextStep, type Outbox, type OutboxPush } from '../../src/call/outbox.ts';
import type { CallStores } from './call-store.ts';
import { sampleCall, sampleChange, START } from './samples.ts';

export interface OutboxStores extends CallStores {
  readonly outbox: Outbox;
}

const [RED, BLUE] = ['http://red.example', 'http://blue.example'] as const;
const [TO_RED, TO_BLUE] = [receiverOf('app-1', `${RED}/status?x=1`), receiverOf('app-1', `${BLUE}/fee`)];
const MINUTE = 60_000;

/** What every Outbox does. `open` gives an empty one. */
export function outboxContract(open: () => Promise<OutboxStores>): void {
  /** Two events told to red, then the end told to red and the CDR to blue, all at START. */
  async function withCall(sessionId = 's'): Promise<OutboxStores> {
    const stores = await open();
    await addCall(stores, sessionId);
    return stores;
  }

  async function addCall({ calls }: OutboxStores, sessionId: string, at = START): Promise<void> {
    const call = sampleCall(sessionId);
    await calls.create(call);
    for (const sequence of [1, 2]) {
      await calls.commit(sampleChange(call, { sequence, at, statusUrl: `${RED}/status?x=1` }));
    }
    const last = { sequence: 3, at, statusUrl: `${RED}/status?x=1`, feeUrl: `${BLUE}/fee` };
    await calls.commit(sampleChange(call, { ...last, ends: true }));
  }

  function ready(outbox: Outbox, receiver: string, asked: object = {}): Promise<OutboxPush[]> {
    return outbox.ready({ receiver, now: START, patienceEndedAt: 0, except: [], limit: 100, ...asked });
  }

  async function settle(outbox: Outbox, push: OutboxPush | undefined, next: NextStep): Promise<void> {
    if (push === undefined) throw new Error('there is no push to settle');
    const attempt = push.attempts + 1;
    await outbox.record([{ pushId: push.id, attempt, at: START, duration: 0, httpStatus: 200, next }]);
  }

  const sequenceOf = (push: OutboxPush | undefined): number =>
    (JSON.parse(push?.body ?? '{}') as { sequence: number }).sequence;

  it('has nothing to do when it is empty', async () => {
    const { outbox } = await open();
    expect(await outbox.agenda({ now: START, patienceEndedAt: 0 })).toEqual([]);
    expect(await ready(outbox, TO_RED)).toEqual([]);
  });

  it('gives the pushes of one call one by one, in their order', async () => {
    const { outbox } = await withCall();
    for (const sequence of [1, 2, 3]) {
      const pushes = await ready(outbox, TO_RED);
      expect(pushes).toHaveLength(1);
      expect(sequenceOf(pushes[0])).toBe(sequence);
      await settle(outbox, pushes[0], { state: sequence === 2 ? 'failed' : 'delivered' });
    }
    expect(await ready(outbox, TO_RED)).toEqual([]);
  });

  it('says all that sending needs', async () => {
    const { outbox } = await withCall();
    expect(await ready(outbox, TO_RED)).toEqual([
      {
        id: expect.any(Number),
        kind: 'status',
        sessionId: 's',
        appKey: 'app-1',
        url: `${RED}/status?x=1`,
        body: expect.stringContaining('"eventType":"callout"'),
        receiver: 'app-1 http://red.example/status',
        attempts: 0,
        earlierAttempts: 0,
        taken: false,
        replayedBy: undefined,
        queuedAt: START,
        dueAt: START,
      },
    ]);
  });

  it('holds the CDR back while pushes to another receiver are pending', async () => {
    const { outbox } = await withCall();
    expect(await ready(outbox, TO_BLUE)).toEqual([]);
    for (let count = 0; count < 3; count++) {
      expect(await ready(outbox, TO_BLUE)).toEqual([]);
      await settle(outbox, (await ready(outbox, TO_RED))[0], { state: 'delivered' });
    }
    const [cdr] = await ready(outbox, TO_BLUE);
    expect(cdr).toMatchObject({ kind: 'fee', url: `${BLUE}/fee` });
    expect(JSON.parse(cdr?.body ?? '')).toMatchObject({ icid: 'icid-s' });
  });

  it('lets the CDR go when patience with other receivers has ended, and nothing else', async () => {
    const { outbox } = await withCall();
    expect(await ready(outbox, TO_BLUE, { patienceEndedAt: START })).toHaveLength(1);
    expect(await ready(outbox, TO_RED, { patienceEndedAt: START })).toHaveLength(1);
  });

  it('has a push queued and due when it was written, where that was long after it happened', async () => {
    const stores = await open();
    const call = sampleCall('s');
    await stores.calls.create(call);
    const change = sampleChange(call, { sequence: 1, statusUrl: `${RED}/status` });
    await stores.calls.commit({ ...change, writtenAt: START + 60_000 });
    const [arrival] = await stores.outbox.arrivals({ after: 0, limit: 10 });
    expect(arrival?.push).toMatchObject({ dueAt: START + 60_000, queuedAt: START + 60_000 });
  });

  it('does not hold one call back for another', async () => {
    const stores = await withCall('one');
    await addCall(stores, 'two');
    const pushes = await ready(stores.outbox, TO_RED);
    expect(pushes.map(({ sessionId }) => sessionId)).toEqual(['one', 'two']);
  });

  it('leaves out what is on its way, with what follows it', async () => {
    const stores = await withCall('one');
    await addCall(stores, 'two');
    const [first] = await ready(stores.outbox, TO_RED);
    const others = await ready(stores.outbox, TO_RED, { except: [first?.id] });
    expect(others.map(({ sessionId }) => sessionId)).toEqual(['two']);
  });

  it('gives the longest due first, and no more than asked for', async () => {
    const stores = await open();
    await addCall(stores, 'late', START);
    await addCall(stores, 'early', START - 5);
    const pushes = await ready(stores.outbox, TO_RED, { limit: 1 });
    expect(pushes.map(({ sessionId }) => sessionId)).toEqual(['early']);
  });

  it('gives a push again when its next attempt is due, and what follows it not before', async () => {
    const { outbox } = await withCall();
    const [first] = await ready(outbox, TO_RED);
    await settle(outbox, first, { state: 'pending', nextAttemptAt: START + MINUTE });
    expect(await ready(outbox, TO_RED, { now: START + MINUTE - 1 })).toEqual([]);
    expect(await outbox.agenda({ now: START, patienceEndedAt: 0 })).toEqual([
      { receiver: TO_BLUE, earliest: START, next: undefined, waitingSince: START },
      { receiver: TO_RED, earliest: START + MINUTE, next: START + MINUTE, waitingSince: undefined },
    ]);
    const again = await ready(outbox, TO_RED, { now: START + MINUTE });
    expect(again).toEqual([{ ...first, attempts: 1, dueAt: START + MINUTE }]);
  });

  it('knows of each receiver when it is next due', async () => {
    const stores = await withCall('one');
    await addCall(stores, 'two', START + MINUTE);
    const { outbox } = stores;
    const agenda = async (now: number, patienceEndedAt: number): Promise<unknown> =>
      (await outbox.agenda({ now, patienceEndedAt })).find(({ receiver }) => receiver === TO_RED);
    expect(await agenda(START, 0)).toMatchObject({
      earliest: START,
      next: START + MINUTE,
      waitingSince: START,
    });
    expect(await agenda(START, START)).toMatchObject({ earliest: START, waitingSince: undefined });
    expect(await agenda(START + MINUTE, START)).toMatchObject({
      next: undefined,
      waitingSince: START + MINUTE,
    });
    expect(await agenda(START - 1, 0)).toMatchObject({ next: START, waitingSince: undefined });
  });

  it('shows every attempt in the history of the call', async () => {
    const { outbox, queries } = await withCall();
    const [push] = await ready(outbox, TO_RED);
    const pushId = push?.id ?? 0;
    const failed = { pushId, attempt: 1, at: START, duration: 10_000, error: 'no answer within 10 s' };
    await outbox.record([{ ...failed, next: { state: 'pending', nextAttemptAt: START + MINUTE } }]);
    const answered = { pushId, attempt: 2, at: START + MINUTE, duration: 4, httpStatus: 200 };
    await outbox.record([{ ...answered, next: { state: 'delivered' } }]);
    const shown = (await queries.history('s'))?.pushes[0];
    expect(shown).toMatchObject({ state: 'delivered', nextAttemptAt: undefined });
    expect(shown?.deliveries).toEqual([
      { attempt: 1, at: START, duration: 10_000, httpStatus: undefined, error: 'no answer within 10 s' },
      { attempt: 2, at: START + MINUTE, duration: 4, httpStatus: 200, error: undefined },
    ]);
  });

  it('takes a repeated outcome as written', async () => {
    const { outbox, queries } = await withCall();
    const [push] = await ready(outbox, TO_RED);
    await settle(outbox, push, { state: 'delivered' });
    await settle(outbox, push, { state: 'pending', nextAttemptAt: START + MINUTE });
    const shown = (await queries.history('s'))?.pushes[0];
    expect(shown?.state).toBe('delivered');
    expect(shown?.deliveries).toHaveLength(1);
  });

  it('writes the outcomes of one POST together or not at all', async () => {
    const stores = await withCall('one');
    await addCall(stores, 'two');
    const [one, two] = await ready(stores.outbox, TO_BLUE, { patienceEndedAt: START });
    const outcome = {
      attempt: 1,
      at: START,
      duration: 1,
      httpStatus: 200,
      next: { state: 'delivered' },
    } as const;
    const unknown = 1_000_000;
    await expect(
      stores.outbox.record(
        [one?.id, two?.id, unknown].map((pushId) => ({ ...outcome, pushId: pushId ?? 0 })),
      ),
    ).rejects.toThrow();
    expect(await ready(stores.outbox, TO_BLUE, { patienceEndedAt: START })).toHaveLength(2);
  });

  it('takes an address that is no URL as a receiver of its own', async () => {
    const { calls, outbox } = await open();
    const call = sampleCall('s');
    await calls.create(call);
    await calls.commit(sampleChange(call, { sequence: 1, at: START, statusUrl: 'not a url' }));
    expect(await outbox.agenda({ now: START, patienceEndedAt: 0 })).toMatchObject([
      { receiver: 'app-1 not a url' },
    ]);
    expect(await ready(outbox, 'app-1 not a url')).toHaveLength(1);
  });
}
