import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, settle } from '../../../test/support/manual-clock.ts';
import {
  namedPrompts,
  namedRecordings,
  type Script,
  type ScriptedLeg,
  ScriptedTelephony,
} from '../../../test/support/scripted-telephony.ts';
import type { PlayingRules } from '../call.ts';
import type { CallbackOrder, NotificationSegment, Order, VerificationOrder } from '../call-record.ts';
import { CallService } from '../call-service.ts';
import type { CallChange, CallStore, Standing } from '../ports.ts';

let clock: ManualClock;
let telephony: ScriptedTelephony;
let changes: CallChange[];
let service: CallService;

const answers: Script = (leg) => {
  leg.ring();
  leg.answer();
};

let frozen: string | undefined;
let standing: Standing | undefined;

function begin(playing: Partial<PlayingRules> = {}, scripts: Partial<Record<'A' | 'B', Script>> = {}): void {
  clock = new ManualClock();
  frozen = undefined;
  standing = undefined;
  telephony = new ScriptedTelephony({ A: answers, B: answers, ...scripts });
  changes = [];
  const store: CallStore = {
    create: async () => {},
    withdraw: async () => 0,
    commit: async (...some) => void changes.push(...some),
    unfinished: async () => [],
    seenAlive: async () => {},
    lastSeenAlive: async () => undefined,
  };
  const quiet = (): void => {};
  service = new CallService({
    telephony,
    store,
    clock,
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
      ...playing,
    },
    hostName: 'ovc.test',
    ringTimeout: 60_000,
    standing: async ({ owner }, display) =>
      owner.spId === frozen ? { kind: 'account-frozen' } : (standing ?? { kind: 'may-dial', display }),
    portsPerCallback: 1,
    bus: { publish: quiet, subscribe: () => quiet },
    random: { integer: () => 1 },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
}

async function place(order: Order): Promise<ScriptedLeg | undefined> {
  const placement = await service.place({
    owner: { appKey: 'app', spId: 'sp' },
    ports: 10,
    order,
    statusUrl: 'http://receiver.test/status',
    sandbox: false,
  });
  if (placement.kind !== 'accepted') throw new Error('refused');
  placement.start();
  await settle();
  return telephony.legs[0];
}

const notify = (...segments: NotificationSegment[]): Promise<ScriptedLeg | undefined> =>
  place({ capability: 'notification', displayNbr: '+8675528000001', calleeNbr: '+8613500000001', segments });

const verify = (order: Partial<VerificationOrder> = {}): Promise<ScriptedLeg | undefined> =>
  place({
    capability: 'verification',
    displayNbr: '+8675528000001',
    calleeNbr: '+8613500000001',
    preTone: 'pre.wav',
    verifyCode: '1234',
    times: 2,
    ...order,
  });

const file = (name: string, rest: Partial<NotificationSegment> = {}): NotificationSegment => ({
  prompt: { kind: 'file', name },
  collect: 0,
  ...rest,
});
const text = (words: string, rest: Partial<NotificationSegment> = {}): NotificationSegment => ({
  prompt: { kind: 'speech', text: words },
  collect: 0,
  ...rest,
});

/** Lets the prompt that plays come to its end. */
async function finish(leg: ScriptedLeg | undefined): Promise<void> {
  leg?.finishPrompt();
  await settle();
}

const types = (): string[] => changes.flatMap(({ event }) => (event ? [event.type] : []));
const stateCode = (): number | undefined => changes.at(-1)?.event?.stateCode;
const fee = () => changes.at(-1)?.cdr?.fee;
const digitInfo = (): string[] =>
  changes.flatMap(({ event }) => (event?.type === 'collectInfo' ? [event.digits ?? ''] : []));

describe('keys that a # ends', () => {
  it('are told without it, and at once', async () => {
    begin({ hashEndsKeys: true });
    const leg = await notify(file('menu.wav', { collect: 8 }));
    await finish(leg);
    leg?.press('3', '7', '#');
    await settle();
    expect(digitInfo()).toEqual(['37']);
    expect(types().at(-1)).toBe('disconnect');
    expect(fee()).toMatchObject({ dynIVRPath: '37' });
  });

  it('are told when the prompt is over, and what follows the # counts no more', async () => {
    begin({ hashEndsKeys: true });
    const leg = await notify(file('menu.wav', { collect: 8 }));
    leg?.press('3', '7', '#', '5');
    await finish(leg);
    expect(digitInfo()).toEqual(['37']);
  });

  it('may follow a # that belongs to what was pressed before', async () => {
    begin({ hashEndsKeys: true });
    const leg = await notify(file('menu.wav', { collect: 2 }));
    await finish(leg);
    leg?.press('#', '3', '7');
    await settle();
    expect(digitInfo()).toEqual(['37']);
  });

  it('are none where there is only a #', async () => {
    begin({ hashEndsKeys: true });
    const leg = await notify(file('menu.wav', { collect: 8 }));
    await finish(leg);
    leg?.press('#');
    await settle();
    await clock.advance(5_000);
    expect(stateCode()).toBe(8008);
  });
});

describe('a voice notification', () => {
  beforeEach(() => begin());

  it('plays its segments in order and hangs up by itself', async () => {
    const leg = await notify(file('one.wav'), text('two'));
    expect(leg?.heard).toEqual(['prompt:one.wav']);
    await finish(leg);
    expect(leg?.heard).toEqual(['prompt:one.wav', 'prompt:two']);
    await finish(leg);
    expect(types()).toEqual(['callout', 'alerting', 'answer', 'disconnect']);
    expect(stateCode()).toBe(0);
    expect(fee()).toMatchObject({
      serviceType: '001',
      callerNum: '+8675528000001',
      calleeNum: '+8613500000001',
      ttsPlayTimes: 1,
      // 800 ms of a voice's work, to the nearest second.
      ttsTransDuration: 1,
      ulFailReason: 0,
    });
    for (const member of ['fwdDisplayNum', 'fwdDstNum', 'dynIVRPath', 'recordObjectName']) {
      expect(fee()).not.toHaveProperty(member, expect.anything());
    }
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['missing.wav', file('missing.wav'), 8006, 524],
    ['a text nobody can speak', text('unspeakable'), 8005, 8005],
  ])('does not ring for %s', async (_name, segment, cause, teardownPoint) => {
    await notify(segment);
    expect(telephony.legs).toEqual([]);
    expect(stateCode()).toBe(cause);
    expect(fee()).toMatchObject({ ulFailReason: teardownPoint });
  });

  it('collects as many keys as asked, those pressed during the prompt included', async () => {
    const leg = await notify(file('menu.wav', { collect: 3 }));
    leg?.press('3');
    await finish(leg);
    leg?.press('7', '#');
    await settle();
    expect(digitInfo()).toEqual(['37#']);
    expect(fee()).toMatchObject({ dynIVRPath: '37#', ulFailReason: 0 });
    const push = changes.find(({ event }) => event?.type === 'collectInfo')?.statusPush;
    expect(JSON.parse(push?.body ?? '')).toMatchObject({
      eventType: 'collectInfo',
      statusInfo: { digitInfo: '37#', called: '+8613500000001' },
    });
  });

  it('takes what came when the time from key to key is over', async () => {
    const leg = await notify(file('menu.wav', { collect: 4 }));
    await finish(leg);
    leg?.press('1');
    await clock.advance(2_999);
    leg?.press('2');
    await clock.advance(2_999);
    expect(digitInfo()).toEqual([]);
    await clock.advance(1);
    expect(digitInfo()).toEqual(['12']);
  });

  it('ends with 8008 at 100 when nothing comes within five seconds', async () => {
    const leg = await notify(file('menu.wav', { collect: 1 }));
    await finish(leg);
    await clock.advance(4_999);
    expect(types()).not.toContain('disconnect');
    await clock.advance(1);
    expect(stateCode()).toBe(8008);
    expect(fee()).toMatchObject({ ulFailReason: 100 });
    expect(types()).not.toContain('collectInfo');
  });

  it('replays on the trigger, and any other key ends the call whatever segments follow', async () => {
    const leg = await notify(file('menu.wav', { collect: 1, replayOn: '1' }), file('bye.wav'));
    for (const key of ['1', '1', '2'] as const) {
      await finish(leg);
      leg?.press(key);
      await settle();
    }
    expect(leg?.heard).toEqual(['prompt:menu.wav', 'prompt:menu.wav', 'prompt:menu.wav']);
    expect(digitInfo()).toEqual(['1', '1', '2']);
    expect(types().at(-1)).toBe('disconnect');
    expect(stateCode()).toBe(0);
    expect(fee()).toMatchObject({ dynIVRPath: '1-1-2', ulFailReason: 0 });
    expect(clock.pending).toBe(0);
  });

  it('goes on to the next segment after keys that no replay was asked for', async () => {
    const leg = await notify(file('menu.wav', { collect: 1 }), file('bye.wav'));
    await finish(leg);
    leg?.press('2');
    await settle();
    expect(leg?.heard).toEqual(['prompt:menu.wav', 'prompt:bye.wav']);
    await finish(leg);
    expect(digitInfo()).toEqual(['2']);
    expect(stateCode()).toBe(0);
  });

  it('replays no more often than the setting allows', async () => {
    begin({ maxReplays: 1 });
    const leg = await notify(file('menu.wav', { collect: 1, replayOn: '1' }), file('bye.wav'));
    for (let round = 0; round < 2; round++) {
      await finish(leg);
      leg?.press('1');
      await settle();
    }
    expect(leg?.heard).toHaveLength(2);
    expect(types().at(-1)).toBe('disconnect');
  });

  it('lets a key stop the prompt where barge-in is set', async () => {
    begin({ bargeIn: true });
    const leg = await notify(file('menu.wav', { collect: 1 }));
    leg?.press('5');
    await settle();
    expect(leg?.heard).toEqual(['prompt:menu.wav', 'nothing']);
    expect(digitInfo()).toEqual(['5']);
  });

  it('tells of the callee who hangs up in the middle as a normal end by the callee', async () => {
    const leg = await notify(file('one.wav', { collect: 1 }));
    leg?.hangUpByUser();
    await settle();
    expect(stateCode()).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('uses the causes of a callee when nobody answers', async () => {
    begin({}, { A: (leg) => leg.fail(486) });
    await notify(file('one.wav'));
    expect(stateCode()).toBe(8102);
    expect(fee()).toMatchObject({ ulFailReason: 8102, callOutUnaswRsn: 17 });
  });
});

describe('an answering machine', () => {
  it('is not listened for unless the setting asks', async () => {
    begin();
    expect((await notify(file('one.wav')))?.watched).toBe(false);
  });

  it('is noted without delaying the first word', async () => {
    begin({ answeringMachine: 'note' });
    const leg = await notify(file('one.wav'));
    expect(leg?.heard).toEqual(['prompt:one.wav']);
    leg?.isTakenBy('machine');
    leg?.beep(clock.now());
    await finish(leg);
    expect(changes.at(-1)?.call.legs[0]).toMatchObject({
      answeredBy: { verdict: 'machine', confidence: 0.9 },
      beepAt: clock.now(),
    });
  });

  it('is hung up on, and a person is not', async () => {
    begin({ answeringMachine: 'hang-up' });
    (await notify(file('one.wav')))?.isTakenBy('machine');
    await settle();
    expect([telephony.legs[0]?.heard, stateCode()]).toEqual([[], 0]);
    begin({ answeringMachine: 'hang-up' });
    const person = await notify(file('one.wav'));
    person?.isTakenBy('person');
    await settle();
    expect(person?.heard).toEqual(['prompt:one.wav']);
  });

  it('is spoken to after its beep, and no verdict keeps anybody waiting for more than four seconds', async () => {
    begin({ answeringMachine: 'wait-for-beep' });
    const machine = await notify(file('one.wav'));
    machine?.isTakenBy('machine');
    await clock.advance(5_000);
    expect(machine?.heard).toEqual([]);
    machine?.beep(clock.now());
    await settle();
    expect(machine?.heard).toEqual(['prompt:one.wav']);
    begin({ answeringMachine: 'wait-for-beep' });
    const silent = await notify(file('one.wav'));
    await clock.advance(4_000);
    expect(silent?.heard).toEqual(['prompt:one.wav']);
  });
});

describe('a voice verification', () => {
  const playAll = async (leg: ScriptedLeg | undefined, most = 60): Promise<string[]> => {
    for (let prompt = 0; prompt < most && !types().includes('disconnect'); prompt++) {
      await finish(leg);
      await clock.advance(1_000);
    }
    return (leg?.heard ?? []).map((each) => each.replace('prompt:', ''));
  };
  const code = ['digit-1', 'digit-2', 'digit-3', 'digit-4'];

  it('plays preTone once, the code as often as asked, posTone once', async () => {
    begin();
    const heard = await playAll(await verify({ posTone: 'post.wav' }));
    expect(heard).toEqual(['pre.wav', ...code, ...code, 'post.wav']);
    expect(stateCode()).toBe(0);
    expect(fee()).toMatchObject({ serviceType: '001' });
    expect(JSON.stringify(changes.map(({ statusPush, cdr }) => [statusPush, cdr]))).not.toContain('1234');
  });

  it('keeps what was played and when, and nothing of the code', async () => {
    begin();
    await playAll(await verify({ posTone: 'post.wav' }));
    const { played } = changes.at(-1)!.call;
    expect(played?.prompts).toEqual([
      { at: expect.any(Number), party: 'A', kind: 'file', name: 'pre.wav' },
      { at: expect.any(Number), party: 'A', kind: 'code' },
      { at: expect.any(Number), party: 'A', kind: 'file', name: 'post.wav' },
    ]);
    const [first, , last] = played?.prompts ?? [];
    expect(last!.at).toBeGreaterThan(first!.at);
  });

  it('keeps the first fifty prompts alone', async () => {
    begin({ repeat: 'everything' });
    const leg = await verify({ times: 0, verifyCode: '12' });
    await playAll(leg, 400);
    leg?.hangUpByUser();
    await settle();
    expect(changes.at(-1)!.call.played?.prompts).toHaveLength(50);
  });

  it('repeats the tones too where the setting says everything', async () => {
    begin({ repeat: 'everything' });
    const heard = await playAll(await verify({ posTone: 'post.wav' }));
    expect(heard).toEqual(['pre.wav', ...code, 'post.wav', 'pre.wav', ...code, 'post.wav']);
  });

  it('goes on for ever with 0 times, until the callee hangs up', async () => {
    begin();
    const leg = await verify({ times: 0 });
    const heard = await playAll(leg, 41);
    expect(heard.length).toBeGreaterThan(40);
    leg?.hangUpByUser();
    await settle();
    expect(stateCode()).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('does not ring without its preTone', async () => {
    begin();
    await verify({ preTone: 'missing.wav' });
    expect(telephony.legs).toEqual([]);
    expect(stateCode()).toBe(8006);
  });
});

describe('the prompts and the recording of a callback', () => {
  const order: CallbackOrder = {
    capability: 'callback',
    displayNbr: '+8675528000001',
    callerNbr: '+8613500000001',
    displayCalleeNbr: '+8675528000001',
    calleeNbr: '+8613500000002',
    maxDuration: 0,
    lastMinToUE: 'both',
    playPreVoice: false,
    calleeMedia: 'none',
    recordFlag: false,
    partyTypeRequiredInDisconnect: false,
  };

  it('are the customer’s files where it names them', async () => {
    begin();
    const a = await place({
      ...order,
      playPreVoice: true,
      preVoice: 'pre.wav',
      waitVoice: 'wait.wav',
      callBackTone: 'greeting.wav',
      maxDuration: 1,
      lastMinVoice: 'minute.wav',
    });
    await finish(a);
    await finish(a);
    await clock.advance(0);
    expect(a?.heard).toEqual([
      'prompt:greeting.wav',
      'prompt:pre.wav',
      'loop:wait.wav',
      'leg:B',
      'prompt:minute.wav',
    ]);
  });

  it('record both at once where the app wants no hint, and after the file that is named', async () => {
    begin();
    await place({ ...order, recordFlag: true, recordHintOff: true });
    expect(telephony.leg('B').heard).toEqual(['leg:A']);
    expect(telephony.recordings).toHaveLength(1);
    begin();
    await place({ ...order, recordFlag: true, recordHintTone: 'hint.wav' });
    expect(telephony.leg('B').heard).toEqual(['prompt:hint.wav']);
  });

  it('record both after both heard the hint, and name the file in the call record', async () => {
    begin();
    const a = await place({ ...order, recordFlag: true });
    const b = telephony.leg('B');
    expect(a?.heard.at(-1)).toBe('prompt:recording');
    expect(b.heard).toEqual(['prompt:recording']);
    expect(telephony.recordings).toEqual([]);
    a?.finishPrompt();
    await finish(b);
    expect(telephony.recordings).toHaveLength(1);
    // A crash from here on leaves a record that names the file.
    expect(changes.at(-1)).toMatchObject({
      call: { state: 'running', recording: { bucketName: 'recordings' } },
    });
    expect(b.heard.at(-1)).toBe('leg:A');
    b.hangUpByUser();
    await settle();
    expect(telephony.stoppedRecordings).toBe(1);
    expect(fee()).toMatchObject({
      recordFlag: 1,
      recordStartTime: '2026-01-01 00:00:00',
      recordObjectName: expect.stringMatching(/^\d+_\d+_\d+_20260101000000\.wav$/),
      recordBucketName: 'recordings',
      recordDomain: 'ovc.test',
    });
    expect(changes.at(-1)?.call.recording?.milliseconds).toBe(5_000);
  });

  it('count as talk: the time that is allowed begins with the callee’s answer', async () => {
    begin();
    const a = await place({ ...order, recordFlag: true, maxDuration: 1 });
    expect(telephony.leg('B').heard).toEqual(['prompt:recording']);
    await clock.advance(59_999);
    expect(stateCode()).toBeUndefined();
    await clock.advance(1);
    expect(stateCode()).toBe(8010);
    expect(a?.heard.at(-1)).toBe('prompt:recording');
    expect(fee()).toMatchObject({ recordFlag: 0 });
  });

  it('end the call with 8015 when the recording cannot begin', async () => {
    begin();
    telephony.recordingFails = true;
    const a = await place({ ...order, recordFlag: true });
    a?.finishPrompt();
    await finish(telephony.leg('B'));
    expect(stateCode()).toBe(8015);
    expect(fee()).toMatchObject({ recordFlag: 0, ulFailReason: 507 });
  });
});

describe('an account that is frozen after its call was accepted', () => {
  it('dials nobody: a disconnect alone, and a record', async () => {
    begin();
    frozen = 'sp';
    expect(await notify(file('menu.wav'))).toBeUndefined();
    expect(types()).toEqual(['disconnect']);
    expect(stateCode()).toBe(7108);
    expect(fee()).toMatchObject({ ulFailReason: 7108 });
  });

  it('does not dial the callee of a callback whose caller answered', async () => {
    begin({}, { A: (leg) => leg.ring() });
    const a = await place({
      capability: 'callback',
      displayNbr: '+8675528000001',
      callerNbr: '+8613500000001',
      displayCalleeNbr: '+8675528000001',
      calleeNbr: '+8613500000002',
      maxDuration: 0,
      lastMinToUE: 'both',
      playPreVoice: false,
      calleeMedia: 'all',
      recordFlag: false,
      partyTypeRequiredInDisconnect: false,
    });
    frozen = 'sp';
    a?.answer();
    await settle();
    expect(telephony.legs).toHaveLength(1);
    expect(types()).toEqual(['callout', 'alerting', 'answer', 'disconnect']);
    expect(stateCode()).toBe(7108);
  });
});

describe('what changed since a call was accepted', () => {
  it('an app that is suspended dials nobody', async () => {
    begin();
    standing = { kind: 'not-permitted' };
    expect(await notify(file('menu.wav'))).toBeUndefined();
    expect(types()).toEqual(['disconnect']);
    expect(stateCode()).toBe(8018);
    expect(fee()).toMatchObject({ ulFailReason: 8018 });
  });

  it('a number that is suspended is not shown, and the record names the other one', async () => {
    begin({}, { A: (leg) => leg.ring() });
    standing = { kind: 'may-dial', display: '+8675528000007' };
    const a = await notify(file('menu.wav'));
    expect(telephony.legs[0]?.request.display).toBe('+8675528000007');
    a?.fail(486);
    await settle();
    expect(fee()).toMatchObject({ callerNum: '+8675528000007', bindNum: '+8675528000007' });
  });
});
