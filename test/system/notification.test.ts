import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSound } from '../support/correlation.ts';
import { eventually } from '../support/peer-process.ts';
import { heardBy, type PhoneRecording } from '../support/phone-recording.ts';
import { type EndedCall, storyOf } from '../support/platform-client.ts';
import { TestPlatform } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { EXAMPLE_DISPLAY, sweep, VoiceCustomer } from '../support/voice-customer.ts';

/** Who is called. */
const phones = {
  talker: '+8613500000001',
  presses1: '+8613500000030',
  presses37: '+8613500000031',
  presses37ByInfo: '+8613500000032',
  presses37InBand: '+8613500000033',
  voicemail: '+8613500000034',
  person: '+8613500000035',
} as const;

/** Share of a file that must be heard: a busy machine loses packets. */
const FOUND = 0.7;

let platform: TestPlatform;
let customer: VoiceCustomer;
let receiver: Receiver;
/** What `test.wav` sounds like. */
let played: Int16Array;
let templateId: string;

beforeAll(async () => {
  platform = await TestPlatform.start();
  customer = await VoiceCustomer.of(platform, 'notification');
  receiver = await Receiver.start({ secrets: { [customer.app.appKey]: customer.app.appSecret } });
  played = await customer.upload('test.wav', sweep(400, 2_400, 1_500));
  const template = { name: 'Parcel', content: '快递${NUM_1}件,${DATE}。', approve: true };
  ({ templateId } = (await platform.admin('POST', '/templates', template)) as { templateId: string });
}, 60_000);
afterAll(async () => {
  await receiver.close();
  await platform[Symbol.asyncDispose]();
});

/** The official example (spec 03); the id of its template is ours, and so is the receiver of its pushes. */
const example = (calleeNbr: string): object => ({
  displayNbr: EXAMPLE_DISPLAY,
  calleeNbr,
  playInfoList: [
    { notifyVoice: 'test.wav' },
    {
      templateId,
      templateParas: ['3', '2017/07/16'],
      collectInd: 1,
      replayAfterCollection: 'true',
      collectContentTriggerReplaying: '1',
    },
  ],
  statusUrl: Buffer.from(receiver.url('/test')).toString('base64'),
  userData: 'customerId123',
});

const playing = (calleeNbr: string, segment: object): object => ({
  displayNbr: EXAMPLE_DISPLAY,
  calleeNbr,
  playInfoList: [{ notifyVoice: 'test.wav', ...segment }],
});

interface Pushed {
  readonly eventType: string;
  readonly statusInfo: { readonly sessionId: string; readonly [member: string]: unknown };
}

const pushesOf = ({ sessionId }: EndedCall): Pushed[] =>
  (receiver.bodies as Pushed[]).filter(({ statusInfo }) => statusInfo?.sessionId === sessionId);

const collected = ({ events }: EndedCall): unknown[] =>
  events.filter(({ type }) => type === 'collectInfo').map((event) => (event as { digits?: string }).digits);

/** Whether something sounds after `from`, a sample. */
const soundsAfter = ({ samples }: PhoneRecording, from: number): boolean =>
  samples.subarray(from).some((sample) => Math.abs(sample) > 1_000);

describe('a notification', { concurrent: true, timeout: 90_000 }, () => {
  it('of the official example plays both segments, and again on the key that asks for it', async () => {
    const call = await customer.called(example(phones.presses1));
    expect(storyOf(call.events)).toEqual([
      'callout A',
      'alerting A',
      'answer A',
      'collectInfo A',
      'disconnect A',
    ]);
    expect(collected(call)).toEqual(['1']);
    // Nothing is pressed after the replay.
    expect(call.events.at(-1)).toMatchObject({ stateCode: 8008 });
    expect(call.cdr).toMatchObject({
      serviceType: '001',
      callerNum: EXAMPLE_DISPLAY,
      calleeNum: phones.presses1,
      dynIVRPath: '1',
      ttsPlayTimes: 2,
      ulFailReason: 100,
      userData: 'customerId123',
    });
    const heard = await heardBy(platform, call.sessionId, 'A');
    const file = findSound(heard.samples, played);
    expect(file.share).toBeGreaterThan(FOUND);
    expect(soundsAfter(heard, file.at + played.length + 2_000)).toBe(true);
    await eventually(() => pushesOf(call).length === 5, 'all pushes of the call arrived');
    const collecting = pushesOf(call).filter(({ eventType }) => eventType === 'collectInfo');
    expect(collecting.map(({ statusInfo }) => statusInfo.digitInfo)).toEqual(['1']);
    expect(collecting[0]?.statusInfo).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      sessionId: call.sessionId,
      caller: EXAMPLE_DISPLAY,
      called: phones.presses1,
      digitInfo: '1',
      userData: 'customerId123',
    });
    expect(receiver.faults).toEqual([]);
  });

  it('to somebody who presses no key ends with 8008', async () => {
    const call = await customer.called(example(phones.talker));
    expect(call.events.at(-1)).toMatchObject({ stateCode: 8008 });
    expect(call.cdr).toMatchObject({ ulFailReason: 100 });
    expect(call.cdr).not.toHaveProperty('dynIVRPath');
    expect(call.cdr).toHaveProperty('dynIVRStartTime');
  });

  it.each(['presses37', 'presses37ByInfo', 'presses37InBand'] as const)(
    'collects 3, 7 and # of the phone that %s',
    async (phone) => {
      const call = await customer.called(playing(phones[phone], { collectInd: 3 }));
      expect(collected(call)).toEqual(['37#']);
      expect(call.cdr).toMatchObject({ dynIVRPath: '37#', ulFailReason: 0 });
    },
  );

  it('without keys to collect ends by itself when it was played', async () => {
    const call = await customer.called(playing(phones.person, {}));
    expect(storyOf(call.events)).toEqual(['callout A', 'alerting A', 'answer A', 'disconnect A']);
    expect(call.cdr).toMatchObject({ ulFailReason: 0, ttsPlayTimes: 0 });
    const { samples } = await heardBy(platform, call.sessionId, 'A');
    expect(findSound(samples, played).share).toBeGreaterThan(FOUND);
    // Another sound of the same length is not found in it.
    expect(findSound(samples, sweep(2_400, 400, 1_500)).share).toBeLessThan(0.3);
  });

  it('begins on a voicemail too, unless the operator has it wait', async () => {
    const call = await customer.called(playing(phones.voicemail, {}));
    expect(call.cdr).toMatchObject({ ulFailReason: 0 });
    const { samples } = await heardBy(platform, call.sessionId, 'A');
    expect(findSound(samples, played).share).toBeGreaterThan(FOUND);
  });

  it('whose file is not there ends with 8006 before anybody is rung', async () => {
    const call = await customer.called(playing(phones.talker, { notifyVoice: 'nowhere.wav' }));
    expect(call.legs).toEqual([]);
    expect(call.events.at(-1)).toMatchObject({ type: 'disconnect', stateCode: 8006 });
    expect(call.cdr).toMatchObject({ ulFailReason: 524 });
  });
});

it('ends what is collected at a # where the operator wants it', { timeout: 120_000 }, async () => {
  await using ending = await TestPlatform.start({ hashEndsKeys: true });
  const other = await VoiceCustomer.of(ending, 'notification');
  await other.upload('test.wav', sweep(400, 2_400, 500));
  const call = await other.called(playing(phones.presses37, { collectInd: 8 }));
  expect(collected(call)).toEqual(['37']);
  expect(call.cdr).toMatchObject({ dynIVRPath: '37', ulFailReason: 0 });
});

it('leaves no text and no key in the log', () => {
  const log = platform.logged.join('\n');
  for (const secret of ['快递', '2017/07/16', '37#', EXAMPLE_DISPLAY, '13500000030']) {
    expect(log).not.toContain(secret);
  }
});
