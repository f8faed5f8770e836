/** Dead letters, from the command line through the operator's API and a real database to a real receiver. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Logger } from '../../src/call/ports.ts';
import { openSqliteStore, type Store } from '../../src/store/store.ts';
import { PushSender } from '../../src/webhooks/deliver.ts';
import { DeliveryLoop } from '../../src/webhooks/delivery-loop.ts';
import { ADMIN_TOKEN, HttpPlatform } from '../support/http-platform.ts';
import { Receiver } from '../support/receiver.ts';
import { runCli, type CliResult } from '../support/run-cli.ts';
import { sampleAccount, sampleApp, sampleCall, sampleChange } from './samples.ts';

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let folder: string;
let platform: HttpPlatform;
let store: Store;
let loop: DeliveryLoop;
let sender: PushSender;
let receiver: Receiver;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ovc-replay-'));
  platform = new HttpPlatform();
  const { clock } = platform;
  store = await openSqliteStore({ path: join(folder, 'store.db') });
  await store.accounts.putAccount(sampleAccount('sp-1'));
  await store.accounts.putApp(sampleApp('app-1', { appSecret: 'the secret' }));
  receiver = await Receiver.start({ secrets: { 'app-1': 'the secret' } });
  sender = new PushSender({ clock, privateReceivers: true });
  const { outbox, accounts } = store;
  const none = { retries: 0, interval: 0 };
  const retries = { status: none, fee: none };
  const random = { integer: () => 7 };
  loop = new DeliveryLoop({
    outbox,
    accounts,
    sender,
    clock,
    random,
    log: silent,
    retries,
    gatheringWindow: 0,
    perReceiver: 1,
  });
  platform.pushLedger = store.pushLedger;
  platform.deliveries = loop;
  await platform.listen();
  loop.start();
});

afterEach(async () => {
  const stopped = loop.stop();
  await platform.clock.advance(2_000);
  await stopped;
  await sender.close();
  await platform.close();
  await store.close();
  // The receiver saw the record before the replay.
  expect(receiver.faults.filter((fault) => !/disconnect of \w+ after its CDR/.test(fault))).toEqual([]);
  await receiver.close();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]): Promise<CliResult> =>
  runCli(['pushes', ...args], { OVC_URL: platform.url, OVC_TOKEN: ADMIN_TOKEN });

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

/** Calls with one event and a record; none of it is taken. */
async function givenUp(...sessionIds: readonly string[]): Promise<void> {
  receiver.behaviour = () => ({ answer: 404 });
  const at = platform.clock.now();
  for (const sessionId of sessionIds) {
    const call = sampleCall(sessionId);
    await store.calls.create(call);
    const told = { statusUrl: receiver.url('/status'), feeUrl: receiver.url('/fee?of=cars') };
    await store.calls.commit(sampleChange(call, { ...told, sequence: 1, at, ends: true }));
  }
  loop.wake();
  await settled(sessionIds, ['failed', 'dead']);
  receiver.behaviour = () => ({ answer: 200 });
}

async function settled(sessionIds: readonly string[], states: readonly string[]): Promise<void> {
  for (const sessionId of sessionIds) {
    await vi.waitFor(
      async () => {
        const history = await store.queries.history(sessionId);
        expect(history?.pushes.map(({ state }) => state)).toEqual(states);
      },
      { timeout: 10_000 },
    );
  }
}

describe('pushes that were given up', () => {
  it('are listed', async () => {
    await givenUp('one', 'two');
    const { pushes } = await json<{ pushes: { sessionId: string }[] }>('list');
    expect(pushes).toMatchObject([
      { sessionId: 'two', kind: 'fee', state: 'dead', deliveries: [{ httpStatus: 404 }] },
      { sessionId: 'one' },
    ]);
    expect(await json('list', '--state', 'failed', '--call', 'one')).toMatchObject({
      pushes: [{ sessionId: 'one', kind: 'status' }],
    });
    const lines = (await run('list', '--limit', '1')).stdout.split('\n');
    expect(lines[0]).toMatch(/^ID +OF \(UTC\) +KIND +ATTEMPTS +LAST ANSWER +SESSION +RECEIVER$/);
    expect(lines[1]).toMatch(/^\d+ +2026-01-01T00:00:00.000Z +CDR +1 +404 +two +http:/);
    expect(lines[3]).toMatch(/^More: --cursor \d+$/);
  });

  it('are sent again one by one', async () => {
    await givenUp('one', 'two');
    const { pushes } = await json<{ pushes: { id: string }[] }>('list');
    expect(await json('replay', pushes[1]?.id ?? '')).toEqual({ replayed: 1 });
    await settled(['one'], ['failed', 'delivered']);
    await settled(['two'], ['failed', 'dead']);
    expect((await run('replay', '999')).stderr).toMatch(/^error: There is no such push\./);
  });

  it('are sent again for a call, in order', async () => {
    await givenUp('one', 'two');
    const before = receiver.pushes.length;
    expect(await json('replay', '--call', 'one')).toEqual({ replayed: 2 });
    await settled(['one'], ['delivered', 'delivered']);
    await settled(['two'], ['failed', 'dead']);
    expect(receiver.pushes.slice(before).map(({ eventType }) => eventType)).toEqual(['disconnect', 'fee']);
  });

  it('are sent again for a receiver, its call records only unless asked', async () => {
    await givenUp('one', 'two');
    const fee = receiver.url('/fee');
    expect(await json('replay', '--receiver', fee)).toEqual({ replayed: 2 });
    await settled(['one', 'two'], ['failed', 'delivered']);
    const status = receiver.url('/status');
    expect(await json('replay', '--receiver', status)).toEqual({ replayed: 0 });
    expect(await json('replay', '--receiver', status, '--state', 'failed')).toEqual({ replayed: 2 });
    await settled(['one', 'two'], ['delivered', 'delivered']);
  });

  it('are never sent again by mistake', async () => {
    await givenUp('one');
    for (const args of [[], ['1', '--call', 'one']]) {
      const refused = await run('replay', ...args);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toMatch(/^error: Give either the ID of a push/);
    }
    const { status } = await platform.admin('POST', '/admin/v1/pushes/replay', {});
    expect(status).toBe(400);
    await settled(['one'], ['failed', 'dead']);
  });
});

describe('pushes that were delivered', () => {
  /** A call with one event and a record, both taken. */
  async function delivered(sessionId: string): Promise<readonly string[]> {
    await givenUp(sessionId);
    await run('replay', '--call', sessionId);
    await settled([sessionId], ['delivered', 'delivered']);
    return (await store.queries.history(sessionId))?.pushes.map(({ id }) => id) ?? [];
  }

  const deliveries = async (sessionId: string) =>
    (await store.queries.history(sessionId))?.pushes.map((push) =>
      push.deliveries.map(({ httpStatus, replayedBy }) => [httpStatus, replayedBy]),
    );

  it.each([0, 1])('are sent once more, signed anew, under the same id (%d)', async (place) => {
    const id = (await delivered('one'))[place] ?? '';
    // Given up first: a receipt of that attempt comes before.
    const before = receiver.pushes.at(place - 2);
    await platform.clock.advance(61_000);
    expect(await json('replay', id)).toEqual({ replayed: 1 });
    await vi.waitFor(() => expect(receiver.pushes).toHaveLength(5), { timeout: 10_000 });
    const again = receiver.pushes.at(-1);
    expect(again).toMatchObject({ path: before?.path, text: before?.text });
    expect(again?.headers['webhook-id']).toBe(before?.headers['webhook-id']);
    expect(again?.headers['webhook-timestamp']).not.toBe(before?.headers['webhook-timestamp']);
    expect(again?.headers['x-aksk']).not.toBe(before?.headers['x-aksk']);
    await vi.waitFor(async () => expect((await deliveries('one'))?.[place]).toHaveLength(3));
    expect((await deliveries('one'))?.[place]?.at(-1)).toEqual([200, 'operator']);
    // In the same transaction: so it is where the push is.
    expect(await store.auditTrail.list({ limit: 10 })).toContainEqual(
      expect.objectContaining({
        action: 'POST /pushes/:id/replay',
        actorName: 'operator',
        object: { kind: 'push', id },
      }),
    );
  });

  it('stay delivered where their receiver does not take them again', async () => {
    const [status = ''] = await delivered('one');
    receiver.behaviour = () => ({ answer: 500 });
    await json('replay', status);
    await vi.waitFor(async () => expect((await deliveries('one'))?.[0]?.at(-1)).toEqual([500, 'operator']));
    await settled(['one'], ['delivered', 'delivered']);
  });

  it('are sent again for a call when that is said, and for no receiver as a whole', async () => {
    await delivered('one');
    expect(await json('replay', '--call', 'one')).toEqual({ replayed: 0 });
    expect(await json('replay', '--call', 'one', '--state', 'any')).toEqual({ replayed: 2 });
    await vi.waitFor(() => expect(receiver.pushes).toHaveLength(6), { timeout: 10_000 });
    const refused = await run('replay', '--receiver', receiver.url('/status'), '--state', 'delivered');
    expect(refused.stderr).toMatch(/name a call/);
  });

  it('are refused with the reason where they were removed, or a number in them was erased', async () => {
    const [, record = ''] = await delivered('one');
    await delivered('two');
    const sought = { number: '+8613500000001', countryCode: '86', national: '13500000001' };
    await store.personalData.erase({ sought }, async () => {});
    expect((await run('replay', record)).stderr).toMatch(
      /^error: A number that stood in the push was erased/,
    );
    await store.callRetention.removeEndedBefore(platform.clock.now() + 1);
    expect((await run('replay', record)).stderr).toMatch(/^error: The push is not there any more/);
  });
});

describe('receivers', () => {
  it('that fail are shown with their breaker', async () => {
    expect(await json('receivers')).toEqual({ receivers: [] });
    receiver.behaviour = () => ({ answer: 500 });
    const call = sampleCall('s');
    await store.calls.create(call);
    const at = platform.clock.now();
    for (let sequence = 1; sequence <= 5; sequence++) {
      await store.calls.commit(sampleChange(call, { sequence, at, statusUrl: receiver.url('/status') }));
    }
    loop.wake();
    await settled(['s'], Array<string>(5).fill('failed'));
    expect(await json('receivers')).toEqual({
      receivers: [
        {
          appKey: 'app-1',
          url: receiver.url('/status'),
          breaker: 'open',
          failures: 5,
          probeAt: new Date(at + 1_000).toISOString(),
          onTheirWay: 0,
        },
      ],
    });
  });
});
