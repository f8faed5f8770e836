import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, settle } from '../../test/support/manual-clock.ts';
import {
  namedPrompts,
  namedRecordings,
  type Script,
  ScriptedTelephony,
} from '../../test/support/scripted-telephony.ts';
import { type Admission, unlimited } from './admission.ts';
import type { CallbackOrder, CallEvent, CallRecord } from './call-record.ts';
import { type CallRequest, CallService, type Placement } from './call-service.ts';
import type { CallChange, CallStore, DoubtfulCreation, PromptLibrary, RecordingStorage } from './ports.ts';
import { StoreUnavailableError } from './store-unavailable-error.ts';

const order: CallbackOrder = {
  capability: 'callback',
  displayNbr: '+8675528000001',
  callerNbr: '+8613500000001',
  displayCalleeNbr: '+8675528000002',
  calleeNbr: '+8613500000002',
  maxDuration: 0,
  lastMinToUE: 'both',
  playPreVoice: false,
  calleeMedia: 'all',
  recordFlag: false,
  partyTypeRequiredInDisconnect: true,
};

/** What stands for the disk here: it keeps every change, and can be full for a while. */
class Journalled implements CallStore {
  readonly created: CallRecord[] = [];
  readonly changes: CallChange[] = [];
  left: CallRecord[] = [];
  full = false;
  /** How creations fail. */
  failure: Error | undefined;

  async create(call: CallRecord): Promise<void> {
    if (this.full) throw new Error('disk full');
    if (this.failure) throw this.failure;
    this.created.push(call);
  }
  withdrawn: (readonly DoubtfulCreation[])[] = [];

  async withdraw(creations: readonly DoubtfulCreation[]): Promise<number> {
    if (this.full) throw new StoreUnavailableError('The database cannot be used: the disk is full.');
    this.withdrawn.push(creations);
    return creations.length;
  }
  async commit(...changes: readonly CallChange[]): Promise<void> {
    if (this.full) throw new Error('disk full');
    this.changes.push(...changes);
  }
  seenAt: number | undefined;

  async seenAlive(at: number): Promise<void> {
    if (this.full) throw new Error('disk full');
    this.seenAt = at;
  }
  async lastSeenAlive(): Promise<number | undefined> {
    return this.seenAt;
  }
  async unfinished(): Promise<CallRecord[]> {
    return this.left;
  }
}

let clock: ManualClock;
let store: Journalled;
let telephony: ScriptedTelephony;
let published: CallEvent[];
let service: CallService;
const logged: string[] = [];

function begin(
  scripts: Partial<Record<'A' | 'B', Script>> = {},
  recordings: Partial<RecordingStorage> = {},
  admission?: Admission,
  prompts = namedPrompts,
): void {
  clock = new ManualClock();
  store = new Journalled();
  telephony = new ScriptedTelephony(scripts);
  published = [];
  logged.length = 0;
  const log = (fields: object, message: string): void => {
    logged.push(`${JSON.stringify(fields)} ${message}`);
  };
  let drawn = 0;
  service = new CallService({
    telephony,
    prompts,
    recordings: { ...namedRecordings, ...recordings },
    playing: {
      firstKeyTimeout: 5_000,
      interKeyTimeout: 3_000,
      bargeIn: false,
      hashEndsKeys: false,
      answeringMachine: 'off',
      maxReplays: 9,
      repeat: 'code',
    },
    store,
    clock,
    hostName: 'ovc.test',
    ringTimeout: 60_000,
    portsPerCallback: 1,
    admission,
    bus: { publish: (event) => void published.push(event), subscribe: () => () => {} },
    random: { integer: (below) => drawn++ % below },
    log: { debug: log, info: log, warn: log, error: log },
  });
}

const request = (changes: Partial<CallbackOrder> = {}, rest: Partial<CallRequest> = {}): CallRequest => ({
  owner: { appKey: 'app', spId: 'sp' },
  ports: 10,
  order: { ...order, ...changes },
  statusUrl: 'http://receiver.test/status',
  feeUrl: 'http://receiver.test/fee',
  userData: 'u1',
  sandbox: false,
  ...rest,
});

async function accept(placing: Promise<Placement>): Promise<Placement & { kind: 'accepted' }> {
  const placement = await placing;
  if (placement.kind !== 'accepted') throw new Error(`refused with ${placement.code.code}`);
  return placement;
}

async function call(changes: Partial<CallbackOrder> = {}): Promise<string> {
  const placement = await accept(service.place(request(changes)));
  placement.start();
  await settle();
  return placement.sessionId;
}

const types = (): string[] =>
  store.changes.flatMap(({ event }) => (event ? `${event.type}${event.party ?? ''}` : []));
const cdrs = () => store.changes.flatMap(({ cdr }) => (cdr ? [cdr.fee] : []));
const answers: Script = (leg) => {
  leg.ring();
  leg.answer();
};

describe('a callback', () => {
  beforeEach(() => begin({ A: answers, B: answers }));

  it('rings A, then B, lets each hear the other and tells every step once, in order', async () => {
    const sessionId = await call();
    const [a, b] = [telephony.leg('A'), telephony.leg('B')];
    expect(a.request).toMatchObject({ display: '+8675528000001', to: '+8613500000001', sessionId });
    expect(b.request).toMatchObject({ display: '+8675528000002', to: '+8613500000002', sessionId });
    expect(a.heard).toEqual(['loop:waiting', 'leg:B']);
    expect(b.heard).toEqual(['leg:A']);
    await clock.advance(30_000);
    b.hangUpByUser();
    await settle();
    expect(a.hangUps).toEqual([16]);
    expect(types()).toEqual([
      'calloutA',
      'alertingA',
      'answerA',
      'calloutB',
      'alertingB',
      'answerB',
      'disconnectB',
    ]);
    const { statusPush } = store.changes.at(-1) ?? {};
    expect(JSON.parse(statusPush?.body ?? '')).toEqual({
      eventType: 'disconnect',
      statusInfo: {
        timestamp: '2026-01-01 00:00:30',
        userData: 'u1',
        sessionId,
        caller: '+8675528000002',
        called: '+8613500000002',
        partyType: 'callee',
        stateCode: 0,
        stateDesc: 'The user releases the call.',
      },
    });
    expect(cdrs()).toHaveLength(1);
    expect(cdrs()[0]).toMatchObject({
      direction: 0,
      callerNum: '+8675528000001',
      calleeNum: '+8613500000001',
      fwdDisplayNum: '+8675528000002',
      fwdDstNum: '+8613500000002',
      fwdAnswerTime: '2026-01-01 00:00:00',
      callEndTime: '2026-01-01 00:00:30',
      ulFailReason: 0,
      sipStatusCode: 0,
      callOutUnaswRsn: 0,
      fwdUnaswRsn: 0,
      serviceType: '002',
      hostName: 'ovc.test',
      userData: 'u1',
    });
    expect(cdrs()[0]?.failTime).toBeUndefined();
    expect(published.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(clock.pending).toBe(0);
    expect(service.runningCalls).toBe(0);
  });

  it('stores within a second that they hear each other, though nothing is told of it', async () => {
    await call();
    const joinedAt = clock.now();
    await clock.advance(1_000);
    expect(store.changes.at(-1)).toMatchObject({
      call: { state: 'running', played: { bridgedAt: joinedAt } },
    });
    expect(store.changes.at(-1)?.event).toBeUndefined();
  });

  it('leaves partyType out unless it was asked for', async () => {
    await call({ partyTypeRequiredInDisconnect: false });
    telephony.leg('A').hangUpByUser();
    await settle();
    expect(store.changes.at(-1)?.statusPush?.body).not.toContain('partyType');
  });

  it('ends at maxDuration with 8010, after a prompt a minute before to whom lastMinToUE names', async () => {
    await call({ maxDuration: 3, lastMinToUE: 'tob' });
    await clock.advance(119_999);
    expect(telephony.leg('B').heard).toEqual(['leg:A']);
    await clock.advance(1);
    expect(telephony.leg('B').heard).toEqual(['leg:A', 'prompt:last-minute']);
    telephony.leg('B').finishPrompt();
    await settle();
    expect(telephony.leg('B').heard.at(-1)).toBe('leg:A');
    expect(telephony.leg('A').heard).toEqual(['loop:waiting', 'leg:B']);
    await clock.advance(60_000);
    expect(cdrs()).toEqual([
      expect.objectContaining({ ulFailReason: 8010, callEndTime: '2026-01-01 00:03:00' }),
    ]);
    expect(JSON.parse(store.changes.at(-1)?.statusPush?.body ?? '').statusInfo).toMatchObject({
      stateCode: 8010,
      partyType: 'platform',
    });
  });

  it('plays the last-minute prompt at once when there is only one minute', async () => {
    await call({ maxDuration: 1 });
    await clock.advance(0);
    expect(telephony.leg('A').heard.at(-1)).toBe('prompt:last-minute');
    expect(telephony.leg('B').heard.at(-1)).toBe('prompt:last-minute');
  });

  it('plays the transfer prompt to its end before it dials B', async () => {
    await call({ playPreVoice: true });
    expect(telephony.legs).toHaveLength(1);
    expect(telephony.leg('A').heard).toEqual(['prompt:transfer']);
    telephony.leg('A').finishPrompt();
    await settle();
    expect(telephony.legs).toHaveLength(2);
  });

  it('is recorded as lost when a party vanishes', async () => {
    await call();
    telephony.leg('A').end({ kind: 'lost', reason: 'silent-media' });
    await settle();
    expect(cdrs()[0]).toMatchObject({ ulFailReason: 513 });
    expect(telephony.leg('B').hangUps).toHaveLength(1);
  });
});

describe('a callback that does not come about', () => {
  it.each([
    ['busy', 486, 8108, 17],
    ['unknown', 404, 8106, 1],
  ])('A is %s: one disconnect, one record about the first leg', async (_name, status, cause, q850) => {
    begin({ A: (leg) => leg.fail(status) });
    await call();
    expect(types()).toEqual(['calloutA', 'disconnectA']);
    expect(cdrs()[0]).toMatchObject({
      ulFailReason: cause,
      sipStatusCode: status,
      callOutUnaswRsn: q850,
      failTime: '2026-01-01 00:00:00',
    });
    expect(cdrs()[0]).not.toHaveProperty('fwdStartTime', expect.anything());
  });

  it('B is busy: A is hung up, the record tells of the second leg', async () => {
    begin({ A: answers, B: (leg) => leg.fail(486) });
    await call();
    expect(types()).toEqual(['calloutA', 'alertingA', 'answerA', 'calloutB', 'disconnectB']);
    expect(cdrs()[0]).toMatchObject({
      ulFailReason: 8102,
      sipStatusCode: 486,
      fwdUnaswRsn: 17,
      callOutUnaswRsn: 0,
    });
    expect(telephony.leg('A').hangUps).toHaveLength(1);
  });

  it('nothing but 100 comes back: never rang, so no ringing timed out', async () => {
    begin({ A: () => {} });
    await call();
    await clock.advance(60_000);
    expect(store.changes.at(-1)?.event?.stateCode).toBe(8001);
    expect(cdrs()[0]).toMatchObject({ ulFailReason: 513, sipStatusCode: 487, callOutUnaswRsn: 18 });
  });

  it('a failure is announced until the time-out: 8002', async () => {
    begin({ A: answers, B: (leg) => leg.announceFailure(20) });
    await call();
    await clock.advance(60_000);
    expect(store.changes.at(-1)?.event?.stateCode).toBe(8002);
  });

  it('nobody takes the phone: given up after the ring time-out with 8003', async () => {
    begin({ A: (leg) => leg.ring() });
    await call();
    await clock.advance(59_999);
    expect(cdrs()).toEqual([]);
    await clock.advance(1);
    expect(cdrs()[0]).toMatchObject({ ulFailReason: 514, sipStatusCode: 487, callOutUnaswRsn: 19 });
    expect(store.changes.at(-1)?.event?.stateCode).toBe(8003);
  });

  it.each([
    ['before B rings', (_leg: Parameters<Script>[0]): void => {}, 553],
    ['while B rings', (leg: Parameters<Script>[0]) => leg.ring(), 552],
  ] as const)('A hangs up %s: 8009, and B is given up', async (_name, script, teardownPoint) => {
    begin({ A: answers, B: script });
    await call();
    telephony.leg('A').hangUpByUser();
    await settle();
    expect(store.changes.at(-1)?.event?.stateCode).toBe(8009);
    expect(cdrs()[0]).toMatchObject({ ulFailReason: teardownPoint, sipStatusCode: 487, fwdUnaswRsn: 16 });
  });

  it('A hangs up during the transfer prompt: 8009 at 530, B is never dialled', async () => {
    begin({ A: answers });
    await call({ playPreVoice: true });
    telephony.leg('A').hangUpByUser();
    await settle();
    expect(cdrs()[0]).toMatchObject({ ulFailReason: 530 });
    expect(telephony.legs).toHaveLength(1);
  });
});

describe('what A hears while B is dialled', () => {
  const heardBy = async (calleeMedia: CallbackOrder['calleeMedia'], script: Script): Promise<string[]> => {
    begin({ A: answers, B: script });
    await call({ calleeMedia });
    return telephony.leg('A').heard;
  };
  const early: Script = (leg) => {
    leg.ring();
    leg.earlyMedia();
  };
  const announcement: Script = (leg) => {
    leg.announceFailure(20);
    leg.earlyMedia();
  };

  it('all: any early media of B', async () => {
    expect(await heardBy('all', early)).toEqual(['loop:waiting', 'leg:B']);
    expect(await heardBy('all', announcement)).toEqual(['loop:waiting', 'leg:B']);
  });
  it('none: the waiting tone until the answer', async () => {
    expect(await heardBy('none', early)).toEqual(['loop:waiting']);
    expect(await heardBy('none', announcement)).toEqual(['loop:waiting']);
  });
  it('fail: only a failure announcement', async () => {
    expect(await heardBy('fail', early)).toEqual(['loop:waiting']);
    expect(await heardBy('fail', announcement)).toEqual(['loop:waiting', 'leg:B']);
  });
});

describe('a fault of ours', () => {
  it('that keeps a leg from being dialled ends the call with 8000', async () => {
    begin({ A: answers });
    const dial = telephony.dial.bind(telephony);
    telephony.dial = (request, listener) => {
      if (request.party === 'B') throw new Error('no sandbox');
      return dial(request, listener);
    };
    await call();
    expect(store.changes.at(-1)?.event?.stateCode).toBe(8000);
    expect(cdrs()).toHaveLength(1);
    expect(telephony.leg('A').hangUps).toHaveLength(1);
  });
});

describe('stopping a call', () => {
  it.each([
    ['while A rings', {}],
    ['while B rings', { A: answers, B: (leg: Parameters<Script>[0]) => leg.ring() }],
    ['while they talk', { A: answers, B: answers }],
  ])('%s: 8017, by the platform', async (_name, scripts) => {
    begin(scripts);
    const sessionId = await call();
    expect(await service.stop('other', sessionId)).toBe(false);
    expect(await service.stop('app', 'unknown')).toBe(false);
    expect(await service.stop('app', sessionId)).toBe(true);
    expect(await service.stop('app', sessionId)).toBe(false);
    await settle();
    expect(cdrs()).toEqual([expect.objectContaining({ ulFailReason: 8017 })]);
    for (const leg of telephony.legs) expect(leg.hangUps).toHaveLength(1);
  });

  it('before it began: it never dials', async () => {
    begin();
    const placement = await accept(service.place(request()));
    expect(await service.stop('app', placement.sessionId)).toBe(true);
    placement.start();
    await settle();
    expect(telephony.legs).toEqual([]);
    expect(types()).toEqual(['disconnect']);
  });
});

describe('accepting', () => {
  it('gives an app its ports and no more, and gives them back', async () => {
    begin({ A: answers, B: answers });
    const first = await accept(service.place(request({}, { ports: 2 })));
    expect(first.idlePort).toBe(1);
    const second = await accept(service.place(request({}, { ports: 2 })));
    expect(second.idlePort).toBe(0);
    expect(await service.place(request({}, { ports: 2 }))).toMatchObject({ code: { code: '1020165' } });
    first.start();
    await settle();
    telephony.leg('A').hangUpByUser();
    await settle();
    expect(service.portsOf('app')).toBe(1);
  });

  it('refuses with 1010001 while nothing can be stored, and takes no port', async () => {
    begin();
    store.full = true;
    expect(await service.place(request())).toMatchObject({ kind: 'refused', code: { code: '1010001' } });
    expect(service.portsOf('app')).toBe(0);
  });

  it('removes refused calls whose commit is in doubt as soon as the database is there, and before a key is looked up', async () => {
    begin();
    store.failure = new StoreUnavailableError('The database cannot be used: silence.', { isInDoubt: true });
    const keyed = { key: 'order-1', digest: 'd', tellsIdlePort: false };
    expect(await service.place(request({}, { keyed }))).toMatchObject({ code: { code: '1010001' } });
    expect(service.portsOf('app')).toBe(0);
    store.full = true;
    await expect(service.refusalsSettled()).rejects.toThrow('the disk is full');
    await clock.advance(3_000);
    expect(store.withdrawn).toEqual([]);
    store.full = false;
    await service.refusalsSettled();
    expect(store.withdrawn).toMatchObject([[{ keyed: { appKey: 'app', key: 'order-1' } }]]);

    expect(await service.place(request())).toMatchObject({ kind: 'refused' });
    await clock.advance(1_000);
    expect(store.withdrawn).toHaveLength(2);
    await service.refusalsSettled();
    await clock.advance(60_000);
    expect(store.withdrawn).toHaveLength(2);
    // What is known not to be stored is left alone.
    store.failure = new StoreUnavailableError('The database cannot be used: it is locked.');
    await service.place(request());
    await clock.advance(2_000);
    expect(store.withdrawn).toHaveLength(2);
  });

  it('says once that changes cannot be stored, and once that they are', async () => {
    begin({ A: answers, B: answers });
    await call();
    store.full = true;
    telephony.leg('A').hangUpByUser();
    await clock.advance(5_000);
    const about = (text: string): string[] => logged.filter((line) => line.includes(text));
    expect(about('trying again')).toHaveLength(1);
    expect(about('after all')).toHaveLength(0);
    store.full = false;
    await clock.advance(5_000);
    expect(about('trying again')).toHaveLength(1);
    expect(about('after all')).toEqual([expect.stringContaining('"attempts":')]);
  });
});

describe('while the database is away', () => {
  /** A rings when it goes away. */
  async function ringing(): Promise<void> {
    begin({ A: (leg) => leg.ring(), B: answers });
    telephony.stepwise = true;
    const placement = await accept(service.place(request()));
    placement.start();
    await settle();
    expect(telephony.leg('A').steps).toEqual(['INVITE']);
    store.full = true;
  }
  const times = (): number[] => store.changes.flatMap(({ event }) => (event ? [event.at] : []));

  it('a running call goes on to its own end, and is told of when it is stored', async () => {
    await ringing();
    const before = [store.changes.length, published.length];
    await clock.advance(1_000);
    const answeredAt = clock.now();
    telephony.leg('A').answer();
    await clock.advance(60_000);
    expect(telephony.leg('B').heard).toEqual(['leg:A']);
    expect(service.unrecordedCalls).toBe(1);
    const leftAt = clock.now();
    telephony.leg('B').hangUpByUser();
    await clock.advance(3_600_000);
    expect([store.changes.length, published.length]).toEqual(before);
    store.full = false;
    await clock.advance(5_000);
    expect(types().join()).toBe('calloutA,alertingA,answerA,calloutB,alertingB,answerB,disconnectB');
    expect(times()[2]).toBe(answeredAt);
    expect(times().at(-1)).toBe(leftAt);
    expect(published.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(cdrs()).toEqual([expect.objectContaining({ ulFailReason: 0 })]);
    expect([service.unrecordedCalls, service.runningCalls]).toEqual([0, 0]);
    expect(clock.pending).toBe(0);
    expect(logged.join('\n')).not.toMatch(/\+86|135000/);
  });

  it('its steps wait four seconds to be stored, all together, and are counted and taken then', async () => {
    await ringing();
    telephony.leg('A').answer();
    await clock.advance(3_999);
    expect(telephony.leg('A').steps).toEqual(['INVITE']);
    expect(service.unrecordedSteps).toBe(0);
    await clock.advance(1);
    expect(telephony.leg('A').steps).toEqual(['INVITE', 'ACK']);
    expect(telephony.leg('B').steps).toEqual(['INVITE', 'ACK']);
    expect(service.unrecordedSteps).toBe(3);
    store.full = false;
    await clock.advance(5_000);
    expect(telephony.leg('A').steps).toHaveLength(2);
    expect(service.unrecordedSteps).toBe(3);
  });

  it('its steps are taken as soon as they are stored', async () => {
    await ringing();
    telephony.leg('A').answer();
    await clock.advance(2_000);
    store.full = false;
    await clock.advance(1_900);
    expect(telephony.leg('B').steps).toEqual(['INVITE', 'ACK']);
    expect(service.unrecordedSteps).toBe(0);
  });

  it('a call that has rung nobody rings nobody, and is given up after ten seconds', async () => {
    begin({ A: answers });
    telephony.stepwise = true;
    const placement = await accept(service.place(request()));
    store.full = true;
    placement.start();
    await clock.advance(9_999);
    expect(telephony.leg('A').hangUps).toHaveLength(0);
    await clock.advance(1);
    expect(telephony.leg('A').hangUps).toHaveLength(1);
    expect(telephony.leg('A').steps).toEqual([]);
    store.full = false;
    await clock.advance(10_000);
    expect(cdrs()).toEqual([expect.objectContaining({ ulFailReason: 8000 })]);
  });

  describe('a call whose turn comes', () => {
    /** It waits for a minute at most. A call that runs has brought to light that nothing can be stored. */
    async function waiting(): Promise<string> {
      let waits: CallRecord[] = [];
      let isFirst = true;
      const place = { position: 1, expectedStart: 0, expiresAt: Date.UTC(2026, 0, 1, 0, 1) };
      const queue: Admission = {
        ...unlimited,
        admit: (record) => {
          if (!isFirst) return waits.push(record), { kind: 'queued', place, idlePort: 1 };
          isFirst = false;
          return { kind: 'admitted', idlePort: 1 };
        },
        due: () => {
          const start = waits;
          waits = [];
          return { start, expired: [], next: undefined };
        },
      };
      begin({ A: (leg) => leg.ring(), B: answers }, {}, queue);
      telephony.stepwise = true;
      await call();
      const placement = await accept(service.place(request()));
      store.full = true;
      telephony.leg('A').fail(486);
      await settle();
      placement.start();
      await clock.advance(30_000);
      expect(telephony.legs).toHaveLength(1);
      return placement.sessionId;
    }

    it('waits on until it is back', async () => {
      await waiting();
      store.full = false;
      await clock.advance(1_000);
      expect(telephony.legs.map(({ steps }) => steps)).toEqual([['INVITE'], ['INVITE']]);
    });

    it('is given up, unmade, when its time to wait is over', async () => {
      await waiting();
      await clock.advance(31_000);
      store.full = false;
      await clock.advance(5_000);
      expect(telephony.legs).toHaveLength(1);
      expect(cdrs().map(({ ulFailReason }) => ulFailReason)).toEqual([8000, 8108]);
    });

    it('can be stopped meanwhile', async () => {
      const sessionId = await waiting();
      const stopped = service.stop('app', sessionId);
      store.full = false;
      await clock.advance(5_000);
      expect(await stopped).toBe(true);
      expect(cdrs().map(({ ulFailReason }) => ulFailReason)).toEqual([8017, 8108]);
    });
  });

  it('a prompt is asked for until it is back', async () => {
    let asked = 0;
    const prompts: PromptLibrary = {
      get: (...wanted) => {
        asked += 1;
        if (store.full) return Promise.reject(new StoreUnavailableError('away'));
        return namedPrompts.get(...wanted);
      },
    };
    begin({ A: answers, B: answers }, {}, undefined, prompts);
    const placement = await accept(service.place(request()));
    store.full = true;
    placement.start();
    await clock.advance(3_000);
    expect(telephony.legs).toEqual([]);
    store.full = false;
    await clock.advance(1_000);
    expect(telephony.legs).toHaveLength(2);
    expect(asked).toBeGreaterThan(2);
  });

  it('a notification collects its keys', async () => {
    begin({ A: answers });
    const segments = [{ prompt: { kind: 'file', name: 'alarm.wav' } as const, collect: 1, replayOn: '*' }];
    const order = {
      capability: 'notification' as const,
      displayNbr: '+8675528000001',
      calleeNbr: '+8613500000001',
      segments,
    };
    const placement = await accept(service.place({ ...request(), order }));
    placement.start();
    await settle();
    store.full = true;
    const leg = telephony.leg('A');
    for (const key of ['*', '1'] as const) {
      leg.finishPrompt();
      await settle();
      leg.press(key, '#');
      await clock.advance(10_000);
    }
    expect(leg.hangUps).toHaveLength(1);
    store.full = false;
    await clock.advance(5_000);
    expect(types().slice(-3)).toEqual(['collectInfoA', 'collectInfoA', 'disconnectA']);
    expect(cdrs()).toEqual([expect.objectContaining({ ulFailReason: 0 })]);
  });

  it('a stop says how many calls it leaves unrecorded', async () => {
    await ringing();
    telephony.leg('A').answer();
    await clock.advance(10_000);
    const drained = service.drain(60_000);
    await clock.advance(65_000);
    expect(await drained).toBe(1);
    expect(logged.join('\n')).toContain('{"calls":1} calls could not be recorded before the stop');
  });
});

describe('start and stop of the platform', () => {
  it('gives what a crash left its record, honestly', async () => {
    begin();
    await accept(service.place(request()));
    store.left = structuredClone(store.created);
    const { calls, finished } = await service.recover();
    await finished;
    expect(calls).toBe(1);
    expect(types()).toEqual(['disconnect']);
    expect(cdrs()).toEqual([expect.objectContaining({ ulFailReason: 8000 })]);
  });

  it('releases the far ends of what a crash left, and forgets them with the record', async () => {
    begin();
    await accept(service.place(request()));
    const [left] = structuredClone(store.created);
    left!.legs.push({ party: 'A', display: '+1', to: '+2', startedAt: clock.now(), trace: 'INVITE of A' });
    store.left = [left!];
    await (await service.recover()).finished;
    expect(telephony.released).toEqual(['INVITE of A']);
    expect(store.changes.at(-1)!.call.legs).toEqual([expect.not.objectContaining({ trace: 'INVITE of A' })]);
    expect(cdrs()).toHaveLength(1);
  });

  it('reads how long a recording became that a crash cut off', async () => {
    const asked: string[] = [];
    begin({}, { lengthOf: async (name) => (asked.push(name), 2_400) });
    await accept(service.place(request()));
    const [left] = structuredClone(store.created);
    left!.recording = { startedAt: clock.now(), objectName: 'cut.wav', bucketName: 'b', domain: 'd' };
    store.left = [left!];
    await (await service.recover()).finished;
    expect(asked).toEqual(['cut.wav']);
    expect(store.changes.at(-1)!.call.recording).toMatchObject({
      objectName: 'cut.wav',
      milliseconds: 2_400,
    });
  });

  it('dates a crash by when calls were last seen alive, not by the next start', async () => {
    begin({ A: answers, B: answers });
    const stop = service.noteLife();
    await call();
    await clock.advance(12_000);
    stop();
    expect(clock.pending).toBe(0);
    store.left = [structuredClone(store.changes.at(-1)!.call)];
    await clock.advance(8 * 3_600_000);
    await (await service.recover()).finished;
    expect(cdrs().at(-1)).toMatchObject({ callEndTime: '2026-01-01 00:00:10', ulFailReason: 8000 });
  });

  it('dates a crash no earlier than the last event that was told', async () => {
    begin();
    await accept(service.place(request()));
    const [left] = structuredClone(store.created);
    left!.played = {
      ttsPlayTimes: 0,
      ttsMilliseconds: 0,
      collected: ['1'],
      collectedAt: clock.now() + 4_000,
    };
    store.left = [left!];
    await clock.advance(60_000);
    await (await service.recover()).finished;
    expect(cdrs().at(-1)).toMatchObject({ callEndTime: '2026-01-01 00:00:04' });
  });

  it('drains: takes no new call, lets running ones end, releases them when the time is over', async () => {
    begin({ A: answers, B: answers });
    await call();
    const drained = service.drain(60_000);
    expect(await service.place(request())).toMatchObject({ code: { code: '1010010' } });
    await clock.advance(60_000);
    await drained;
    expect(cdrs()).toEqual([expect.objectContaining({ ulFailReason: 8020 })]);
    expect(clock.pending).toBe(0);
  });
});
