import { describe, expect, it } from 'vitest';
import type { CallbackOrder, CallRecord, LegRecord } from '../../src/call/call-record.ts';
import type { Outbox } from '../../src/call/outbox.ts';
import type { CallStore } from '../../src/call/ports.ts';
import type { PromptUse } from '../../src/call/prompt-use.ts';
import type { CallQueries } from '../../src/call/queries.ts';
import type { RequestKeys } from '../../src/call/request-key.ts';
import { sampleCall, sampleChange, sampleQuality, START } from './samples.ts';

export interface CallStores {
  readonly calls: CallStore;
  readonly queries: CallQueries;
  readonly outbox: Outbox;
  readonly requestKeys: RequestKeys;
}

const STATUS_URL = 'http://127.0.0.1:9/status';
const FEE_URL = 'http://127.0.0.2:9/fee';

/** What every CallStore and the CallQueries over it do. `open` gives an empty one. */
export function callStoreContract(open: () => Promise<CallStores>): void {
  describe('changes', () => changes(open));
  describe('questions', () => questions(open));
}

function changes(open: () => Promise<CallStores>): void {
  it('keeps every member of a call', async () => {
    const { calls, queries } = await open();
    const full = sampleCall('full');
    const bare = sampleCall('bare', {
      statusUrl: undefined,
      feeUrl: undefined,
      userData: undefined,
      sandbox: false,
    });
    await calls.create(full);
    await calls.create(bare);
    expect(await queries.history('full')).toEqual({ call: full, events: [], pushes: [], cdr: undefined });
    expect((await queries.history('bare'))?.call).toEqual(bare);
  });

  it('knows whose a call is', async () => {
    const { calls, queries } = await open();
    const call = sampleCall('one');
    await calls.create(call);
    expect(await queries.owner('one')).toEqual(call.owner);
  });

  it('refuses a session id that is taken, and leaves the first call as it is', async () => {
    const { calls, queries } = await open();
    await calls.create(sampleCall('s'));
    await expect(calls.create(sampleCall('s', { userData: 'other' }))).rejects.toThrow();
    expect((await queries.history('s'))?.call.userData).toBe('customerId123');
  });

  it('writes a change with its event, pushes and CDR', async () => {
    const { calls, queries } = await open();
    const call = sampleCall('s');
    await calls.create(call);
    const leg: LegRecord = {
      party: 'A',
      display: '+8675528000001',
      to: '+8613500000001',
      callId: 'abc@host',
      startedAt: START + 1,
      failedAt: START + 2,
      sipStatus: 486,
      q850: 17,
    };
    const verdict = { releaseCause: 8102, teardownPoint: 1, releasedBy: 'callee' as const };
    const change = sampleChange(
      { ...call, legs: [leg], verdict },
      { sequence: 1, ends: true, statusUrl: STATUS_URL, feeUrl: FEE_URL },
    );
    await calls.commit(change);
    const history = await queries.history('s');
    expect(history?.call).toEqual(change.call);
    expect(history?.events).toEqual([change.event]);
    expect(history?.cdr).toEqual(change.cdr);
    const push = { state: 'pending', createdAt: START + 1_000, nextAttemptAt: START + 1_000, deliveries: [] };
    expect(history?.pushes).toEqual([
      { id: expect.any(String), kind: 'status', url: STATUS_URL, ...push },
      { id: expect.any(String), kind: 'fee', url: FEE_URL, ...push },
    ]);
  });

  it('keeps a CDR that nobody wants to be told of', async () => {
    const { calls, queries } = await open();
    const call = sampleCall('s');
    await calls.create(call);
    await calls.commit(sampleChange(call, { sequence: 1, ends: true }));
    const history = await queries.history('s');
    expect(history?.cdr?.url).toBeUndefined();
    expect(history?.cdr?.icid).toBe('icid-s');
    expect(history?.pushes).toEqual([]);
  });

  it('keeps the media of the legs second by second, once', async () => {
    const { calls, queries } = await open();
    const call = sampleCall('s');
    await calls.create(call);
    expect(await queries.quality('s')).toBeUndefined();
    const change = { ...sampleChange(call, { sequence: 1, ends: true }), quality: sampleQuality };
    await calls.commit(change);
    await calls.commit(change);
    expect(await queries.quality('s')).toEqual(sampleQuality);
    expect(await queries.quality('never')).toBeUndefined();
  });

  it('takes a change without an event', async () => {
    const { calls, queries } = await open();
    const call = sampleCall('s');
    await calls.create(call);
    await calls.commit({ call: { ...call, state: 'running' } });
    expect(await queries.history('s')).toMatchObject({ call: { state: 'running' }, events: [] });
  });

  it('writes nothing of a change that cannot be written whole', async () => {
    const { calls, queries } = await open();
    const call = sampleCall('s');
    const other = sampleCall('other');
    await calls.create(call);
    await calls.create(other);
    await calls.commit(sampleChange(call, { sequence: 1, ends: true }));
    // A second CDR for the same call cannot be.
    const second = sampleChange(call, { sequence: 2, ends: true, statusUrl: STATUS_URL });
    const outcomes = await Promise.allSettled([
      calls.commit(second),
      calls.commit(sampleChange(other, { sequence: 1 })),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    const history = await queries.history('s');
    expect(history?.events).toHaveLength(1);
    expect(history?.pushes).toEqual([]);
    expect(history?.call.lastSequence).toBe(1);
    expect((await queries.history('other'))?.events).toHaveLength(1);
  });

  it('takes several changes of a call together, in their order, or none', async () => {
    const { calls, queries, outbox } = await open();
    const call = sampleCall('s');
    await calls.create(call);
    const told = { statusUrl: STATUS_URL, feeUrl: FEE_URL };
    const [first, second] = [1, 2].map((sequence) => sampleChange(call, { ...told, sequence }));
    const last = sampleChange(call, { ...told, sequence: 3, ends: true });
    await calls.commit(first!, second!, second!);
    // The first two again, as after a commit whose success was not seen.
    await calls.commit(first!, second!, last);
    const history = await queries.history('s');
    expect(history?.events).toEqual([first!.event, second!.event, last.event]);
    expect(history?.call).toEqual(last.call);
    expect(history?.pushes.map(({ kind }) => kind)).toEqual(['status', 'status', 'status', 'fee']);
    // One queue for each receiver: the first of each is due.
    expect((await outbox.arrivals({ after: 0, limit: 10 })).map(({ push }) => push.kind)).toEqual([
      'status',
      'fee',
    ]);
    await expect(
      calls.commit({ call }, sampleChange(sampleCall('never'), { sequence: 1 })),
    ).rejects.toThrow();
    expect((await queries.history('s'))?.call).toEqual(last.call);
  });

  it('keeps a call ended when the changes that ended it are written again with what was noted before', async () => {
    const { calls, queries } = await open();
    const call = sampleCall('s');
    await calls.create(call);
    const noted = { call };
    const last = sampleChange(call, { sequence: 1, ends: true });
    await calls.commit(noted, last);
    // As after a commit whose success was not seen.
    await calls.commit(noted, last);
    expect((await queries.history('s'))?.call).toEqual(last.call);
    expect(await calls.unfinished()).toEqual([]);
  });

  it('refuses a change of a call that was never created', async () => {
    const { calls, queries } = await open();
    await expect(calls.commit(sampleChange(sampleCall('s'), { sequence: 1 }))).rejects.toThrow();
    await expect(calls.commit({ call: sampleCall('s') })).rejects.toThrow();
    expect(await queries.history('s')).toBeUndefined();
  });

  it('takes a repeated change as written', async () => {
    const { calls, queries } = await open();
    const call = sampleCall('s');
    await calls.create(call);
    const change = sampleChange(call, { sequence: 1, ends: true, statusUrl: STATUS_URL, feeUrl: FEE_URL });
    await calls.commit(change);
    await calls.commit(change);
    const history = await queries.history('s');
    expect(history?.events).toHaveLength(1);
    expect(history?.pushes).toHaveLength(2);
  });

  it('withdraws calls of which nothing but their acceptance is stored, with their keys', async () => {
    const { calls, queries, requestKeys } = await open();
    const keyed = (key: string, sessionId: string) => ({
      appKey: 'app-1',
      key,
      digest: 'd',
      sessionId,
      placedAt: START,
    });
    await calls.create(sampleCall('doubtful'), keyed('one', 'doubtful'));
    await calls.create(sampleCall('begun'), keyed('two', 'begun'));
    await calls.commit(sampleChange(sampleCall('begun'), { sequence: 1 }));
    await calls.create(sampleCall('other'), keyed('three', 'other'));
    const removed = await calls.withdraw([
      { sessionId: 'doubtful', keyed: keyed('one', 'doubtful') },
      { sessionId: 'begun', keyed: keyed('two', 'begun') },
      // Was never stored; another request took its key.
      { sessionId: 'never', keyed: keyed('three', 'never') },
      { sessionId: 'unkeyed', keyed: undefined },
    ]);
    expect(removed).toBe(1);
    expect(await queries.history('doubtful')).toBeUndefined();
    expect(await requestKeys.find('app-1', 'one')).toBeUndefined();
    expect((await requestKeys.find('app-1', 'two'))?.sessionId).toBe('begun');
    expect((await requestKeys.find('app-1', 'three'))?.sessionId).toBe('other');
    expect((await calls.unfinished()).map(({ sessionId }) => sessionId).sort()).toEqual(['begun', 'other']);
    // A request may be placed anew under its key.
    await calls.create(sampleCall('again'), keyed('one', 'again'));
  });

  it('remembers when calls were last seen alive', async () => {
    const { calls } = await open();
    expect(await calls.lastSeenAlive()).toBeUndefined();
    await calls.seenAlive(START);
    await calls.seenAlive(START + 5_000);
    expect(await calls.lastSeenAlive()).toBe(START + 5_000);
  });

  it('knows the unfinished calls, oldest first', async () => {
    const { calls } = await open();
    await calls.create(sampleCall('late', { acceptedAt: START + 2 }));
    await calls.create(sampleCall('early', { acceptedAt: START }));
    await calls.create(sampleCall('ended', { acceptedAt: START + 1 }));
    await calls.commit(sampleChange(sampleCall('ended'), { sequence: 1, ends: true }));
    await calls.commit(sampleChange(sampleCall('late', { acceptedAt: START + 2 }), { sequence: 1 }));
    expect((await calls.unfinished()).map(({ sessionId, state }) => [sessionId, state])).toEqual([
      ['early', 'accepted'],
      ['late', 'running'],
    ]);
  });
}

function questions(open: () => Promise<CallStores>): void {
  /** Ten calls: odd ones of app-2, every third ended, pairs accepted at the same millisecond. */
  async function tenCalls(): Promise<{ queries: CallQueries; newestFirst: CallRecord[] }> {
    const { calls, queries } = await open();
    const records: CallRecord[] = [];
    for (let index = 0; index < 10; index++) {
      const owner = { appKey: `app-${1 + (index % 2)}`, spId: 'sp-1' };
      const acceptedAt = START + Math.floor(index / 2);
      const call = sampleCall(`s${index}`, { owner, acceptedAt });
      await calls.create(call);
      const change = sampleChange(call, { sequence: 1, ends: true });
      if (index % 3 === 0) await calls.commit(change);
      records.push(index % 3 === 0 ? change.call : call);
    }
    return { queries, newestFirst: records.reverse() };
  }

  it('lists the calls that were accepted to play a file or speak a template', async () => {
    const { calls, queries } = await open();
    const [callerNbr, calleeNbr] = ['+8613500000001', '+8613500000002'];
    const callback = { ...sampleCall('s').order, callerNbr, waitVoice: 'wait.wav' } as CallRecord['order'];
    const speech = { kind: 'speech', text: '您好', templateId: 'id' } as const;
    const file = { kind: 'file', name: 'wait.wav' } as const;
    const segments = [speech, file, speech].map((prompt) => ({ prompt, collect: 0 }));
    const notification = { capability: 'notification', displayNbr: calleeNbr, calleeNbr, segments } as const;
    await calls.create(sampleCall('callback', { order: callback, acceptedAt: START }));
    await calls.create(sampleCall('plain', { acceptedAt: START + 1 }));
    await calls.create(
      sampleCall('notification', {
        order: notification,
        owner: { appKey: 'app-2', spId: 'sp-2' },
        acceptedAt: START + 2,
      }),
    );
    const listed = async (using: PromptUse, spId?: string): Promise<string[]> =>
      (await queries.list({ limit: 9, using, spId })).calls.map(({ sessionId }) => sessionId);
    const wait: PromptUse = { kind: 'voice-file', id: 'wait.wav' };
    expect(await listed(wait)).toEqual(['notification', 'callback']);
    expect(await listed(wait, 'sp-1')).toEqual(['callback']);
    expect(await listed({ kind: 'template', id: 'id' })).toEqual(['notification']);
    expect(await listed({ kind: 'template', id: 'wait.wav' })).toEqual([]);
  });

  it('lists calls newest first, page by page, each once', async () => {
    const { queries, newestFirst } = await tenCalls();
    const seen: CallRecord[] = [];
    const sizes: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await queries.list({ limit: 4, cursor });
      seen.push(...page.calls);
      sizes.push(page.calls.length);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(sizes).toEqual([4, 4, 2]);
    expect(seen).toEqual(newestFirst);
  });

  it('has no next page when the last one is exactly full', async () => {
    const { queries } = await tenCalls();
    expect((await queries.list({ limit: 10 })).nextCursor).toBeUndefined();
  });

  it('filters by app, state and time', async () => {
    const { queries, newestFirst } = await tenCalls();
    const ids = async (filter: object): Promise<string[]> =>
      (await queries.list({ limit: 50, ...filter })).calls.map(({ sessionId }) => sessionId);
    const expected = (wanted: (call: CallRecord) => boolean): string[] =>
      newestFirst.filter(wanted).map(({ sessionId }) => sessionId);
    expect(await ids({ appKey: 'app-2' })).toEqual(expected((call) => call.owner.appKey === 'app-2'));
    expect(await ids({ state: 'ended' })).toEqual(expected((call) => call.state === 'ended'));
    expect(await ids({ since: START + 3 })).toEqual(expected((call) => call.acceptedAt >= START + 3));
    expect(await ids({ appKey: 'none' })).toEqual([]);
    expect(await ids({ spId: 'sp-1' })).toHaveLength(10);
    expect(await ids({ spId: 'sp-2' })).toEqual([]);
  });

  it('finds calls by session, by the number of either party, and by why they ended', async () => {
    const { calls, queries } = await open();
    const order = sampleCall('').order as CallbackOrder;
    const [one, two, three] = [1, 2, 3].map((digit) => `+861350000000${digit}`);
    const place = async (index: number, callerNbr = one!, calleeNbr = two!): Promise<void> => {
      const call = { order: { ...order, callerNbr, calleeNbr }, acceptedAt: START + index };
      await calls.create(sampleCall(`s${index}`, call));
    };
    await place(0);
    await place(1, two, one);
    await place(2, two, two);
    await place(3, three, three);
    await place(4, three, two);
    const verdict = { releaseCause: 8102, teardownPoint: 1, releasedBy: 'callee' as const };
    const ended = sampleCall('s4', { order: { ...order, callerNbr: three!, calleeNbr: two! }, verdict });
    await calls.commit(sampleChange({ ...ended, acceptedAt: START + 4 }, { sequence: 1, ends: true }));
    const ids = async (filter: object): Promise<string> =>
      (await queries.list({ limit: 50, ...filter })).calls.map(({ sessionId }) => sessionId).join(' ');
    expect(await ids({ sessionId: 's2' })).toBe('s2');
    expect(await ids({ sessionId: 's2', spId: 'sp-2' })).toBe('');
    expect(await ids({ number: one })).toBe('s1 s0');
    expect(await ids({ number: two })).toBe('s4 s2 s1 s0');
    expect(await ids({ number: two, since: START + 1, until: START + 4 })).toBe('s2 s1');
    expect(await ids({ number: '+861350000000' })).toBe('');
    expect(await ids({ cause: 8102 })).toBe('s4');
    // A call that runs has ended for no reason yet.
    expect(await ids({ cause: 8000 })).toBe('');
    expect(await ids({ cause: 8102, state: 'accepted' })).toBe('');
    const first = await queries.list({ limit: 2, number: two });
    expect(first.calls.map(({ sessionId }) => sessionId)).toEqual(['s4', 's2']);
    const rest = await queries.list({ limit: 2, number: two, cursor: first.nextCursor });
    expect(rest.calls.map(({ sessionId }) => sessionId)).toEqual(['s1', 's0']);
    expect(rest.nextCursor).toBeUndefined();
  });

  it.each(['', 'x', '%%%', Buffer.from('1:').toString('base64url')])(
    'gives the first page for the cursor %j',
    async (cursor) => {
      const { queries } = await tenCalls();
      expect((await queries.list({ limit: 1, cursor })).calls[0]?.sessionId).toBe('s9');
    },
  );

  it('knows nothing of a call that is not there', async () => {
    const { queries } = await open();
    expect(await queries.history('none')).toBeUndefined();
    expect(await queries.owner('none')).toBeUndefined();
  });

  it('tells the events committed after one of them, in the order of their commits', async () => {
    const { calls, queries } = await open();
    const [one, two] = [sampleCall('one'), sampleCall('two')];
    await calls.create(one);
    await calls.create(two);
    for (const [call, sequence] of [
      [one, 1],
      [two, 1],
      [two, 2],
      [one, 2],
    ] as const) {
      await calls.commit(sampleChange(call, { sequence }));
    }
    const after = { sessionId: 'one', sequence: 1 };
    const names = async (query: object): Promise<string[]> =>
      (await queries.events({ after, limit: 10, ...query })).map(
        (event) => `${event.sessionId}${event.sequence}`,
      );
    expect(await names({})).toEqual(['two1', 'two2', 'one2']);
    expect(await names({ limit: 2 })).toEqual(['two1', 'two2']);
    expect(await names({ sessionId: 'one' })).toEqual(['one2']);
    expect(await names({ after: { sessionId: 'one', sequence: 9 } })).toEqual([]);
  });

  it('keeps every member of an event', async () => {
    const { calls, queries } = await open();
    const call = sampleCall('s');
    await calls.create(call);
    const event = {
      sessionId: 's',
      sequence: 1,
      type: 'collectInfo' as const,
      at: START + 7,
      party: 'B' as const,
      caller: '+8675528000001',
      called: '+8613500000002',
      stateCode: 0,
      digits: '42#',
    };
    await calls.commit({ call, event });
    expect((await queries.history('s'))?.events).toEqual([event]);
  });
}
