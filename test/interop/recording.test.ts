import { afterAll, beforeAll, expect, it } from 'vitest';
import { findTones } from '../../src/audio/spectrum.ts';
import { parseWav, wavSamples } from '../../src/audio/wav.ts';
import { Baresip } from '../support/baresip.ts';
import { occurrences } from '../support/correlation.ts';
import { eventually, installed, outwardAddress } from '../support/peer-process.ts';
import type { EndedCall } from '../support/platform-client.ts';
import { askForRecording } from '../support/recording-download.ts';
import { sweep, uploadVoice } from '../support/voice-customer.ts';
import { describeWith, Network, type Phone, sippBehindKamailio } from './network.ts';
import { hangsUp, isHungUp, talks } from './phone-steps.ts';

/** Hz. */
const TONE_OF_A = 500;
const TONE_OF_B = 1_300;
/** How long B talks, ms: the hint, and a recording that is long enough to be downloaded. */
const A_TALK = 5_500;
/** Samples listened to at a time: 200 ms. */
const WINDOW = 1_600;
/** Share of a recording in which a tone that was sent all the time is heard: a busy machine sends late. */
const MOST = 0.7;
const DAY = 86_400_000;

const host = outwardAddress();
const hasBaresip = host !== undefined && installed('baresip');

/** The share of the windows in which that tone sounds. */
function shareOf(samples: Int16Array, frequency: number): number {
  const windows = Math.floor(samples.length / WINDOW);
  const sounding = Array.from({ length: windows }, (_, index) =>
    findTones(samples.subarray(index * WINDOW, (index + 1) * WINDOW)),
  ).filter((tones) => tones.some((tone) => Math.abs(tone.frequency - frequency) < 15));
  return sounding.length / windows;
}

describeWith(sippBehindKamailio, 'recordings of callbacks between phones behind Kamailio', () => {
  let mixed: Network;
  let stereo: Network;
  /** As calls play it. */
  let hint: Int16Array;

  beforeAll(async () => {
    const options = { ...(host && { host }), app: { recording: true } };
    [mixed, stereo] = await Promise.all([
      Network.start(options),
      Network.start({ ...options, flags: { recordingLayout: 'stereo', recordingUrlLifetime: '6s' } }),
    ]);
    for (const { platform } of [mixed, stereo])
      hint = await uploadVoice(platform.access, 'hint.wav', sweep(2_000, 3_000, 700));
  });
  afterAll(() => Promise.all([mixed?.[Symbol.asyncDispose](), stereo?.[Symbol.asyncDispose]()]));

  /** A recorded call that B ends. */
  async function recorded(network: Network, a: Phone, b: Phone): Promise<EndedCall> {
    const sessionId = await network.dial(a, b, { recordFlag: 'true', recordHintTone: 'hint.wav' });
    if (b instanceof Baresip) {
      await network.platform.until(sessionId, 'answer', 'B');
      await network.talkTo(b, A_TALK);
      await b.command('hangup');
    }
    const call = await network.ended(sessionId, a, b);
    for (const phone of [a, b])
      expect(occurrences((await network.sentTo(phone)).samples, hint, 0.9)).toHaveLength(1);
    expect(call.cdr).toMatchObject({
      ulFailReason: 0,
      recordFlag: 1,
      recordStartTime: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      recordObjectName: `${sessionId.split('@')[0]}.wav`,
      recordBucketName: 'recordings',
      recordDomain: 'ovc.test',
    });
    expect(call.cdr).not.toHaveProperty('recordFileDownloadUrl');
    const { fwdAnswerTime, recordStartTime, callEndTime } = call.cdr as Record<string, string>;
    expect([fwdAnswerTime, recordStartTime, callEndTime].toSorted()).toEqual([
      fwdAnswerTime,
      recordStartTime,
      callEndTime,
    ]);
    return call;
  }

  /** Where the API redirects to who asks for the recording of a call. */
  async function addressOf(network: Network, call: EndedCall): Promise<URL> {
    const answer = await askForRecording(network.platform, call);
    expect([answer.status, await answer.text()]).toEqual([301, '{}']);
    return new URL(answer.headers.get('location') ?? '');
  }

  /** The file at an address: A-law, that many tracks, of more than three seconds. */
  async function downloaded(
    address: URL,
    tracks: number,
  ): Promise<{ file: Uint8Array; samples: Int16Array }> {
    const answer = await fetch(address);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'audio/wav']);
    const file = new Uint8Array(await answer.arrayBuffer());
    const wav = parseWav(file);
    expect(wav).toMatchObject({ encoding: 'PCMA', sampleRate: 8_000, tracks });
    const samples = wavSamples(wav);
    expect(samples.length / tracks).toBeGreaterThan(3 * 8_000);
    return { file, samples };
  }

  const range = (address: URL, octets: string): Promise<Response> =>
    fetch(address, { headers: { range: `bytes=${octets}` } });

  const talker = (network: Network): Promise<Phone> =>
    network.phone([...talks(network.tone(TONE_OF_A)), ...isHungUp()]);
  const leaver = (network: Network): Promise<Phone> =>
    network.phone([...talks(network.tone(TONE_OF_B)), ...hangsUp(A_TALK)]);

  it('of two SIPp phones hold both tones on one track, and are had in parts', async () => {
    await using a = await talker(mixed);
    await using b = await leaver(mixed);
    const address = await addressOf(mixed, await recorded(mixed, a, b));
    const { file, samples } = await downloaded(address, 1);
    for (const tone of [TONE_OF_A, TONE_OF_B]) expect(shareOf(samples, tone)).toBeGreaterThan(MOST);
    const lifetime = Number(address.searchParams.get('expires')) * 1_000 - Date.now();
    expect(lifetime).toBeGreaterThan(6.99 * DAY);
    expect(lifetime).toBeLessThanOrEqual(7 * DAY);

    const half = Math.floor(file.length / 2);
    const parts = await Promise.all([range(address, `0-${half - 1}`), range(address, `${half}-`)]);
    expect(parts.map(({ status }) => status)).toEqual([206, 206]);
    expect(parts.map(({ headers }) => headers.get('content-range'))).toEqual([
      `bytes 0-${half - 1}/${file.length}`,
      `bytes ${half}-${file.length - 1}/${file.length}`,
    ]);
    const joined = await Promise.all(parts.map(async (part) => Buffer.from(await part.arrayBuffer())));
    expect(Buffer.concat(joined).equals(file)).toBe(true);
    const end = await range(address, '-160');
    expect(Buffer.from(await end.arrayBuffer()).equals(file.subarray(-160))).toBe(true);
    expect((await range(address, `${file.length}-`)).status).toBe(416);
  });

  it.skipIf(!hasBaresip)('of SIPp and baresip hold both tones on one track', async () => {
    await using a = await talker(mixed);
    const { directory } = mixed;
    await using b = await Baresip.start({ directory, host: mixed.host, tone: TONE_OF_B });
    const { samples } = await downloaded(await addressOf(mixed, await recorded(mixed, a, b)), 1);
    for (const tone of [TONE_OF_A, TONE_OF_B]) expect(shareOf(samples, tone)).toBeGreaterThan(MOST);
  });

  it('begin after the prompt of their application, where the request names no other, or after none', async () => {
    const { platform } = mixed;
    const own = await uploadVoice(platform.access, 'own.wav', sweep(700, 1_700, 700));
    const setPrompt = (recordingPrompt: string | null): Promise<unknown> =>
      platform.admin('PATCH', `/apps/${platform.app.appKey}`, { recordingPrompt });
    try {
      for (const [recordingPrompt, named, heard] of [
        ['own.wav', {}, [1, 0]],
        ['own.wav', { recordHintTone: 'hint.wav' }, [0, 1]],
        ['none', {}, [0, 0]],
      ] as const) {
        await setPrompt(recordingPrompt);
        await using a = await talker(mixed);
        await using b = await leaver(mixed);
        const call = await mixed.ended(await mixed.dial(a, b, { recordFlag: 'true', ...named }), a, b);
        expect(call.cdr).toMatchObject({ ulFailReason: 0, recordFlag: 1 });
        for (const phone of [a, b]) {
          const { samples } = await mixed.sentTo(phone);
          expect([own, hint].map((prompt) => occurrences(samples, prompt, 0.9).length)).toEqual(heard);
        }
      }
    } finally {
      await setPrompt(null);
    }
  });

  it('in stereo hold A left and B right, at an address that expires and cannot be forged', async () => {
    await using a = await talker(stereo);
    await using b = await leaver(stereo);
    const call = await recorded(stereo, a, b);
    const address = await addressOf(stereo, call);
    const { samples } = await downloaded(address, 2);
    const [left, right] = [0, 1].map((side) => samples.filter((_, index) => index % 2 === side));
    expect(shareOf(left!, TONE_OF_A)).toBeGreaterThan(MOST);
    expect(shareOf(left!, TONE_OF_B)).toBe(0);
    expect(shareOf(right!, TONE_OF_B)).toBeGreaterThan(MOST);
    expect(shareOf(right!, TONE_OF_A)).toBe(0);

    const forged = new URL(address);
    forged.searchParams.set('expires', String(Number(address.searchParams.get('expires')) + 60));
    expect((await fetch(forged)).status).toBe(403);
    await eventually(async () => (await fetch(address)).status === 403, 'the address expires');
    // There is a new one for who asks again.
    expect((await fetch(await addressOf(stereo, call))).status).toBe(200);
  });
});
