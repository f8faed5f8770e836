import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseWav, wavSamples } from '../../src/audio/wav.ts';
import { findTones } from '../../src/audio/spectrum.ts';
import { voiceOf } from '../../src/phones/voice.ts';
import { findSound } from '../support/correlation.ts';
import { heardBy, listened } from '../support/phone-recording.ts';
import { type EndedCall, numbers, storyOf } from '../support/platform-client.ts';
import { TestPlatform } from '../support/platform.ts';
import { askForRecording } from '../support/recording-download.ts';
import { EXAMPLE_DISPLAY, sweep, VoiceCustomer } from '../support/voice-customer.ts';

/** Share of a file that must be heard: a busy machine loses packets. */
const FOUND = 0.7;

let platform: TestPlatform;
let customer: VoiceCustomer;
/** What the voice files of the example sound like. */
let preTone: Int16Array;
let posTone: Int16Array;
/** What stands for each digit: `system-digit-N.wav` replaces the platform's own voice. */
const digits = new Map<string, Int16Array>();

beforeAll(async () => {
  platform = await TestPlatform.start({}, { recording: true });
  customer = await VoiceCustomer.of(platform, 'verification');
  preTone = await customer.upload('test.wav', sweep(400, 1_400, 1_000));
  posTone = await customer.upload('postone.wav', sweep(2_600, 1_500, 1_000));
  for (const [index, digit] of [...'1234'].entries()) {
    const samples = sweep(500 + 400 * index, 900 + 400 * index, 400);
    digits.set(digit, await customer.upload(`system-digit-${digit}.wav`, samples));
  }
}, 60_000);
afterAll(() => platform[Symbol.asyncDispose]());

/** The official example (spec 04). */
const example = {
  displayNbr: EXAMPLE_DISPLAY,
  calleeNbr: '+8613500000001',
  languageType: 2,
  preTone: 'test.wav',
  verifyCode: '1234',
  posTone: 'postone.wav',
  times: 3,
};

describe('a verification', { concurrent: true, timeout: 90_000 }, () => {
  it('of the official example plays preTone, three times the code and posTone', async () => {
    const call = await customer.called(example);
    expect(storyOf(call.events)).toEqual(['callout A', 'alerting A', 'answer A', 'disconnect A']);
    expect(call.events.at(-1)).toMatchObject({ stateCode: 0 });
    expect(call.cdr).toMatchObject({ serviceType: '001', ulFailReason: 0, recordFlag: 0 });
    const { samples } = await heardBy(platform, call.sessionId, 'A');
    const [before, after] = [findSound(samples, preTone), findSound(samples, posTone)];
    expect(Math.min(before.share, after.share)).toBeGreaterThan(FOUND);
    // Each digit follows the one before it, three times over, between the two tones.
    let from = before.at + preTone.length;
    for (const digit of '1234'.repeat(3)) {
      const sound = digits.get(digit)!;
      const found = findSound(samples.subarray(from, from + 20_000), sound);
      expect(found.share).toBeGreaterThan(0.3);
      from += found.at + sound.length;
    }
    expect(after.at).toBeGreaterThanOrEqual(from - 400);
  });

  it('goes on until it is stopped when the code is to be read without end', async () => {
    const sessionId = await customer.accepted({ ...example, posTone: undefined, times: 0 });
    await platform.until(sessionId, 'answer', 'A');
    await listened(platform, sessionId, 'A', 9_000);
    await platform.admin('POST', `/calls/${encodeURIComponent(sessionId)}/stop`, {});
    expect((await platform.ended(sessionId)).events.at(-1)).toMatchObject({ stateCode: 8017 });
  });

  it('shows its code neither to the operator nor in the log', async () => {
    const call = await customer.called({ ...example, verifyCode: '43214321', times: 1 });
    const { order } = call as EndedCall & { order: object };
    expect(order).toMatchObject({ verifyCode: '****', preTone: 'test.wav', times: 1 });
    expect(JSON.stringify([call, await platform.admin('GET', '/calls')])).not.toContain('43214321');
    expect(platform.logged.join('\n')).not.toContain('43214321');
  });

  it('is one command away with what the sandbox has ready', async () => {
    const { verification } = platform.platform.sandbox ?? {};
    const placed = (await platform.admin('POST', '/calls', {
      ...example,
      appKey: verification?.appKey,
      displayNbr: verification?.displayNumber,
      preTone: 'pretone.wav',
      posTone: undefined,
      times: 1,
    })) as { sessionId: string };
    expect((await platform.ended(placed.sessionId)).cdr).toMatchObject({ ulFailReason: 0 });
  });
});

describe('a recorded callback', { timeout: 90_000 }, () => {
  it('is downloaded through the redirection and holds both voices', async () => {
    const sessionId = await platform.accepted({ recordFlag: 'true', recordHintTone: 'test.wav' });
    await platform.until(sessionId, 'answer', 'B');
    await listened(platform, sessionId, 'B', 6_500);
    await platform.stop(sessionId);
    const call = await platform.ended(sessionId);
    expect(call.cdr).toMatchObject({
      recordFlag: 1,
      recordBucketName: 'recordings',
      recordDomain: 'ovc.test',
      recordObjectName: `${sessionId.split('@')[0]}.wav`,
    });
    expect(call.cdr).not.toHaveProperty('recordFileDownloadUrl');
    const redirection = await askForRecording(platform, call);
    expect([redirection.status, await redirection.text()]).toEqual([301, '{}']);
    const audio = await fetch(redirection.headers.get('location') ?? '');
    expect(audio.headers.get('content-type')).toBe('audio/wav');
    const wav = parseWav(new Uint8Array(await audio.arrayBuffer()));
    expect(wav).toMatchObject({ encoding: 'PCMA', sampleRate: 8_000, tracks: 1 });
    const samples = wavSamples(wav);
    expect(samples.length).toBeGreaterThan(3 * 8_000);
    const heard = new Set<number>();
    for (let at = 0; at + 1_600 <= samples.length; at += 1_600) {
      for (const { frequency } of findTones(samples.subarray(at, at + 1_600)))
        heard.add(Math.round(frequency));
    }
    for (const number of [numbers.a, numbers.b]) {
      const { low, high } = voiceOf(number);
      for (const note of [low, high]) {
        expect([...heard].some((frequency) => Math.abs(frequency - note) < 15)).toBe(true);
      }
    }
    const { recording } = (await platform.call(sessionId)) as EndedCall & { recording: { url: string } };
    const range = await fetch(recording.url, { headers: { range: 'bytes=0-3' } });
    expect([range.status, await range.text()]).toEqual([206, 'RIFF']);
  });

  it('of less than three seconds cannot be downloaded', async () => {
    const sessionId = await platform.accepted({ recordFlag: 'true', recordHintTone: 'test.wav' });
    await platform.until(sessionId, 'answer', 'B');
    await listened(platform, sessionId, 'B', 1_900);
    await platform.stop(sessionId);
    const call = await platform.ended(sessionId);
    expect(call.cdr).toMatchObject({ recordFlag: 1 });
    expect(await (await askForRecording(platform, call)).json()).toMatchObject({ resultcode: '1012007' });
  });
});
