/** The delivery loop over a real database and real HTTP; only the clock is the test's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { App } from '../../src/accounts/account.ts';
import type {
  AgendaQuery,
  Arrival,
  ArrivalQuery,
  AttemptOutcome,
  Outbox,
  OutboxAgenda,
  OutboxPush,
  ReadyQuery,
} from '../../src/call/outbox.ts';
import type { Logger } from '../../src/call/ports.ts';
import type { CallHistory, PushState } from '../../src/call/queries.ts';
import { openSqliteStore, type Store } from '../../src/store/store.ts';
import { StoreUnavailableError } from '../../src/call/store-unavailable-error.ts';
import { PushSender } from '../../src/webhooks/deliver.ts';
import { DeliveryLoop, type DeliveryLoopOptions } from '../../src/webhooks/delivery-loop.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Receiver, type Behaviour, type ReceiverOptions } from '../support/receiver.ts';
import { sampleAccount, sampleApp, sampleCall, sampleChange, START } from './samples.ts';

const HOUR = 3_600_000;
const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const random = { integer: () => 7 };

let folder: string;
let path: string;
let clock: ManualClock;
let store: Store;
let loop: DeliveryLoop;
let sender: PushSender;
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ovc-loop-'));
  path = join(folder, 'store.db');
  clock = new ManualClock(START);
  store = await reopen();
  await store.accounts.putAccount(sampleAccount('sp-1'));
  await putApp();
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

async function reopen(): Promise<Store> {
  const opened = await openSqliteStore({ path, busyTimeout: 1 });
  closing.push(() => opened.close());
  return opened;
}

async function putApp(changed: Partial<App> = {}): Promise<void> {
  await store.accounts.putApp(sampleApp('app-1', { appSecret: 'the secret', ...changed }));
}

function start(options: Partial<DeliveryLoopOptions> = {}): DeliveryLoop {
  const { outbox, accounts } = store;
  sender = new PushSender({ clock, privateReceivers: true });
  loop = new DeliveryLoop({
    outbox,
    accounts,
    sender,
    clock,
    random,
    log: silent,
    gatheringWindow: 0,
    ...options,
  });
  const [startedLoop, startedSender] = [loop, sender];
  closing.push(async () => {
    const stopped = startedLoop.stop();
    await clock.advance(2_000);
    await stopped;
    await startedSender.close();
  });
  loop.start();
  return loop;
}

async function receive(behaviour?: () => Behaviour, options: ReceiverOptions = {}): Promise<Receiver> {
  const receiver = await Receiver.start({ secrets: { 'app-1': 'the secret' }, behaviour, ...options });
  closing.push(() => {
    expect(receiver.faults).toEqual([]);
    return receiver.close();
  });
  return receiver;
}

interface Told {
  readonly statusUrl?: string;
  readonly feeUrl?: string;
  /** Status events; the last ends the call. */
  readonly events?: number;
}

/** A call from its first event to its end, all of it now. */
async function wholeCall(sessionId: string, { statusUrl, feeUrl, events = 3 }: Told): Promise<void> {
  const call = sampleCall(sessionId);
  await store.calls.create(call);
  const at = clock.now();
  const changes = Array.from({ length: events }, (_, index) => {
    const sequence = index + 1;
    return sampleChange(call, { sequence, at, statusUrl, feeUrl, ends: sequence === events });
  });
  await Promise.all(changes.map((change) => store.calls.commit(change)));
}

async function history(sessionId: string): Promise<CallHistory> {
  const found = await store.queries.history(sessionId);
  if (found === undefined) throw new Error(`there is no call ${sessionId}`);
  return found;
}

/** Waits, in real time, until the pushes of a call are in these states. */
async function states(sessionId: string, expected: readonly PushState[]): Promise<CallHistory> {
  await vi.waitFor(
    async () => {
      const { pushes } = await history(sessionId);
      expect(pushes.map(({ state }) => state)).toEqual(expected);
    },
    { timeout: 10_000, interval: 2 },
  );
  return history(sessionId);
}

const sequences = (receiver: Receiver): unknown[] =>
  receiver.bodies.map((body) => (body as { sequence?: number }).sequence ?? 'fee');

describe('the pushes of one call', () => {
  it('go out in order, one after the other is answered, the CDR last', async () => {
    const receiver = await receive();
    start();
    await wholeCall('s', { statusUrl: receiver.url('/status'), feeUrl: receiver.url('/fee'), events: 5 });
    loop.wake();
    const { pushes } = await states('s', Array<PushState>(6).fill('delivered'));
    expect(sequences(receiver)).toEqual([1, 2, 3, 4, 5, 'fee']);
    expect(pushes[0]?.deliveries).toEqual([
      { attempt: 1, at: START, duration: 0, httpStatus: 200, error: undefined },
    ]);
  });

  it('wait for a slow receiver', async () => {
    const answer = Promise.withResolvers<void>();
    const receiver = await receive(() => ({ answer: 200, when: answer.promise }));
    start();
    await wholeCall('s', { statusUrl: receiver.url('/status') });
    loop.wake();
    await receiver.received(1);
    await clock.advance(9_000);
    loop.wake();
    await clock.advance(0);
    expect(receiver.pushes).toHaveLength(1);
    answer.resolve();
    const { pushes } = await states('s', ['delivered', 'delivered', 'delivered']);
    expect(pushes[0]?.deliveries[0]?.duration).toBe(9_000);
  });

  it.each([
    ['answers 500', { answer: 500 }, { httpStatus: 500 }],
    ['closes', 'close', { error: 'other side closed' }],
  ] as const)('go on when the receiver %s, each tried once', async (_name, behaviour, delivery) => {
    const receiver = await receive(() => behaviour);
    start();
    await wholeCall('s', { statusUrl: receiver.url('/status') });
    loop.wake();
    const { pushes } = await states('s', ['failed', 'failed', 'failed']);
    expect(sequences(receiver)).toEqual([1, 2, 3]);
    for (const push of pushes) {
      expect(push.nextAttemptAt).toBeUndefined();
      expect(push.deliveries).toMatchObject([{ attempt: 1, ...delivery }]);
    }
  });

  it('go on after ten seconds when the receiver hangs', async () => {
    const receiver = await receive(() => 'hang');
    start();
    await wholeCall('s', { statusUrl: receiver.url('/status') });
    loop.wake();
    for (const count of [1, 2, 3]) {
      await receiver.received(count);
      await clock.advance(10_000);
    }
    const { pushes } = await states('s', ['failed', 'failed', 'failed']);
    expect(pushes[2]?.deliveries).toEqual([
      {
        attempt: 1,
        at: START + 20_000,
        duration: 10_000,
        httpStatus: undefined,
        error: 'no answer within 10 s',
      },
    ]);
  });

  it('keep their order over retries', async () => {
    let fails = 2;
    const receiver = await receive(() => ({ answer: fails-- > 0 ? 503 : 200 }));
    start({ retries: { status: { retries: 3, interval: 60_000 }, fee: { retries: 0, interval: 0 } } });
    await wholeCall('s', { statusUrl: receiver.url('/status') });
    loop.wake();
    for (const count of [1, 2]) {
      await receiver.received(count);
      await vi.waitFor(async () => expect((await history('s')).pushes[0]?.deliveries).toHaveLength(count));
      await clock.advance(60_000);
    }
    await states('s', ['delivered', 'delivered', 'delivered']);
    expect(sequences(receiver)).toEqual([1, 1, 1, 2, 3]);
  });
});

describe('the CDR', () => {
  it('goes to another receiver after the status pushes', async () => {
    const answer = Promise.withResolvers<void>();
    const [status, fee] = [await receive(() => ({ answer: 200, when: answer.promise })), await receive()];
    start();
    await wholeCall('s', { statusUrl: status.url('/'), feeUrl: fee.url('/') });
    loop.wake();
    await status.received(1);
    await clock.advance(4_000);
    expect(fee.pushes).toHaveLength(0);
    answer.resolve();
    await states('s', ['delivered', 'delivered', 'delivered', 'delivered']);
    expect(fee.pushes).toHaveLength(1);
  });

  it('is held back by a dead status receiver for five seconds only', async () => {
    const [status, fee] = [await receive(() => 'hang'), await receive()];
    start();
    await wholeCall('s', { statusUrl: status.url('/'), feeUrl: fee.url('/') });
    loop.wake();
    await status.received(1);
    await clock.advance(4_999);
    expect(fee.pushes).toHaveLength(0);
    await clock.advance(1);
    await states('s', ['pending', 'pending', 'pending', 'delivered']);
  });

  it('waits for status pushes that a restart found, though all are long due', async () => {
    const [status, fee] = [await receive(() => 'hang'), await receive()];
    await wholeCall('s', { statusUrl: status.url('/'), feeUrl: fee.url('/') });
    await clock.advance(HOUR);
    start();
    await status.received(1);
    await clock.advance(4_999);
    expect(fee.pushes).toHaveLength(0);
    await clock.advance(1);
    await fee.received(1);
  });

  it('is pushed again six times, an hour apart, and then kept as dead', async () => {
    const receiver = await receive(() => ({ answer: 500 }));
    start();
    await wholeCall('s', { feeUrl: receiver.url('/fee') });
    loop.wake();
    for (let attempt = 1; attempt <= 6; attempt++) {
      await vi.waitFor(async () => expect((await history('s')).pushes[0]?.deliveries).toHaveLength(attempt));
      await clock.advance(HOUR - 1);
      expect(receiver.pushes).toHaveLength(attempt);
      await clock.advance(1);
    }
    const { pushes } = await states('s', ['dead']);
    expect(pushes[0]?.deliveries.map(({ attempt, at }) => [attempt, (at - START) / HOUR])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
      [5, 4],
      [6, 5],
      [7, 6],
    ]);
    await clock.advance(10 * HOUR);
    expect(receiver.pushes).toHaveLength(7);
  });

  it('is pushed again no more once it is delivered', async () => {
    const receiver = await receive();
    receiver.behaviour = ({ count }) => ({ answer: count < 3 ? 500 : 200 });
    start();
    await wholeCall('s', { feeUrl: receiver.url('/fee') });
    loop.wake();
    for (const attempt of [1, 2]) {
      await vi.waitFor(async () => expect((await history('s')).pushes[0]?.deliveries).toHaveLength(attempt));
      await clock.advance(HOUR);
    }
    await states('s', ['delivered']);
    await clock.advance(10 * HOUR);
    expect(receiver.pushes).toHaveLength(3);
    expect(new Set(receiver.pushes.map(({ text }) => text)).size).toBe(1);
  });

  it('shares a POST with others of its app and URL that end within the gathering window', async () => {
    const receiver = await receive();
    start({ gatheringWindow: 200 });
    await wholeCall('one', { feeUrl: receiver.url('/fee') });
    await wholeCall('elsewhere', { feeUrl: receiver.url('/other') });
    loop.wake();
    await clock.advance(150);
    await wholeCall('two', { feeUrl: receiver.url('/fee') });
    loop.wake();
    await clock.advance(49);
    expect(receiver.pushes).toHaveLength(0);
    await clock.advance(1);
    await receiver.received(2);
    await states('two', ['delivered']);
    const told = receiver.pushes.map(({ path: at, sessionIds }) => [at, ...sessionIds]);
    expect(told.sort()).toEqual([
      ['/fee', 'one', 'two'],
      ['/other', 'elsewhere'],
    ]);
  });

  it('goes out before the window is over when the platform stops', async () => {
    const receiver = await receive();
    start({ gatheringWindow: 60_000 });
    await wholeCall('one', { feeUrl: receiver.url('/fee') });
    loop.wake();
    await clock.advance(100);
    expect(receiver.pushes).toHaveLength(0);
    await loop.finish(5_000);
    expect(receiver.pushes.map(({ sessionIds }) => sessionIds)).toEqual([['one']]);
  });

  it('does not keep a stop waiting for a receiver that hangs', async () => {
    const receiver = await receive(() => 'hang');
    start();
    await wholeCall('one', { feeUrl: receiver.url('/fee') });
    const finished = loop.finish(5_000);
    await receiver.received(1);
    await clock.advance(5_000);
    await finished;
  });

  it('goes out with at most 49 others', async () => {
    const receiver = await receive();
    for (let index = 0; index < 120; index++) await wholeCall(`s${index}`, { feeUrl: receiver.url('/fee') });
    start();
    await receiver.received(3);
    await states('s119', ['delivered']);
    expect(receiver.pushes.map(({ sessionIds }) => sessionIds.length).sort()).toEqual([20, 50, 50]);
    expect(new Set(receiver.pushes.flatMap(({ sessionIds }) => sessionIds)).size).toBe(120);
  });
});

describe('a receiver', () => {
  it('that hangs delays nobody else and gets no more than its share', async () => {
    const [dead, alive] = [await receive(() => 'hang'), await receive()];
    start({ perReceiver: 4 });
    for (let index = 0; index < 10; index++) await wholeCall(`dead${index}`, { statusUrl: dead.url('/') });
    loop.wake();
    await dead.received(4);
    for (let index = 0; index < 10; index++) await wholeCall(`alive${index}`, { statusUrl: alive.url('/') });
    loop.wake();
    for (let index = 0; index < 10; index++) {
      await states(`alive${index}`, ['delivered', 'delivered', 'delivered']);
    }
    expect(dead.pushes).toHaveLength(4);
    await clock.advance(10_000);
    await dead.received(8);
    expect(dead.pushes).toHaveLength(8);
  });

  it('with a long backlog gets everything once, each call in order', async () => {
    const receiver = await receive();
    for (let index = 0; index < 300; index++) await wholeCall(`s${index}`, { statusUrl: receiver.url('/') });
    start({ perReceiver: 8 });
    await receiver.received(900);
    await states('s299', ['delivered', 'delivered', 'delivered']);
    expect(receiver.pushes).toHaveLength(900);
    expect(new Set(receiver.pushes.map(({ text }) => text)).size).toBe(900);
  });

  it('that redirects is not followed', async () => {
    const receiver = await receive();
    receiver.behaviour = () => ({ answer: 302, location: receiver.url('/elsewhere') });
    start();
    await wholeCall('s', { statusUrl: receiver.url('/'), events: 1 });
    loop.wake();
    await states('s', ['failed']);
    expect(receiver.pushes).toHaveLength(1);
  });

  it.each([
    ['http://user:pw@127.0.0.1/', 'the address has a user name or password in it'],
    ['ftp://127.0.0.1/', 'the address is neither http nor https'],
    ['nowhere', 'the address is not a URL'],
  ])('with the impossible address %s fails with the reason', async (statusUrl, reason) => {
    start();
    await wholeCall('s', { statusUrl, events: 1 });
    loop.wake();
    const { pushes } = await states('s', ['failed']);
    expect(pushes[0]?.deliveries).toMatchObject([{ attempt: 1, error: `not sent: ${reason}` }]);
  });
});

describe('a receiver that is down', () => {
  const fee = { retries: 0, interval: 0 };

  it('is left alone after five failures in a row, and nothing is lost by it', async () => {
    let down = true;
    const receiver = await receive(() => ({ answer: down ? 503 : 200 }));
    start({ retries: { status: { retries: 9, interval: 1_000 }, fee }, perReceiver: 1 });
    for (let index = 0; index < 8; index++) {
      await wholeCall(`s${index}`, { statusUrl: receiver.url('/'), events: 1 });
    }
    loop.wake();
    await receiver.received(5);
    await vi.waitFor(async () => expect((await history('s4')).pushes[0]?.deliveries).toHaveLength(1));
    await clock.advance(999);
    expect(receiver.pushes).toHaveLength(5);
    await clock.advance(1);
    await receiver.received(6);
    await vi.waitFor(async () => {
      const calls = await Promise.all(Array.from({ length: 8 }, (_, index) => history(`s${index}`)));
      expect(calls.flatMap(({ pushes }) => pushes[0]?.deliveries)).toHaveLength(6);
    });
    down = false;
    await clock.advance(2_000);
    for (let index = 0; index < 8; index++) await states(`s${index}`, ['delivered']);
  });

  it('has its status pushes given up when they have waited for too long, and its CDRs kept', async () => {
    const receiver = await receive(() => ({ answer: 503 }));
    start({ statusMaxAge: 60_000, perReceiver: 1 });
    for (let index = 0; index < 5; index++) {
      await wholeCall(`s${index}`, { statusUrl: receiver.url('/'), events: 1 });
    }
    loop.wake();
    for (let index = 0; index < 5; index++) await states(`s${index}`, ['failed']);
    await wholeCall('late', { statusUrl: receiver.url('/'), feeUrl: receiver.url('/'), events: 2 });
    clock.leap(61_000);
    loop.wake();
    const { pushes } = await states('late', ['failed', 'failed', 'pending']);
    for (const push of pushes.slice(0, 2)) {
      expect(push.deliveries).toMatchObject([{ attempt: 1, error: 'not sent: it had waited for 60 s' }]);
    }
  });

  it('has what happened more than the longest age ago while we were not there all the same', async () => {
    const receiver = await receive();
    await wholeCall('s', { statusUrl: receiver.url('/'), feeUrl: receiver.url('/') });
    await clock.advance(HOUR + 60_000);
    start({ statusMaxAge: HOUR });
    await states('s', ['delivered', 'delivered', 'delivered', 'delivered']);
  });

  it('has what happened while the database was away for longer than that', async () => {
    const receiver = await receive();
    start({ statusMaxAge: HOUR });
    const call = sampleCall('s');
    await store.calls.create(call);
    const at = clock.now();
    await clock.advance(HOUR + 60_000);
    const change = sampleChange(call, { sequence: 1, at, statusUrl: receiver.url('/') });
    await store.calls.commit({ ...change, writtenAt: clock.now() });
    loop.wake();
    await states('s', ['delivered']);
  });

  it('is left without an attempt while we are out of descriptors, and not for its fault', async () => {
    const receiver = await receive();
    let isOut = true;
    start({
      sender: {
        send: async (request) =>
          isOut ? { error: 'connect EMFILE', isOurFault: true } : sender.send(request),
        giveUp: () => {},
      },
    });
    for (let call = 0; call < 8; call += 1)
      await wholeCall(`s${call}`, { statusUrl: receiver.url('/'), events: 1 });
    loop.wake();
    for (let second = 0; second < 5; second += 1) {
      await clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await history('s0')).pushes[0]).toMatchObject({ state: 'pending', deliveries: [] });
    isOut = false;
    await clock.advance(1_000);
    for (let call = 0; call < 8; call += 1) {
      const { pushes } = await states(`s${call}`, ['delivered']);
      expect(pushes[0]?.deliveries).toHaveLength(1);
    }
  });

  it.each([1, 2_000])('has its call record again though a timer came %d ms early', async (early) => {
    let fails = 2;
    const receiver = await receive(() => ({ answer: fails-- > 0 ? 500 : 200 }));
    // Timers go by another clock than times do.
    let behind = 0;
    start({ clock: { now: () => clock.now() - behind, after: (...timer) => clock.after(...timer) } });
    await wholeCall('s', { feeUrl: receiver.url('/') });
    loop.wake();
    for (const attempt of [1, 2]) {
      await vi.waitFor(async () => expect((await history('s')).pushes[0]?.deliveries).toHaveLength(attempt));
      behind = early;
      await clock.advance(HOUR + early + 1_000);
    }
    await states('s', ['delivered']);
    expect(receiver.pushes).toHaveLength(3);
  });

  it('does not hold up another address of the same server, nor another app', async () => {
    await store.accounts.putApp(sampleApp('app-2', { appSecret: 'the secret' }));
    const receiver = await receive(undefined, { secrets: { 'app-1': 'the secret', 'app-2': 'the secret' } });
    receiver.behaviour = ({ path: at }) => (at === '/dead' ? 'hang' : { answer: 200 });
    start({ perReceiver: 1 });
    for (let index = 0; index < 3; index++)
      await wholeCall(`dead${index}`, { statusUrl: receiver.url('/dead') });
    await wholeCall('alive', { statusUrl: receiver.url('/alive') });
    loop.wake();
    await states('alive', ['delivered', 'delivered', 'delivered']);
  });
});

describe('the signature', () => {
  it.each(['newline', 'concatenated', 'none'] as const)('is the one the app has: %s', async (signature) => {
    await putApp({ pushSignature: signature });
    const receiver = await receive(undefined, { signature });
    start();
    const url = receiver.url('/push?tenant=a%20b&x=1');
    await wholeCall('s', { statusUrl: url, feeUrl: url });
    loop.wake();
    await states('s', Array<PushState>(4).fill('delivered'));
  });

  it('is made with the secret of the moment', async () => {
    const receiver = await receive(undefined, { secrets: { 'app-1': 'renewed' } });
    start();
    await wholeCall('s', { statusUrl: receiver.url('/') });
    await putApp({ appSecret: 'renewed' });
    loop.wake();
    await states('s', Array<PushState>(3).fill('delivered'));
  });

  it('shows UTC, or Beijing time where the operator wants it', async () => {
    const receiver = await receive();
    start({ created: 'utc+8' });
    await wholeCall('s', { statusUrl: receiver.url('/'), events: 1 });
    loop.wake();
    await receiver.received(1);
    expect(receiver.pushes[0]?.headers['x-aksk']).toContain('Created="2026-01-01T08:00:00Z"');
  });
});

describe('a crash', () => {
  it('while a push is on its way has it sent again, and then what follows', async () => {
    const receiver = await receive();
    receiver.behaviour = ({ count }) => (count === 2 ? 'hang' : { answer: 200 });
    start();
    await wholeCall('s', { statusUrl: receiver.url('/status'), feeUrl: receiver.url('/fee') });
    loop.wake();
    await receiver.received(2);
    await states('s', ['delivered', 'pending', 'pending', 'pending']);
    // The process dies: its database and its connections close, and nothing more of it is written.
    await store.close();
    await sender.close();
    store = await reopen();
    start();
    const { pushes } = await states('s', Array<PushState>(4).fill('delivered'));
    expect(sequences(receiver)).toEqual([1, 2, 2, 3, 'fee']);
    expect(pushes.map(({ deliveries }) => deliveries.length)).toEqual([1, 1, 1, 1]);
  });
});

/** The real outbox behind a database whose pages cannot be read, or not be written, for a while. */
class UnreliableOutbox implements Outbox {
  away = false;
  readOnly = false;
  looks = 0;
  writes = 0;
  readonly #outbox: Outbox;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  async agenda(query: AgendaQuery): Promise<OutboxAgenda[]> {
    this.looks += 1;
    if (this.away) throw new StoreUnavailableError('The database cannot be used: reading the file failed.');
    return this.#outbox.agenda(query);
  }

  ready(query: ReadyQuery): Promise<OutboxPush[]> {
    return this.#outbox.ready(query);
  }

  lastId(): Promise<number> {
    return this.#outbox.lastId();
  }

  arrivals(query: ArrivalQuery): Promise<Arrival[]> {
    return this.#outbox.arrivals(query);
  }

  async record(outcomes: readonly AttemptOutcome[]): Promise<OutboxPush[]> {
    this.writes += 1;
    if (this.readOnly) throw new StoreUnavailableError('The database cannot be used: the server is frozen.');
    return this.#outbox.record(outcomes);
  }
}

describe('while the database is away', () => {
  /** Another program takes the database; the returned function gives it back. */
  function lock(): () => void {
    const other = new DatabaseSync(path);
    closing.push(() => other.close());
    other.exec('begin exclusive');
    return () => other.exec('rollback');
  }

  it('an answer is kept and written later, and the push is not sent twice', async () => {
    const answer = Promise.withResolvers<void>();
    const failures = Promise.withResolvers<void>();
    const receiver = await receive(() => ({ answer: 200, when: answer.promise }));
    start({ log: { ...silent, error: () => failures.resolve() } });
    await wholeCall('s', { statusUrl: receiver.url('/') });
    loop.wake();
    await receiver.received(1);
    const unlock = lock();
    answer.resolve();
    await failures.promise;
    for (let second = 0; second < 5; second++) {
      loop.wake();
      await clock.advance(1_000);
    }
    expect(receiver.pushes).toHaveLength(1);
    unlock();
    await clock.advance(1_000);
    const { pushes } = await states('s', ['delivered', 'delivered', 'delivered']);
    expect(sequences(receiver)).toEqual([1, 2, 3]);
    expect(pushes[0]?.deliveries).toHaveLength(1);
  });

  it('looking for pushes goes on once a second', async () => {
    const receiver = await receive();
    const outbox = new UnreliableOutbox(store.outbox);
    outbox.away = true;
    await wholeCall('s', { statusUrl: receiver.url('/') });
    start({ outbox });
    for (let wakes = 0; wakes < 15; wakes++) {
      loop.wake();
      await clock.advance(100);
    }
    expect(outbox.looks).toBe(2);
    outbox.away = false;
    await clock.advance(1_000);
    await states('s', ['delivered', 'delivered', 'delivered']);
  });

  it('a call record waits for the status pushes however long their answers cannot be written', async () => {
    const answer = Promise.withResolvers<void>();
    const [status, fee] = [await receive(() => ({ answer: 200, when: answer.promise })), await receive()];
    const outbox = new UnreliableOutbox(store.outbox);
    start({ outbox });
    await wholeCall('s', { statusUrl: status.url('/'), feeUrl: fee.url('/') });
    loop.wake();
    await status.received(1);
    outbox.readOnly = true;
    answer.resolve();
    for (let second = 0; second < 30; second++) {
      await vi.waitFor(() => expect(outbox.writes).toBe(second + 1));
      loop.wake();
      await clock.advance(1_000);
    }
    expect(fee.pushes).toHaveLength(0);
    outbox.readOnly = false;
    await clock.advance(1_000);
    await states('s', ['delivered', 'delivered', 'delivered', 'delivered']);
    expect(status.pushes).toHaveLength(3);
    expect(fee.pushes[0]?.headers['webhook-timestamp']).toBe(String(clock.now() / 1_000));
  });

  it.each(['the applications', 'the outbox'])(
    'what waited for %s to be read goes out in order',
    async (what) => {
      const answer = Promise.withResolvers<void>();
      const [status, fee] = [await receive(() => ({ answer: 200, when: answer.promise })), await receive()];
      const outbox = new UnreliableOutbox(store.outbox);
      let isAway = what === 'the applications';
      outbox.away = !isAway;
      const failed = new StoreUnavailableError('The database cannot be used: the server is frozen.');
      const app = (appKey: string) => (isAway ? Promise.reject(failed) : store.accounts.app(appKey));
      start({ outbox, accounts: { app } });
      await wholeCall('s', { statusUrl: status.url('/'), feeUrl: fee.url('/') });
      for (let second = 0; second < 30; second++) {
        loop.wake();
        await clock.advance(1_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect([status.pushes.length, fee.pushes.length]).toEqual([0, 0]);
      isAway = outbox.away = false;
      await clock.advance(1_000);
      await status.received(1);
      await clock.advance(3_900);
      expect(fee.pushes).toHaveLength(0);
      answer.resolve();
      await states('s', ['delivered', 'delivered', 'delivered', 'delivered']);
    },
  );

  it('what became durable long before anybody could know goes out in order too', async () => {
    const answer = Promise.withResolvers<void>();
    const [status, fee] = [await receive(() => ({ answer: 200, when: answer.promise })), await receive()];
    start();
    await wholeCall('s', { statusUrl: status.url('/'), feeUrl: fee.url('/') });
    await clock.advance(30_000);
    loop.wake();
    await status.received(1);
    await clock.advance(4_999);
    expect(fee.pushes).toHaveLength(0);
    answer.resolve();
    await states('s', ['delivered', 'delivered', 'delivered', 'delivered']);
  });

  it('stopping does not wait for it', async () => {
    const answer = Promise.withResolvers<void>();
    const failures = Promise.withResolvers<void>();
    const receiver = await receive(() => ({ answer: 200, when: answer.promise }));
    start({ log: { ...silent, error: () => failures.resolve() } });
    await wholeCall('s', { statusUrl: receiver.url('/') });
    loop.wake();
    await receiver.received(1);
    const unlock = lock();
    answer.resolve();
    await failures.promise;
    const stopped = loop.stop();
    await clock.advance(2_000);
    await stopped;
    unlock();
    expect((await history('s')).pushes[0]?.deliveries).toEqual([]);
  });
});

describe('stopping', () => {
  it('waits for an answer that comes soon, and sends nothing new', async () => {
    const answer = Promise.withResolvers<void>();
    const receiver = await receive(() => ({ answer: 200, when: answer.promise }));
    start();
    await wholeCall('s', { statusUrl: receiver.url('/') });
    loop.wake();
    await receiver.received(1);
    const stopped = loop.stop();
    answer.resolve();
    await stopped;
    await states('s', ['delivered', 'pending', 'pending']);
    loop.wake();
    expect(receiver.pushes).toHaveLength(1);
  });

  it('leaves what is not answered in time pending, without an attempt', async () => {
    const receiver = await receive(() => 'hang');
    start();
    await wholeCall('s', { statusUrl: receiver.url('/') });
    loop.wake();
    await receiver.received(1);
    const stopped = loop.stop();
    await clock.advance(2_000);
    await stopped;
    const { pushes } = await states('s', ['pending', 'pending', 'pending']);
    expect(pushes[0]?.deliveries).toEqual([]);
  });
});
