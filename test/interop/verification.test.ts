import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Digit } from '../../src/call/prompt.ts';
import { systemPromptText } from '../../src/speech/system-prompts.ts';
import { correlate, occurrences } from '../support/correlation.ts';
import type { Sipp } from '../support/sipp.ts';
import { spokenPrompt } from '../support/spoken-prompt.ts';
import { EXAMPLE_CALLEE, EXAMPLE_DISPLAY, sweep, VoiceCustomer } from '../support/voice-customer.ts';
import { describeWith, Network, sippBehindKamailio, story } from './network.ts';
import { answers, isHungUp, rings } from './phone-steps.ts';

/** Normalised cross-correlation from which on a sound counts as the one that was to be played. */
const SAME = 0.9;
/** The official example (spec 04), to the letter. */
const example = {
  displayNbr: EXAMPLE_DISPLAY,
  calleeNbr: EXAMPLE_CALLEE,
  languageType: 2,
  preTone: 'test.wav',
  verifyCode: '1234',
  posTone: 'postone.wav',
  times: 3,
};

describeWith(sippBehindKamailio, 'verifications to SIPp phones behind Kamailio', () => {
  let network: Network;
  let verifier: VoiceCustomer;
  /** Voice files as calls play them. */
  let preTone: Int16Array;
  let posTone: Int16Array;

  beforeAll(async () => {
    network = await Network.start({
      phones: { [EXAMPLE_CALLEE]: [...rings(), ...answers(), ...isHungUp()] },
    });
    verifier = await VoiceCustomer.of(network.platform, 'verification');
    preTone = await verifier.upload('test.wav', sweep(400, 1_400, 800));
    posTone = await verifier.upload('postone.wav', sweep(2_600, 1_500, 800));
  });
  afterAll(() => network?.[Symbol.asyncDispose]());

  /** What the phone heard, from the answer to the end of the call. */
  async function heard(phone: Sipp, order: object): Promise<Int16Array> {
    const call = await network.ended(await verifier.accepted(order), phone);
    expect(story(call)).toEqual(['callout A', 'alerting A', 'answer A', 'disconnect A']);
    expect(call.events.at(-1)).toMatchObject({ stateCode: 0 });
    expect(call.cdr).toMatchObject({
      serviceType: '001',
      ulFailReason: 0,
      sipStatusCode: 0,
      recordFlag: 0,
      ttsPlayTimes: 0,
    });
    return (await network.sentTo(phone)).samples;
  }

  /** The digits that are heard, in order, of those that stand in `code`; with where they begin and end. */
  function digitsIn(samples: Int16Array, code: string): { read: string; from: number; end: number } {
    const digits = [...new Set(code as Iterable<Digit>)].flatMap((digit) => {
      const text = systemPromptText(`digit-${digit}`, 'zh');
      const sound = spokenPrompt(network.platform.data, text, 'zh');
      return occurrences(samples, sound, SAME).map((at) => ({ digit, at, end: at + sound.length }));
    });
    digits.sort((one, other) => one.at - other.at);
    const read = digits.map(({ digit }) => digit).join('');
    return { read, from: digits[0]?.at ?? -1, end: digits.at(-1)?.end ?? -1 };
  }

  it('of the official example are heard as preTone, the code three times, and posTone', async () => {
    const samples = await heard(network.phoneOf(EXAMPLE_CALLEE), example);
    const before = correlate(samples, preTone);
    const after = correlate(samples, posTone);
    expect(Math.min(before.likeness, after.likeness)).toBeGreaterThan(SAME);
    const { read, from, end } = digitsIn(samples, example.verifyCode);
    expect(read).toBe(example.verifyCode.repeat(example.times));
    expect(from).toBeGreaterThanOrEqual(before.at + preTone.length);
    expect(after.at).toBeGreaterThanOrEqual(end);
  });

  it('of eight digits are heard by a phone with PCMU only, and end with the code where no posTone is given', async () => {
    await using phone = await network.phone([...rings(), ...answers({ codecs: ['PCMU'] }), ...isHungUp()]);
    const code = '90876543';
    const samples = await heard(phone, {
      ...example,
      calleeNbr: network.numberOf(phone),
      verifyCode: code,
      posTone: undefined,
      times: 1,
    });
    const before = correlate(samples, preTone);
    expect(before.likeness).toBeGreaterThan(SAME);
    const { read, from } = digitsIn(samples, code);
    expect(read).toBe(code);
    expect(from).toBeGreaterThanOrEqual(before.at + preTone.length);
    expect(correlate(samples, posTone).likeness).toBeLessThan(SAME / 2);
  });
});
