import { afterAll, beforeAll, expect, it } from 'vitest';
import { occurrences } from '../support/correlation.ts';
import type { EndedCall } from '../support/platform-client.ts';
import { type CapturedStream, heardIn } from '../support/rtp-capture.ts';
import { type Sipp, stream } from '../support/sipp.ts';
import { sweep, uploadVoice } from '../support/voice-customer.ts';
import { describeWith, Network, sippBehindKamailio, story } from './network.ts';
import { answers, hangsUp, isHungUp, rings, talks } from './phone-steps.ts';

/** Normalised cross-correlation from which on a sound counts as the one that was to be played. */
const SAME = 0.9;
/** Hz. */
const TONE_OF_A = 500;
const TONE_OF_B = 1_300;
/** How long B rings, ms: the waiting voice fits in more than twice. */
const RINGING = 1_500;
/** How long B talks, ms: a prompt or two, and a while in which both hear each other. */
const TALK = 3_500;
/** Samples of a packet. */
const PACKET = 160;

/** Sounds that differ in every moment, by what they are for: from and to which frequency, Hz, and for how many ms. */
const sounds = {
  pre: sweep(400, 2_400, 800),
  wait: sweep(3_000, 1_000, 500),
  hint: sweep(2_000, 3_000, 700),
  last: sweep(900, 3_300, 900),
};
type Sound = keyof typeof sounds;
const soundNames = Object.keys(sounds) as Sound[];

describeWith(sippBehindKamailio, 'prompts of callbacks between SIPp phones behind Kamailio', () => {
  let network: Network;
  /** Voice files as calls play them. */
  let played: Readonly<Record<Sound, Int16Array>>;

  beforeAll(async () => {
    network = await Network.start({ app: { recording: true } });
    const upload = (name: Sound): Promise<Int16Array> =>
      uploadVoice(network.platform.access, `${name}.wav`, sounds[name]);
    const [pre, wait, hint, last] = await Promise.all([
      upload('pre'),
      upload('wait'),
      upload('hint'),
      upload('last'),
    ]);
    played = { pre, wait, hint, last };
  });
  afterAll(() => network?.[Symbol.asyncDispose]());

  const talker = (): Promise<Sipp> => network.phone([...talks(network.tone(TONE_OF_A)), ...isHungUp()]);
  const leaver = (): Promise<Sipp> =>
    network.phone([...rings(RINGING), ...answers(), stream(network.tone(TONE_OF_B)), ...hangsUp(TALK)]);

  /** What one party heard, and where in it the prompts begin. */
  class Ear {
    readonly sent: CapturedStream;
    readonly samples: Int16Array;
    readonly at: Readonly<Record<Sound, readonly number[]>>;

    constructor(sent: CapturedStream) {
      this.sent = sent;
      this.samples = sent.samples;
      const found = soundNames.map((name) => [name, occurrences(this.samples, played[name], SAME)] as const);
      this.at = Object.fromEntries(found) as Record<Sound, number[]>;
    }

    /** How often it heard what. */
    get counts(): Record<Sound, number> {
      return Object.fromEntries(soundNames.map((name) => [name, this.at[name].length])) as Record<
        Sound,
        number
      >;
    }

    /** Where a prompt ends that was heard once. */
    endOf(name: Sound): number {
      return this.at[name][0]! + played[name].length;
    }
  }

  interface Talked {
    readonly call: EndedCall;
    readonly a: Ear;
    readonly b: Ear;
  }

  /** A call that B ends. */
  async function talked(body: object): Promise<Talked> {
    await using a = await talker();
    await using b = await leaver();
    const call = await network.call(a, b, body);
    expect(story(call).slice(3)).toEqual(['callout B', 'alerting B', 'answer B', 'disconnect B']);
    const [toA, toB] = await Promise.all([network.sentTo(a), network.sentTo(b)]);
    return { call, a: new Ear(toA), b: new Ear(toB) };
  }

  const nothing: Record<Sound, number> = { pre: 0, wait: 0, hint: 0, last: 0 };

  it('preVoice is heard by A alone, then waitVoice again and again until B answers', async () => {
    const { call, a, b } = await talked({
      playPreVoice: 'true',
      preVoice: 'pre.wav',
      waitVoice: 'wait.wav',
    });
    expect(b.counts).toEqual(nothing);
    expect(a.counts).toEqual({ ...nothing, pre: 1, wait: a.at.wait.length });
    expect(a.at.wait.length).toBeGreaterThanOrEqual(2);

    // Each after the one before it, and the loop without a pause.
    const begins = [a.endOf('pre'), ...a.at.wait.map((at) => at + played.wait.length)];
    for (const [index, at] of a.at.wait.entries()) {
      expect(at).toBeGreaterThanOrEqual(begins[index]!);
      if (index > 0) expect(at - begins[index]!).toBeLessThanOrEqual(PACKET);
    }

    // Up to B's answer there is no room for one more, and none begins after it.
    const callId = call.legs.find(({ party }) => party === 'B')?.callId ?? '';
    const answered = await network.wire.acknowledgedAt(callId);
    const before = a.sent.packets.filter(({ at }) => at < answered).length * PACKET;
    expect(before - begins.at(-1)!).toBeLessThan(played.wait.length + PACKET);
    expect(a.at.wait.at(-1)).toBeLessThan(before);
    expect(heardIn(a.samples).at(-1)).toBe(TONE_OF_B);
    expect(heardIn(b.samples)).toEqual([TONE_OF_A]);
  });

  it.each([
    { lastMinToUE: 'toa', toA: 1, toB: 0 },
    { lastMinToUE: 'tob', toA: 0, toB: 1 },
    { lastMinToUE: 'both', toA: 1, toB: 1 },
  ])('lastMinVoice is heard by whom lastMinToUE names: $lastMinToUE', async ({ lastMinToUE, toA, toB }) => {
    // A minute is left as soon as B answers.
    const { a, b } = await talked({ maxDuration: 1, lastMinVoice: 'last.wav', lastMinToUE });
    expect(a.counts).toEqual({ ...nothing, last: toA });
    expect(b.counts).toEqual({ ...nothing, last: toB });
    // Whoever heard it hears the other party again.
    if (toA > 0) expect(heardIn(a.samples.subarray(a.endOf('last')))).toEqual([TONE_OF_B]);
    if (toB > 0) expect(heardIn(b.samples.subarray(b.endOf('last')))).toEqual([TONE_OF_A]);
    // Whoever did not, heard the other party and nothing else.
    if (toB === 0) expect(heardIn(b.samples)).toEqual([TONE_OF_A]);
    if (toA === 0) expect(heardIn(a.samples)).toEqual(['waiting', TONE_OF_B]);
  });

  it('recordHintTone is heard by both, before anything else that both hear', async () => {
    const { call, a, b } = await talked({
      waitVoice: 'wait.wav',
      recordFlag: 'true',
      recordHintTone: 'hint.wav',
      maxDuration: 1,
      lastMinVoice: 'last.wav',
      lastMinToUE: 'both',
    });
    expect(call.cdr).toMatchObject({ recordFlag: 1 });
    expect(b.counts).toEqual({ ...nothing, hint: 1, last: 1 });
    expect(a.counts).toEqual({ ...nothing, wait: a.at.wait.length, hint: 1, last: 1 });
    expect(a.at.wait.at(-1)! + played.wait.length).toBeLessThanOrEqual(a.at.hint[0]!);
    for (const ear of [a, b]) expect(ear.at.last[0]).toBeGreaterThanOrEqual(ear.endOf('hint'));
  });
});
