import { afterAll, beforeAll, expect, it } from 'vitest';
import { correlate, occurrences } from '../support/correlation.ts';
import { pause } from '../support/sipp.ts';
import { EXAMPLE_DISPLAY, sweep, VoiceCustomer } from '../support/voice-customer.ts';
import { describeWith, Network, sippBehindKamailio, story } from './network.ts';
import { answers, isHungUp, presses, rings } from './phone-steps.ts';

/** Normalised cross-correlation from which on a sound counts as the one that was to be played. */
const SAME = 0.9;
/** How long the prompt is that asks for a key, ms, and when after the answer the key is pressed, at the earliest. */
const PROMPT = 5_000;
const PRESSED = 700;
const prompt = sweep(400, 3_400, PROMPT);
/** What is played once a key was collected; falls, where the prompt rises. */
const thanks = sweep(3_000, 1_000, 1_000);

describeWith(sippBehindKamailio, 'a key pressed by a SIPp phone during the prompt of a notification', () => {
  const networks = new Map<boolean, Network>();

  beforeAll(async () => {
    for (const bargeIn of [true, false]) networks.set(bargeIn, await Network.start({ flags: { bargeIn } }));
  });
  afterAll(() => Promise.all([...networks.values()].map((network) => network[Symbol.asyncDispose]())));

  it.each([
    { bargeIn: true, deed: 'stops the prompt' },
    { bargeIn: false, deed: 'counts when the prompt was heard to its end' },
  ])('$deed where barge-in is $bargeIn', async ({ bargeIn }) => {
    const network = networks.get(bargeIn)!;
    const notifier = await VoiceCustomer.of(network.platform, 'notification');
    const asked = await notifier.upload('prompt.wav', prompt);
    const after = await notifier.upload('thanks.wav', thanks);
    await using phone = await network.phone([
      ...rings(),
      ...answers({ port: 'media_port' }),
      pause(PRESSED),
      ...presses('7'),
      ...isHungUp(),
    ]);
    const sessionId = await notifier.accepted({
      displayNbr: EXAMPLE_DISPLAY,
      calleeNbr: network.numberOf(phone),
      playInfoList: [{ notifyVoice: 'prompt.wav', collectInd: 1 }, { notifyVoice: 'thanks.wav' }],
    });
    const call = await network.ended(sessionId, phone);
    expect(story(call)).toEqual(['callout A', 'alerting A', 'answer A', 'collectInfo A', 'disconnect A']);
    expect(call.cdr).toMatchObject({ ulFailReason: 0, dynIVRPath: '7' });

    const { samples } = await network.sentTo(phone);
    // Its beginning is heard in any case; from its middle on only what nothing stopped.
    const beginning = correlate(samples, asked.subarray(0, 3_200));
    const middle = correlate(samples, asked.subarray(24_000, 30_400));
    const [next, ...again] = occurrences(samples, after, SAME);
    expect(beginning.likeness).toBeGreaterThan(SAME);
    expect(again).toEqual([]);
    expect(next).toBeGreaterThan(beginning.at);
    if (bargeIn) {
      expect(middle.likeness).toBeLessThan(SAME / 2);
      expect(next! - beginning.at).toBeLessThan(asked.length);
    } else {
      const whole = correlate(samples, asked);
      expect(whole.likeness).toBeGreaterThan(SAME);
      expect(next).toBeGreaterThanOrEqual(whole.at + asked.length);
    }
  });
});
