import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSound } from '../support/correlation.ts';
import { heardBy } from '../support/phone-recording.ts';
import type { EndedCall, ShownLeg } from '../support/platform-client.ts';
import { TestPlatform } from '../support/platform.ts';
import { EXAMPLE_DISPLAY, sweep, VoiceCustomer } from '../support/voice-customer.ts';

/** Who is called. The person says hello 0.4 s after the answer; the voicemail's beep ends some 6.1 s after it. */
const phones = {
  person: '+8613500000035',
  voicemail: '+8613500000034',
  silent: '+8613500000017',
} as const;

/** Share of a file from which on it was heard: a busy machine loses packets. */
const FOUND = 0.3;
/** The longest that a verdict keeps the callee waiting, as docs/operations.md says; and what a busy machine adds, ms. */
const LONGEST_VERDICT = 4_000;
const BUSY = 1_500;
/** Between the answer and the end of the voicemail's beep, at least, ms. */
const BEFORE_BEEP_ENDS = 5_500;
const SAMPLES_PER_MILLISECOND = 8;

class Screened implements AsyncDisposable {
  readonly #platform: TestPlatform;
  readonly #customer: VoiceCustomer;
  readonly #played: Int16Array;

  private constructor(platform: TestPlatform, customer: VoiceCustomer, played: Int16Array) {
    this.#platform = platform;
    this.#customer = customer;
    this.#played = played;
  }

  static async start(answeringMachine: string, milliseconds: number): Promise<Screened> {
    const platform = await TestPlatform.start({ answeringMachine });
    const customer = await VoiceCustomer.of(platform, 'notification');
    const played = await customer.upload('test.wav', sweep(400, 2_400, milliseconds));
    return new Screened(platform, customer, played);
  }

  /** A call, and when the file began to be heard after the answer, ms; undefined where it was not. */
  async told(calleeNbr: string): Promise<{ call: EndedCall; leg: ShownLeg; heardAfter: number | undefined }> {
    const playInfoList = [{ notifyVoice: 'test.wav' }];
    const call = await this.#customer.called({ displayNbr: EXAMPLE_DISPLAY, calleeNbr, playInfoList });
    const { samples } = await heardBy(this.#platform, call.sessionId, 'A');
    const { share, at } = findSound(samples, this.#played);
    const [leg] = call.legs;
    expect(call.cdr).toMatchObject({ ulFailReason: 0 });
    expect(call.events.at(-1)).toMatchObject({ stateCode: 0 });
    return { call, leg: leg!, heardAfter: share > FOUND ? at / SAMPLES_PER_MILLISECOND : undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#platform[Symbol.asyncDispose]();
  }
}

/** Milliseconds from the answer to the end of the beep. */
const beepAfter = ({ beepAt = '', answeredAt = '' }: ShownLeg): number =>
  Date.parse(beepAt) - Date.parse(answeredAt);

const machine = { verdict: 'machine', after: expect.any(Number), confidence: expect.any(Number) };
const person = { verdict: 'person', after: expect.any(Number), confidence: expect.any(Number) };

function expectSure({ answeredBy }: ShownLeg): void {
  expect(answeredBy?.confidence).toBeGreaterThan(0.6);
  expect(answeredBy?.confidence).toBeLessThanOrEqual(1);
  expect(answeredBy?.after).toBeLessThanOrEqual(LONGEST_VERDICT);
}

describe('an answering machine or a person', { concurrent: true, timeout: 90_000 }, () => {
  describe('that is only noted', { concurrent: true }, () => {
    let screened: Screened;
    beforeAll(async () => {
      screened = await Screened.start('note', 8_000);
    }, 60_000);
    afterAll(() => screened[Symbol.asyncDispose]());

    it('person: hears the first word at once, and is in the call record', async () => {
      const { leg, heardAfter } = await screened.told(phones.person);
      expect(heardAfter).toBeLessThan(BUSY);
      expect(leg.answeredBy).toEqual(person);
      expectSure(leg);
      expect(leg).not.toHaveProperty('beepAt');
    });

    it('machine: the same, and its beep has its time', async () => {
      const { leg, heardAfter } = await screened.told(phones.voicemail);
      expect(heardAfter).toBeLessThan(BUSY);
      expect(leg.answeredBy).toEqual(machine);
      expectSure(leg);
      expect(beepAfter(leg)).toBeGreaterThan(BEFORE_BEEP_ENDS);
      expect(beepAfter(leg)).toBeLessThan(BEFORE_BEEP_ENDS + 2 * BUSY);
    });
  });

  describe('where machines are hung up on', { concurrent: true }, () => {
    let screened: Screened;
    beforeAll(async () => {
      screened = await Screened.start('hang-up', 1_500);
    }, 60_000);
    afterAll(() => screened[Symbol.asyncDispose]());

    it('machine: hears nothing', async () => {
      const { leg, heardAfter } = await screened.told(phones.voicemail);
      expect(leg.answeredBy).toEqual(machine);
      expect(heardAfter).toBeUndefined();
    });

    it('person: waits for the verdict and no longer', async () => {
      const { leg, heardAfter } = await screened.told(phones.person);
      expect(leg.answeredBy).toEqual(person);
      expect(heardAfter).toBeGreaterThan((leg.answeredBy?.after ?? Infinity) - 300);
      expect(heardAfter).toBeLessThan((leg.answeredBy?.after ?? 0) + BUSY);
    });

    it('somebody who says nothing: waits no longer than the documented time', async () => {
      const { leg, heardAfter } = await screened.told(phones.silent);
      expect(leg.answeredBy).toMatchObject({ verdict: 'unknown', confidence: 0 });
      expect(heardAfter).toBeLessThan(LONGEST_VERDICT + BUSY);
    });
  });

  describe('where the beep of machines is waited for', { concurrent: true }, () => {
    let screened: Screened;
    beforeAll(async () => {
      screened = await Screened.start('wait-for-beep', 1_500);
    }, 60_000);
    afterAll(() => screened[Symbol.asyncDispose]());

    it('machine: records the file, from the beep on', async () => {
      const { leg, heardAfter } = await screened.told(phones.voicemail);
      expect(leg.answeredBy).toEqual(machine);
      expect(heardAfter).toBeGreaterThan(BEFORE_BEEP_ENDS);
      expect(beepAfter(leg)).toBeLessThan((heardAfter ?? 0) + 500);
    });

    it('person: hears the file after the verdict', async () => {
      const { leg, heardAfter } = await screened.told(phones.person);
      expect(leg.answeredBy).toEqual(person);
      expect(heardAfter).toBeLessThan(LONGEST_VERDICT + BUSY);
    });
  });
});
