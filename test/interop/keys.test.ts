import { afterAll, beforeAll, expect, it } from 'vitest';
import { dtmfTone } from '../../src/audio/dtmf-tones.ts';
import { sequence, silence } from '../../src/audio/tone.ts';
import { Baresip } from '../support/baresip.ts';
import { correlate } from '../support/correlation.ts';
import { installed, outwardAddress } from '../support/peer-process.ts';
import type { EndedCall } from '../support/platform-client.ts';
import { Receiver } from '../support/receiver.ts';
import {
  pause,
  pressKeyAs,
  pressKeys,
  type SdpOptions,
  type Step,
  stream,
  writeAudioFile,
} from '../support/sipp.ts';
import { EXAMPLE_DISPLAY, sweep, VoiceCustomer } from '../support/voice-customer.ts';
import { describeWith, Network, type Phone, sippBehindKamailio, story } from './network.ts';
import { answers, isHungUp, presses, pressesByInfo, rings } from './phone-steps.ts';

const SAME = 0.9;
/** What is played before the keys, ms; and when phones press them, after the answer. */
const PROMPT = 500;
const AFTER_PROMPT = 1_500;

const host = outwardAddress();
const hasBaresip = host !== undefined && installed('baresip');

describeWith(sippBehindKamailio, 'keys of phones behind Kamailio', () => {
  let network: Network;
  let notifier: VoiceCustomer;
  let receiver: Receiver;
  let prompt: Int16Array;

  beforeAll(async () => {
    network = await Network.start({ ...(host && { host }), flags: { interKeyTimeout: '4s' } });
    notifier = await VoiceCustomer.of(network.platform, 'notification');
    const { appKey, appSecret } = notifier.app;
    receiver = await Receiver.start({ secrets: { [appKey]: appSecret } });
    prompt = await notifier.upload('press.wav', sweep(400, 1_400, PROMPT));
  });
  afterAll(async () => {
    await network?.[Symbol.asyncDispose]();
    await receiver?.close();
  });

  const order = (phone: Phone, segment: object): object => {
    const url = Buffer.from(receiver.url('/keys')).toString('base64');
    return {
      displayNbr: EXAMPLE_DISPLAY,
      calleeNbr: network.numberOf(phone),
      playInfoList: [{ notifyVoice: 'press.wav', collectInd: 3, ...segment }],
      statusUrl: url,
      feeUrl: url,
    };
  };

  /** The keys of a call as its pushes told them, and its CDR. */
  async function pushed({ sessionId }: EndedCall): Promise<{ digits: unknown[]; path: unknown }> {
    const fee = await receiver.feeOf(sessionId);
    const collected = receiver.statusesOf(sessionId, 'collectInfo');
    return { digits: collected.map(({ digitInfo }) => digitInfo), path: fee.dynIVRPath };
  }

  /** A phone that waits until the prompt is over, then does what is said. */
  const pressing = (description: SdpOptions, ...steps: readonly Step[]): Step[] => [
    ...rings(),
    ...answers(description),
    pause(AFTER_PROMPT),
    ...steps,
    ...isHungUp(),
  ];

  async function called(steps: readonly Step[], segment: object = {}): Promise<EndedCall> {
    await using phone = await network.phone(steps);
    return await network.ended(await notifier.accepted(order(phone, segment)), phone);
  }

  /** As it sounds when the keys are pressed that long after the answer; and silence, as long as anybody listens. */
  const keypad = (keys: string): string => {
    const sounds = [...keys].flatMap((key) => [dtmfTone(key), silence(100)]);
    return writeAudioFile(
      network.directory,
      `keypad-${keys.length}`,
      sequence(silence(AFTER_PROMPT), ...sounds, silence(30_000)),
    );
  };

  const byPcap = (payloadType: number): Step[] =>
    [...'37#'].flatMap((key) => [pause(300), pressKeyAs(network.directory, key, payloadType)]);

  const ways: readonly [way: string, steps: () => Step[]][] = [
    ['telephone-events', () => pressing({ port: 'media_port' }, ...presses('37#'))],
    [
      'telephone-events of the payload type that the phone chose',
      () => pressing({ port: 'media_port', telephoneEvent: 121 }, ...byPcap(121)),
    ],
    [
      'telephone-events of the payload type that we chose and not the phone',
      () => pressing({ port: 'media_port', telephoneEvent: 121 }, ...byPcap(101)),
    ],
    [
      'telephone-events among packets of a payload type that was not agreed',
      () => pressing({ port: 'media_port', telephoneEvent: 96 }, pressKeys('37#')),
    ],
    ['INFO, application/dtmf-relay', () => pressing({ telephoneEvent: null }, ...pressesByInfo('37#'))],
    [
      'INFO, application/dtmf',
      () => pressing({ telephoneEvent: null }, ...pressesByInfo('37#', 'application/dtmf')),
    ],
    ['tones', () => [...rings(), ...answers({ telephoneEvent: null }), stream(keypad('37#')), ...isHungUp()]],
  ];

  it.each(ways)('3, 7 and # sent as %s arrive in the push and in the CDR', async (_, steps) => {
    const call = await called(steps());
    expect(story(call)).toEqual(['callout A', 'alerting A', 'answer A', 'collectInfo A', 'disconnect A']);
    expect(call.events.at(-1)).toMatchObject({ stateCode: 0 });
    expect(await pushed(call)).toEqual({ digits: ['37#'], path: '37#' });
  });

  it.skipIf(!hasBaresip)('3, 7 and # that baresip presses arrive in the push and in the CDR', async () => {
    const { directory } = network;
    await using phone = await Baresip.start({ directory, host: network.host, tone: 900 });
    const sessionId = await notifier.accepted(order(phone, {}));
    await network.platform.until(sessionId, 'answer', 'A');
    await network.talkTo(phone, PROMPT);
    for (const key of '37#') await phone.command('sndcode', key);
    const call = await network.ended(sessionId);
    expect(await pushed(call)).toEqual({ digits: ['37#'], path: '37#' });
  });

  it('tones are no keys where telephone-events were agreed', async () => {
    const call = await called([...rings(), ...answers(), stream(keypad('37##')), ...isHungUp()]);
    expect(call.events.at(-1)).toMatchObject({ stateCode: 8008 });
  });

  it('pressed while the prompt plays count; fewer than asked for are told when no more come', async () => {
    const call = await called([
      ...rings(),
      ...answers({ port: 'media_port' }),
      ...presses('3'),
      pause(PROMPT),
      ...presses('7'),
      ...isHungUp(),
    ]);
    expect(await pushed(call)).toEqual({ digits: ['37'], path: '37' });
  });

  it('that ask for it have the prompt played again, and others do not', async () => {
    await using phone = await network.phone(
      pressing({ port: 'media_port' }, ...presses('1'), pause(AFTER_PROMPT), ...presses('#')),
    );
    const segment = {
      collectInd: 1,
      replayAfterCollection: 'true',
      collectContentTriggerReplaying: '1',
    };
    const call = await network.ended(await notifier.accepted(order(phone, segment)), phone);
    expect(await pushed(call)).toEqual({ digits: ['1', '#'], path: '1-#' });
    const { samples } = await network.sentTo(phone);
    const first = correlate(samples, prompt);
    const second = correlate(samples, prompt, first.at + prompt.length);
    expect(Math.min(first.likeness, second.likeness)).toBeGreaterThan(SAME);
    expect(correlate(samples, prompt, second.at + prompt.length).likeness).toBeLessThan(SAME / 2);
  });

  it('none at all end the call with 8008', async () => {
    const call = await called([...rings(), ...answers(), ...isHungUp()]);
    expect(call.events.at(-1)).toMatchObject({ stateCode: 8008 });
    expect(call.cdr).toMatchObject({ ulFailReason: 100 });
    expect(await pushed(call)).toEqual({ digits: [], path: undefined });
  });
});
