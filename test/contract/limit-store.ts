import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Clock, CallStore } from '../../src/call/ports.ts';
import type { CallRecord, Order } from '../../src/call/call-record.ts';
import { CallService } from '../../src/call/call-service.ts';
import { createLimits, type CreatedLimits } from '../../src/limits/create-limits.ts';
import type { LimitRule } from '../../src/limits/limit-rule.ts';
import type { LimitStore } from '../../src/limits/ports.ts';
import type { Refusal, RefusalLog } from '../../src/limits/refusal.ts';
import { ManualClock, settle } from '../support/manual-clock.ts';
import {
  namedPrompts,
  namedRecordings,
  type ScriptedLeg,
  ScriptedTelephony,
} from '../support/scripted-telephony.ts';
import { sampleAccount, sampleApp, sampleCall, START } from './samples.ts';

interface LimitStores {
  readonly calls: CallStore;
  readonly limits: LimitStore;
  readonly refusals: RefusalLog;
}

const rule = (changed: Partial<LimitRule> = {}): LimitRule => ({
  owner: undefined,
  scope: 'app',
  subject: '*',
  timeZone: 'UTC',
  excess: 'refuse',
  longestWait: 60_000,
  longestQueue: 100,
  since: START,
  ...changed,
});

const refusal = (changed: Partial<Refusal> = {}): Refusal => ({
  at: START,
  spId: 'sp-1',
  appKey: 'app-1',
  capability: 'callback',
  sandbox: true,
  displayNbr: '+8675528000001',
  callerNbr: '+8613500000001',
  calleeNbr: '+8613500000002',
  code: '1013002',
  reason: 'calls-per-day',
  explanation: 'All were made.',
  ...changed,
});

/** What every store does with limits, and what limits do over it. `open` gives an empty one. */
export function limitStoreContract(open: () => Promise<LimitStores>): void {
  it('keeps settings by kind, owner and name', async () => {
    const { limits } = await open();
    const own = rule({ owner: 'sp-1', callsPerDay: 3, quietHours: { from: '22:00', to: '08:00' } });
    await limits.put({ kind: 'limit', owner: 'sp-1', name: 'app *' }, own);
    await limits.put({ kind: 'limit', owner: '', name: 'app *' }, rule({ callsPerSecond: 1 }));
    await limits.put({ kind: 'price', owner: '', name: '+86' }, { prefix: '+86', perMinute: 0.1 });
    await limits.put({ kind: 'limit', owner: '', name: 'app *' }, rule({ callsPerSecond: 2 }));
    expect(await limits.settings('limit')).toEqual([rule({ callsPerSecond: 2 }), own]);
    await limits.remove({ kind: 'limit', owner: '', name: 'app *' });
    expect(await limits.settings('limit')).toEqual([own]);
    expect(await limits.settings('price')).toEqual([{ prefix: '+86', perMinute: 0.1 }]);
    expect(await limits.settings('guard')).toEqual([]);
  });

  it('gives the calls of a time and later in the order of their acceptance, however many', async () => {
    const { calls, limits } = await open();
    const created = Array.from({ length: 1_500 }, (_, index) =>
      sampleCall(`s${index}`, {
        acceptedAt: START + (index % 500),
        waitUntil: index === 7 ? START : undefined,
      }),
    );
    await Promise.all(created.map((call) => calls.create(call)));
    const found: CallRecord[] = [];
    for await (const some of limits.callsSince(START + 5)) found.push(...some);
    expect(found).toHaveLength(1_485);
    const times = found.map(({ acceptedAt }) => acceptedAt);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(found.find(({ sessionId }) => sessionId === 's7')).toEqual(created[7]);
  });

  it('keeps refused calls, the latest of them, newest first', async () => {
    const { refusals } = await open();
    await refusals.append([refusal(), refusal({ callerNbr: undefined, spId: 'sp-2', appKey: 'app-2' })]);
    await refusals.append([]);
    await refusals.append(
      Array.from({ length: 30 }, (_, index) => refusal({ at: START + index, code: String(index) })),
    );
    const [newest, next] = await refusals.list({ limit: 2 });
    expect(newest).toEqual({ ...refusal({ at: START + 29, code: '29' }), id: expect.any(Number) });
    expect(await refusals.list({ limit: 1, before: newest?.id })).toEqual([next]);
    expect(await refusals.list({ limit: 5, spId: 'sp-2' })).toMatchObject([{ appKey: 'app-2' }]);
    expect(await refusals.list({ limit: 5, appKey: 'app-2', spId: 'sp-1' })).toEqual([]);
    await refusals.trim(10, 0);
    expect((await refusals.list({ limit: 500 })).map(({ code }) => Number(code))).toEqual(
      Array.from({ length: 10 }, (_, index) => 29 - index),
    );
    await refusals.trim(10, START + 25);
    expect(await refusals.list({ limit: 500 })).toHaveLength(5);
  });

  it('holds limits whatever arrives at once, fails to be stored, waits, and is cut off by a crash', async () => {
    const stores = await open();
    let runs = 0;
    const property = fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 14 }), (sequence) =>
      limitsHold(stores, `run-${(runs += 1)}`, sequence),
    );
    await fc.assert(property, { numRuns: 30, seed: 22_300, endOnFailure: true });
  });
}

/** Requests that arrive at once, then time that passes; the process may die between any two of them. */
const steps = fc.record({
  requests: fc.array(
    fc.record({
      code: fc.boolean(),
      /** The database refuses it. */
      lost: fc.boolean(),
      /** The answer never leaves. */
      unanswered: fc.nat(9).map((chance) => chance === 0),
    }),
    { maxLength: 8 },
  ),
  hangUps: fc.nat(3),
  cancels: fc.boolean(),
  pass: fc.constantFrom(0, 300, 1_000, 4_000, 70_000),
  crash: fc.nat(4).map((chance) => chance === 0),
});

type Step = typeof steps extends fc.Arbitrary<infer Value> ? Value : never;

const PER_SECOND = 2;
const PER_DAY = 9;
const AT_ONCE = 3;
const WAIT = 3_000;

/** One process after another over one database, and one clock. */
class Platforms {
  readonly clock = new ManualClock();
  readonly appKey: string;
  readonly #stores: LimitStores;
  telephony = new ScriptedTelephony({});
  readonly #handedOver: Promise<void>[] = [];
  readonly #hungUp = new Set<ScriptedLeg>();
  /** Of dialled calls, when. */
  readonly dialled: number[] = [];
  readonly sessionsDialled = new Set<string>();
  lost = false;
  service!: CallService;
  created!: CreatedLimits;
  /** The process is gone: nothing that it still does reaches the database. */
  #alive = { is: true };

  constructor(stores: LimitStores, appKey: string) {
    this.#stores = stores;
    this.appKey = appKey;
  }

  /** Phones that neither side hung up. */
  get talking(): number {
    return this.telephony.legs.filter((leg) => !this.#hungUp.has(leg) && leg.hangUps.length === 0).length;
  }

  #handOver(written: Promise<void>): Promise<void> {
    this.#handedOver.push(written);
    return written;
  }

  /** So many phones that did not yet. */
  hangUp(count: number): void {
    const up = this.telephony.legs.filter((leg) => !this.#hungUp.has(leg));
    for (const leg of up.slice(0, count)) {
      this.#hungUp.add(leg);
      leg.hangUpByUser();
    }
  }

  async start(): Promise<void> {
    this.#alive.is = false;
    // What the database was given before, it writes before it is opened again.
    await Promise.allSettled(this.#handedOver);
    const alive = { is: true };
    this.#alive = alive;
    const { clock } = this;
    const gone = new Promise<never>(() => {});
    const own: Clock = {
      now: () => clock.now(),
      after: (milliseconds, action) => clock.after(milliseconds, () => alive.is && action()),
    };
    this.telephony = new ScriptedTelephony({
      A: (leg) => {
        if (!alive.is) return;
        this.dialled.push(clock.now());
        this.sessionsDialled.add(leg.request.sessionId);
        leg.answer();
      },
    });
    const { calls } = this.#stores;
    const quiet = (): void => {};
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const accounts = {
      app: async () => sampleApp(this.appKey),
      account: async () => sampleAccount('sp-1'),
      numbers: async () => [],
    };
    const { limits, refusals } = this.#stores;
    const options = { store: limits, refusalLog: refusals, accounts, now: () => clock.now(), log };
    this.created = createLimits(options);
    await this.created.load();
    let drawn = 0;
    this.service = new CallService({
      telephony: this.telephony,
      prompts: namedPrompts,
      recordings: namedRecordings,
      playing: {
        firstKeyTimeout: 5_000,
        interKeyTimeout: 3_000,
        bargeIn: false,
        hashEndsKeys: false,
        answeringMachine: 'off',
        maxReplays: 9,
        repeat: 'code',
      },
      store: {
        create: async (call, keyed) => {
          if (this.lost) throw new Error('The disk is full.');
          await (alive.is ? this.#handOver(calls.create(call, keyed)) : gone);
        },
        withdraw: (creations) => calls.withdraw(creations),
        commit: (...changes) => (alive.is ? this.#handOver(calls.commit(...changes)) : gone),
        unfinished: async () =>
          (await calls.unfinished()).filter((call) => call.owner.appKey === this.appKey),
        seenAlive: (at) => calls.seenAlive(at),
        lastSeenAlive: () => calls.lastSeenAlive(),
      },
      clock: own,
      bus: { publish: quiet, subscribe: () => quiet },
      random: { integer: (below) => (drawn = (drawn * 31 + clock.now() + 17) % 1_000_003) % below },
      log,
      hostName: `${this.appKey}-${(starts += 1)}.test`,
      ringTimeout: 60_000,
      portsPerCallback: 1,
      portsOfApp: async () => 10,
      admission: this.created.limits,
    });
    const recovery = await this.service.recover();
    await recovery.finished;
  }
}

let starts = 0;

const orderOf = (code: boolean): Order =>
  code
    ? {
        capability: 'verification',
        displayNbr: '+8675528000001',
        calleeNbr: '+8613500000002',
        preTone: 'pre.wav',
        verifyCode: '1234',
        times: 1,
      }
    : {
        capability: 'notification',
        displayNbr: '+8675528000001',
        calleeNbr: '+8613500000002',
        segments: [{ prompt: { kind: 'file', name: 'one.wav' }, collect: 0 }],
      };

async function limitsHold(stores: LimitStores, appKey: string, sequence: readonly Step[]): Promise<void> {
  const amounts = { callsPerSecond: PER_SECOND, callsPerDay: PER_DAY, concurrentCalls: AT_ONCE };
  const wanted = rule({ subject: appKey, ...amounts, excess: 'queue', longestWait: WAIT, since: 0 });
  await stores.limits.put({ kind: 'limit', owner: '', name: `app ${appKey}` }, wanted);
  const platforms = new Platforms(stores, appKey);
  await platforms.start();
  const accepted: number[] = [];
  const cancelled: string[] = [];
  for (const { requests, hangUps, cancels, pass, crash } of sequence) {
    const { service, clock, created } = platforms;
    const answers = requests.map(async ({ code, lost, unanswered }) => {
      platforms.lost = lost;
      const owner = { appKey, spId: 'sp-1' };
      const placing = service.place({ owner, ports: 10, order: orderOf(code), sandbox: false });
      platforms.lost = false;
      const placement = await placing;
      if (placement.kind === 'refused') return;
      expect(lost).toBe(false);
      accepted.push(clock.now());
      if (!unanswered || !crash) placement.start();
    });
    // A crash may come before the answers; what was stored by then is what counts.
    await Promise.all(answers);
    await settle();
    if (cancels) {
      const [waiting] = created.limits.waiting(clock.now());
      if (waiting) {
        expect(await service.stop(appKey, waiting.call.sessionId)).toBe(true);
        cancelled.push(waiting.call.sessionId);
      }
    }
    platforms.hangUp(hangUps);
    expect(platforms.talking).toBeLessThanOrEqual(AT_ONCE);
    if (crash) await platforms.start();
    await clock.advance(pass);
  }
  // All is over, and nothing is held that no call holds.
  const unfinished = async (): Promise<CallRecord[]> => {
    await platforms.clock.advance(1_000);
    platforms.hangUp(Infinity);
    return (await stores.calls.unfinished()).filter(ofApp(appKey));
  };
  await expect.poll(unfinished, { timeout: 10_000, interval: 5 }).toEqual([]);
  await expect.poll(() => platforms.service.runningCalls).toBe(0);
  const [use] = platforms.created.limitAdministration.use({
    owner: undefined,
    scope: 'app',
    subject: appKey,
  });
  expect(use ?? { running: 0, waiting: 0, voicePorts: 0 }).toMatchObject({
    running: 0,
    waiting: 0,
    voicePorts: 0,
  });
  expect(platforms.service.portsInUse).toBe(0);
  for (const sessionId of cancelled) expect(platforms.sessionsDialled).not.toContain(sessionId);
  for (const [index, time] of platforms.dialled.entries()) {
    const before = platforms.dialled[index - PER_SECOND];
    if (before !== undefined) expect(time - before).toBeGreaterThanOrEqual(1_000);
  }
  const days = Map.groupBy(accepted, (time) => Math.floor(time / 86_400_000));
  for (const ofDay of days.values()) expect(ofDay.length).toBeLessThanOrEqual(PER_DAY);
}

const ofApp =
  (appKey: string) =>
  ({ owner }: CallRecord): boolean =>
    owner.appKey === appKey;
