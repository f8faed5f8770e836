import { afterAll, beforeAll, expect, it } from 'vitest';
import { EspeakProvider } from '../../src/speech/espeak/espeak.ts';
import { systemPromptText } from '../../src/speech/system-prompts.ts';
import { correlate } from '../support/correlation.ts';
import { ManualClock } from '../support/manual-clock.ts';
import type { Sipp } from '../support/sipp.ts';
import { EXAMPLE_CALLEE, EXAMPLE_DISPLAY, sweep, VoiceCustomer } from '../support/voice-customer.ts';
import { describeWith, Network, sippBehindKamailio, story } from './network.ts';
import { answers, isHungUp, rings } from './phone-steps.ts';

/** Normalised cross-correlation from which on a sound counts as the one that was to be played. */
const SAME = 0.9;
/** Samples within which a digit begins after the one before it, the pause between two readings included: 1.3 s. */
const NEXT_DIGIT = 10_400;

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
  /** The platform's voice for each digit. */
  const digits = new Map<string, Int16Array>();

  beforeAll(async () => {
    network = await Network.start({ numbers: [EXAMPLE_CALLEE] });
    verifier = await VoiceCustomer.of(network.platform, 'verification');
    preTone = await verifier.upload('test.wav', sweep(400, 1_400, 800));
    posTone = await verifier.upload('postone.wav', sweep(2_600, 1_500, 800));
    const engine = new EspeakProvider({ clock: new ManualClock() });
    for (const digit of '0123456789') {
      const text = systemPromptText(`digit-${digit}` as 'digit-0', 'zh');
      const request = { text, language: 'zh', speed: 0 } as const;
      digits.set(digit, await engine.synthesise(request, AbortSignal.timeout(30_000)));
    }
    await engine.close();
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

  /** The first of all ten digits that comes after a sample, and where it ends. */
  function nextDigit(samples: Int16Array, from: number): { digit: string; end: number } {
    const found = [...digits].flatMap(([digit, sound]) => {
      const stretch = samples.subarray(from, from + NEXT_DIGIT + sound.length);
      const { likeness, at } = correlate(stretch, sound);
      return likeness > SAME ? [{ digit, at: from + at, end: from + at + sound.length }] : [];
    });
    return found.sort((one, other) => one.at - other.at)[0] ?? { digit: '', end: from };
  }

  function codeIn(samples: Int16Array, from: number, length: number): { code: string; end: number } {
    let [code, end] = ['', from];
    for (let index = 0; index < length; index += 1) {
      const next = nextDigit(samples, end);
      code += next.digit;
      end = next.end;
    }
    return { code, end };
  }

  it('of the official example are heard as preTone, the code three times, and posTone', async () => {
    await using phone = await network.phoneOf(EXAMPLE_CALLEE, [...rings(), ...answers(), ...isHungUp()]);
    const samples = await heard(phone, example);
    const before = correlate(samples, preTone);
    const after = correlate(samples, posTone);
    expect(Math.min(before.likeness, after.likeness)).toBeGreaterThan(SAME);
    const { code, end } = codeIn(samples, before.at + preTone.length, 12);
    expect(code).toBe('1234'.repeat(3));
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
    expect(codeIn(samples, before.at + preTone.length, 8).code).toBe(code);
    expect(correlate(samples, posTone).likeness).toBeLessThan(SAME / 2);
  });
});
