import { afterAll, beforeAll, expect, it } from 'vitest';
import { correlate, occurrences } from '../support/correlation.ts';
import { eventually } from '../support/peer-process.ts';
import type { EndedCall } from '../support/platform-client.ts';
import { Receiver } from '../support/receiver.ts';
import type { CapturedStream } from '../support/rtp-capture.ts';
import { pause, type SdpOptions } from '../support/sipp.ts';
import { spokenPrompt } from '../support/spoken-prompt.ts';
import { EXAMPLE_CALLEE, EXAMPLE_DISPLAY, sweep, VoiceCustomer } from '../support/voice-customer.ts';
import { describeWith, Network, sippBehindKamailio, story } from './network.ts';
import { answers, isHungUp, presses, rings } from './phone-steps.ts';

/** Normalised cross-correlation from which on a sound counts as the one that was to be played. */
const SAME = 0.9;
/** Milliseconds from the ACK to the first sound of a prompt. */
const AT_ONCE = 40;
/** What no sample exceeds where nothing sounds. */
const QUIET = 100;

/** Who is called in the official example. The segments last some four seconds, and a key may come within five more. */
const exampleCallee = [
  ...rings(),
  ...answers({ port: 'media_port' }),
  pause(6_000),
  ...presses('1'),
  pause(5_000),
  ...presses('#'),
  ...isHungUp(),
];

describeWith(sippBehindKamailio, 'notifications to SIPp phones behind Kamailio', () => {
  let network: Network;
  let notifier: VoiceCustomer;
  /** Voice files as calls play them. */
  let rising: Int16Array;
  let falling: Int16Array;

  beforeAll(async () => {
    // Listening for answering machines must not delay anything.
    const flags = { answeringMachine: 'note' };
    network = await Network.start({ flags, phones: { [EXAMPLE_CALLEE]: exampleCallee } });
    notifier = await VoiceCustomer.of(network.platform, 'notification');
    rising = await notifier.upload('rising.wav', sweep(400, 2_400, 1_500));
    falling = await notifier.upload('falling.wav', sweep(3_000, 1_000, 1_000));
  });
  afterAll(() => network?.[Symbol.asyncDispose]());

  interface Told {
    readonly call: EndedCall;
    readonly sent: CapturedStream;
  }

  /** A phone of its own takes a call, and listens until it is hung up. */
  async function told(customer: VoiceCustomer, order: object, description: SdpOptions = {}): Promise<Told> {
    await using phone = await network.phone([...rings(), ...answers(description), ...isHungUp()]);
    const calleeNbr = network.numberOf(phone);
    const call = await network.ended(await customer.accepted({ ...order, calleeNbr }), phone);
    expect(story(call)).toEqual(['callout A', 'alerting A', 'answer A', 'disconnect A']);
    expect(call.cdr).toMatchObject({ serviceType: '001', ulFailReason: 0, sipStatusCode: 0 });
    return { call, sent: await network.sentTo(phone) };
  }

  const notified = (segments: readonly object[], description?: SdpOptions): Promise<Told> =>
    told(notifier, { displayNbr: EXAMPLE_DISPLAY, playInfoList: segments }, description);

  /** Milliseconds from our ACK to the packet with that sample. */
  async function delay({ call, sent }: Told, sample: number): Promise<number> {
    return sent.timeOf(sample) - (await network.wire.acknowledgedAt(call.legs[0]?.callId ?? ''));
  }

  it.each([
    { codec: 'PCMA', payloadType: 8 },
    { codec: 'PCMU', payloadType: 0 },
  ] as const)(
    'a file is heard from the answer on by a phone with $codec only',
    // A busy machine may be late once, and not always.
    { retry: 3 },
    async ({ codec, payloadType }) => {
      const told = await notified([{ notifyVoice: 'rising.wav' }], { codecs: [codec] });
      expect([...told.sent.payloadTypes]).toEqual([payloadType]);
      const { samples } = told.sent;
      const { likeness, at } = correlate(samples, rising);
      expect(likeness).toBeGreaterThan(SAME);
      expect(await delay(told, at)).toBeLessThanOrEqual(AT_ONCE);
      // What sounds otherwise is not found in it.
      expect(correlate(samples, falling).likeness).toBeLessThan(SAME / 2);
    },
  );

  it('two files are heard one after the other', async () => {
    const { sent } = await notified([{ notifyVoice: 'rising.wav' }, { notifyVoice: 'falling.wav' }]);
    const { samples } = sent;
    const first = correlate(samples, rising);
    const second = correlate(samples, falling);
    expect(Math.min(first.likeness, second.likeness)).toBeGreaterThan(SAME);
    const end = first.at + rising.length;
    expect(second.at).toBeGreaterThanOrEqual(end);
    expect(samples.subarray(end, second.at).every((sample) => Math.abs(sample) < QUIET)).toBe(true);
  });

  it('the official example is heard, and its second segment again on the key that asks for it', async () => {
    const { appKey, appSecret } = notifier.app;
    await using receiver = await Receiver.start({ secrets: { [appKey]: appSecret } });
    const file = await notifier.upload('test.wav', sweep(500, 1_500, 800));
    const text = { name: 'Visit', content: '您有${NUM_1}位访客，${DATE}到。', approve: true };
    const { templateId } = (await network.platform.admin('POST', '/templates', text)) as {
      templateId: string;
    };
    const phone = network.phoneOf(EXAMPLE_CALLEE);
    // To the letter (spec 03), but for the template, which is ours, and the receiver, which is nobody else's.
    const sessionId = await notifier.accepted({
      displayNbr: EXAMPLE_DISPLAY,
      calleeNbr: EXAMPLE_CALLEE,
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
    const call = await network.ended(sessionId, phone);
    expect(call.cdr).toMatchObject({ ulFailReason: 0, dynIVRPath: '1-#', ttsPlayTimes: 2 });
    const { samples } = await network.sentTo(phone);
    const spoken = spokenPrompt(network.platform.data, '您有3位访客，2017/07/16到。');
    const [segment, ...replays] = occurrences(samples, spoken, SAME);
    expect(replays).toHaveLength(1);
    const played = correlate(samples, file);
    expect(played.likeness).toBeGreaterThan(SAME);
    expect(segment).toBeGreaterThanOrEqual(played.at + file.length);
    await eventually(() => receiver.statusesOf(sessionId, 'disconnect').length > 0, 'the end is pushed');
    const collected = receiver.statusesOf(sessionId, 'collectInfo');
    expect(collected).toMatchObject([
      { digitInfo: '1', userData: 'customerId123' },
      { digitInfo: '#', userData: 'customerId123' },
    ]);
    expect(receiver.faults).toEqual([]);
  });

  it('a template is spoken, with the same audio to everybody', async () => {
    const template = { name: 'Parcel', content: '您有${NUM_1}个快递，${DATE}到。', approve: true };
    const { templateId } = (await network.platform.admin('POST', '/templates', template)) as {
      templateId: string;
    };
    const spoken = (count: string): Promise<Told> =>
      notified([{ templateId, templateParas: [count, '2017/07/16'] }]);
    const first = await spoken('3');
    const [second, other] = await Promise.all([spoken('3'), spoken('8')]);
    expect(first.call.cdr).toMatchObject({ ttsPlayTimes: 1 });
    const text = spokenPrompt(network.platform.data, '您有3个快递，2017/07/16到。');
    expect(text.length).toBeGreaterThan(8_000);
    expect(loudness(text)).toBeGreaterThan(-30);
    expect(correlate(first.sent.samples, text).likeness).toBeGreaterThan(SAME);
    const again = correlate(second.sent.samples, text);
    const otherwise = correlate(other.sent.samples, text);
    expect(again.likeness).toBeGreaterThan(SAME);
    expect(otherwise.likeness).toBeLessThan(SAME);
  });
});

/** dBFS of the whole. */
const loudness = (samples: Int16Array): number =>
  10 * Math.log10(samples.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / samples.length);
