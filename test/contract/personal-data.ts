import { expect, it } from 'vitest';
import { writtenNumber } from '../../src/accounts/e164.ts';
import type { AuditTrail } from '../../src/accounts/audit.ts';
import { type CallRecord, firstLegOf } from '../../src/call/call-record.ts';
import type { Outbox } from '../../src/call/outbox.ts';
import type { PersonalData } from '../../src/call/personal-data.ts';
import type { CallStore } from '../../src/call/ports.ts';
import type { CallQueries } from '../../src/call/queries.ts';
import type { Refusal, RefusalLog } from '../../src/limits/refusal.ts';
import type { Reconciliation } from '../../src/call/reconciliation.ts';
import { sampleCall, sampleChange, START } from './samples.ts';

interface Stores {
  readonly calls: CallStore;
  readonly queries: CallQueries;
  readonly outbox: Outbox;
  readonly reconciliation: Reconciliation;
  readonly personalData: PersonalData;
  readonly auditTrail: AuditTrail;
  readonly refusals: RefusalLog;
}

const NUMBER = '+8613912345678';
const URL = 'http://127.0.0.1:9/fee';

function soughtOf(text: string) {
  const sought = writtenNumber(text);
  if (sought === undefined) throw new Error(`${text} is no number`);
  return sought;
}

const sought = soughtOf(NUMBER);

/** A call to the number, in which a text was said and keys were pressed. */
const told = (sessionId: string, changed: Partial<CallRecord> = {}): CallRecord =>
  sampleCall(sessionId, {
    order: {
      capability: 'notification',
      displayNbr: '+8675528000001',
      calleeNbr: NUMBER,
      segments: [{ prompt: { kind: 'speech', text: 'Mrs Wang, your parcel' }, collect: 4 }],
    },
    legs: [{ party: 'A', display: '+8675528000001', to: NUMBER, answeredAt: START }],
    played: { ttsPlayTimes: 1, ttsMilliseconds: 0, collected: ['4711'] },
    userData: 'order 7 of 139-free 13912345678, not 139123456789',
    statusUrl: `http://127.0.0.1:9/status?to=8613912345678`,
    feeUrl: URL,
    ...changed,
  });

async function ended(stores: Stores, call: CallRecord, delivered = true): Promise<void> {
  const { calls, queries, outbox } = stores;
  const { sessionId } = call;
  await calls.create(call);
  const change = sampleChange(call, { sequence: 2, ends: true, feeUrl: URL });
  const called = firstLegOf(call.order).to;
  const digits = call.played?.collected[0];
  const at = START;
  const event = { sessionId, sequence: 1, type: 'collectInfo' as const, at, called, digits };
  await calls.commit({ call: { ...call, lastSequence: 1 }, event });
  const fee = { ...change.cdr!.fee, calleeNum: called, dynIVRPath: digits, userData: call.userData };
  await calls.commit({ ...change, cdr: { ...change.cdr!, fee } });
  if (!delivered) return;
  const [push] = (await queries.history(sessionId))?.pushes ?? [];
  const attempt = { attempt: 1, at: START, duration: 1, next: { state: 'delivered' } } as const;
  await outbox.record([{ pushId: Number(push?.id), ...attempt }]);
}

const everything = async (stores: Stores): Promise<string> => {
  const { queries, reconciliation, auditTrail } = stores;
  const { calls } = await queries.list({ limit: 500 });
  const histories = await Promise.all(calls.map(({ sessionId }) => queries.history(sessionId)));
  return JSON.stringify([
    histories,
    await reconciliation.records({ limit: 500 }),
    await reconciliation.events({ limit: 500 }),
    await auditTrail.list({ limit: 500 }),
  ]);
};

const nothing = async (): Promise<void> => {};

/** What every store does with what is known of one number. `open` gives an empty one. */
export function personalDataContract(open: () => Promise<Stores>): void {
  it('finds every call in which a number stands, however it is written, and no other', async () => {
    const stores = await open();
    await ended(stores, told('callee'));
    const plain = sampleCall('plain');
    await ended(stores, plain);
    await ended(stores, { ...plain, sessionId: 'data', icid: 'data', userData: 'for 0 139 or 013912345678' });
    await ended(stores, { ...plain, sessionId: 'longer', icid: 'longer', userData: '+86139123456780' });
    await ended(stores, told('other', { owner: { appKey: 'app-2', spId: 'sp-2' } }));
    const found = async (spId?: string): Promise<string[]> => {
      const ids: string[] = [];
      for await (const { call, cdr } of stores.personalData.calls({ sought, spId })) {
        expect(cdr?.sessionId).toBe(call.sessionId);
        ids.push(call.sessionId);
      }
      return ids.sort();
    };
    expect(await found()).toEqual(['callee', 'data', 'other']);
    expect(await found('sp-1')).toEqual(['callee', 'data']);
    expect(await found('none')).toEqual([]);
  });

  it('erases a number from all that is kept, with what was said and pressed, and leaves the rest', async () => {
    const stores = await open();
    await ended(stores, told('told'));
    await ended(stores, sampleCall('plain'));
    const entry = { at: START, actorId: 'operator', actorName: 'operator', address: '192.0.2.1' };
    const action = { action: 'POST /x', outcome: 'done' } as const;
    await stores.auditTrail.append([
      { ...entry, ...action, object: { kind: 'number', id: NUMBER }, after: { note: `of ${NUMBER}` } },
    ]);
    const before = await stores.queries.history('plain');
    const cleared: string[] = [];
    const erasure = await stores.personalData.erase({ sought }, async (call) => {
      cleared.push(`${call.sessionId} ${JSON.stringify(call.order).includes('parcel')}`);
    });
    expect(erasure).toEqual({ calls: 1, postponed: 0, refusals: 0, auditEntries: 1 });
    expect(cleared).toEqual(['told true']);
    const left = await everything(stores);
    for (const trace of ['13912345678"', '13912345678,', NUMBER, 'parcel', '4711']) {
      expect(left).not.toContain(trace);
    }
    const { call, events, cdr } = (await stores.queries.history('told'))!;
    const mask = '+86***********';
    expect(call.order).toMatchObject({ calleeNbr: mask, displayNbr: '+8675528000001' });
    expect(call.userData).toBe(`order 7 of 139-free ${mask}, not 139123456789`);
    expect(call.statusUrl).toBe(`http://127.0.0.1:9/status?to=${mask}`);
    expect(events[0]).toMatchObject({ called: mask, digits: '****' });
    expect(cdr?.fee).toMatchObject({ calleeNum: mask, dynIVRPath: '****', sessionId: 'told' });
    expect((await stores.queries.list({ limit: 9, number: NUMBER })).calls).toEqual([]);
    expect(await stores.queries.history('plain')).toEqual(before);
    expect(await stores.personalData.erase({ sought }, nothing)).toMatchObject({ calls: 0, auditEntries: 0 });
  });

  it('finds and erases a number in requests that were refused, of one account only', async () => {
    const { refusals, personalData } = await open();
    const refusal = (changed: Partial<Refusal>): Refusal => ({
      at: START,
      spId: 'sp-1',
      appKey: 'app-1',
      capability: 'verification',
      sandbox: false,
      displayNbr: '+8675528000001',
      calleeNbr: NUMBER,
      code: '1023006',
      reason: 'cool-down',
      explanation: 'too soon',
      ...changed,
    });
    const other = '+8613500000009';
    await refusals.append([
      refusal({}),
      refusal({ calleeNbr: other, callerNbr: NUMBER, capability: 'callback' }),
      refusal({ spId: 'sp-2' }),
      refusal({ calleeNbr: other }),
    ]);
    const found: string[] = [];
    for await (const { calleeNbr, callerNbr } of personalData.refusals({ sought, spId: 'sp-1' })) {
      found.push(`${callerNbr} ${calleeNbr}`);
    }
    expect(found).toEqual([`undefined ${NUMBER}`, `${NUMBER} ${other}`]);
    expect(await personalData.erase({ sought, spId: 'sp-1' }, nothing)).toMatchObject({ refusals: 2 });
    const mask = '+86***********';
    const left = (await refusals.list({ limit: 10 })).reverse();
    expect(left.map(({ callerNbr, calleeNbr }) => [callerNbr, calleeNbr])).toEqual([
      [undefined, mask],
      [mask, other],
      [undefined, NUMBER],
      [undefined, other],
    ]);
    expect(left[0]?.displayNbr).toBe('+8675528000001');
  });

  it('leaves calls as they are that run, or of which something is to be pushed', async () => {
    const stores = await open();
    await stores.calls.create(told('runs'));
    await ended(stores, told('waits'), false);
    const before = await everything(stores);
    const refuse = (): Promise<void> => Promise.reject(new Error('must not be cleared'));
    expect(await stores.personalData.erase({ sought }, refuse)).toMatchObject({ calls: 0, postponed: 2 });
    expect(await everything(stores)).toBe(before);
  });

  it('finds a call again whose recording could not be removed', async () => {
    const stores = await open();
    await ended(stores, told('told'));
    const away = (): Promise<void> => Promise.reject(new Error('the bucket is away'));
    await expect(stores.personalData.erase({ sought }, away)).rejects.toThrow('the bucket is away');
    expect(await stores.personalData.erase({ sought }, nothing)).toMatchObject({ calls: 1 });
  });

  it('looks through however many calls', async () => {
    const stores = await open();
    const many = Array.from({ length: 1_100 }, (_, index) => sampleCall(`s${index}`));
    await Promise.all(many.map((call) => stores.calls.create(call)));
    await ended(stores, told('zz'));
    expect(await stores.personalData.erase({ sought }, nothing)).toMatchObject({ calls: 1 });
  });
}
