import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  expectCall,
  expectRequest,
  expectResponse,
  pause,
  pauseStream,
  request,
  respond,
  respondInDialog,
  respondToInvite,
  sdp,
  type Sipp,
  type Step,
  resumeStream,
  stream,
} from '../support/sipp.ts';
import { describeWith, Network, sippBehindKamailio, story } from './network.ts';
import { answers, hangsUp, isHungUp, refuses, rings, talks } from './phone-steps.ts';

/** Long enough that A, who waits, hears the waiting tone. */
const WAITING = 900;

describeWith(sippBehindKamailio, 'what A hears before B answers', () => {
  let network: Network;
  beforeAll(async () => {
    network = await Network.start({ transport: 'TCP' });
  });
  afterAll(() => network?.[Symbol.asyncDispose]());

  const waiting = (): Promise<Sipp> => network.phone([...talks(network.tone(500)), ...isHungUp()]);

  /** Silent again before B answers, so that nothing of it belongs to the conversation. */
  const sends700Hz = (): Step[] => [stream(network.tone(700)), pause(800), pauseStream()];

  const sends1300Hz = (): Step[] => [stream(network.tone(1_300)), resumeStream()];

  /** B keeps A waiting for a while and then sends media for a while: 700 Hz. */
  const earlyMedia = (...headers: string[]): Step[] => [
    expectCall(),
    pause(WAITING),
    respond('183 Session Progress', { headers, body: sdp() }),
    ...sends700Hz(),
  ];

  /** B answers, talks at 1300 Hz, and hangs up. */
  const answersAndTalks = (...answer: Step[]): Step[] => [
    ...(answer.length > 0 ? answer : answers()),
    ...sends1300Hz(),
    ...hangsUp(800),
  ];

  const answersWithoutDescription: Step[] = [respondToInvite('200 OK'), expectRequest('ACK')];

  it.each([
    { calleeMedia: 'all', answer: 'the same description again', heard: ['waiting', 700, 1_300] },
    { calleeMedia: 'all', answer: 'no description', heard: ['waiting', 700, 1_300] },
    { calleeMedia: 'none', answer: 'the same description again', heard: ['waiting', 1_300] },
    { calleeMedia: 'fail', answer: 'the same description again', heard: ['waiting', 1_300] },
  ])('calleeMedia $calleeMedia, 183, 180, and 200 with $answer', async ({ calleeMedia, answer, heard }) => {
    await using a = await waiting();
    await using b = await network.phone([
      ...earlyMedia(),
      respondToInvite('180 Ringing'),
      pause(400),
      ...answersAndTalks(...(answer === 'no description' ? answersWithoutDescription : [])),
    ]);
    const call = await network.call(a, b, { calleeMedia });
    expect(story(call).slice(3)).toEqual(['callout B', 'alerting B', 'answer B', 'disconnect B']);
    expect((await network.sentTo(a)).heard).toEqual(heard);
    expect((await network.sentTo(b)).heard).toEqual([500]);
  });

  it('180, then 183 with media: B rang once', async () => {
    await using a = await waiting();
    await using b = await network.phone([
      ...rings(WAITING),
      respondToInvite('183 Session Progress', { body: sdp() }),
      ...sends700Hz(),
      ...answersAndTalks(),
    ]);
    const call = await network.call(a, b);
    expect(story(call).slice(3)).toEqual(['callout B', 'alerting B', 'answer B', 'disconnect B']);
    expect((await network.sentTo(a)).heard).toEqual(['waiting', 700, 1_300]);
  });

  it('183 with a description but no media: the waiting tone goes on', async () => {
    await using a = await waiting();
    await using b = await network.phone([
      expectCall(),
      respond('183 Session Progress', { body: sdp() }),
      pause(WAITING),
      ...answersAndTalks(),
    ]);
    await network.call(a, b);
    expect((await network.sentTo(a)).heard).toEqual(['waiting', 1_300]);
  });

  it('the description comes with the 200 only', async () => {
    await using a = await waiting();
    await using b = await network.phone([...rings(WAITING), ...answersAndTalks()]);
    await network.call(a, b);
    expect((await network.sentTo(a)).heard).toEqual(['waiting', 1_300]);
  });

  it.each([
    { calleeMedia: 'all', heard: ['waiting', 700] },
    { calleeMedia: 'fail', heard: ['waiting', 700] },
    { calleeMedia: 'none', heard: ['waiting'] },
  ])('a failure announcement with calleeMedia $calleeMedia', async ({ calleeMedia, heard }) => {
    await using a = await waiting();
    await using b = await network.phone([
      ...earlyMedia('Reason: Q.850;cause=20'),
      ...refuses('480 Temporarily Unavailable', { headers: ['Reason: Q.850;cause=20'] }),
    ]);
    const call = await network.call(a, b, { calleeMedia });
    expect(call.events.at(-1)?.stateCode).toBe(8104);
    expect(call.cdr).toMatchObject({ ulFailReason: 8104, sipStatusCode: 480, fwdUnaswRsn: 20 });
    expect((await network.sentTo(a)).heard).toEqual(heard);
  });

  it('a failure announcement that says nothing we know', async () => {
    await using a = await waiting();
    await using b = await network.phone([
      ...earlyMedia('Reason: Q.850;cause=31'),
      ...refuses('500 Server Internal Error'),
    ]);
    const call = await network.call(a, b, { calleeMedia: 'fail' });
    expect(call.events.at(-1)?.stateCode).toBe(8002);
    expect(call.cdr).toMatchObject({ ulFailReason: 500, sipStatusCode: 500, fwdUnaswRsn: 41 });
  });

  it('an UPDATE before the answer, and a 200 that says nothing more (RFC 3311)', async () => {
    await using a = await waiting();
    await using b = await network.phone([
      expectCall({ Supported: '100rel', Allow: 'UPDATE' }),
      respond('183 Session Progress', { headers: ['Require: 100rel', 'RSeq: 1'], body: sdp() }),
      expectRequest('PRACK', { having: { RAck: ' *1 1 INVITE' } }),
      respondInDialog('200 OK'),
      request('UPDATE', { cseq: 1, body: sdp({ version: 2, ptime: 40 }) }),
      expectResponse(200, { having: { body: 'm=audio' } }),
      ...sends700Hz(),
      ...answersWithoutDescription,
      ...sends1300Hz(),
      ...hangsUp(800, { cseq: 2 }),
    ]);
    const call = await network.call(a, b);
    expect(story(call).slice(3)).toEqual(['callout B', 'answer B', 'disconnect B']);
    expect((await network.sentTo(a)).heard.slice(-2)).toEqual([700, 1_300]);
    expect((await network.sentTo(b)).heard).toEqual([500]);
  });

  it('provisional responses that must not be lost are acknowledged (RFC 3262)', async () => {
    const reliable = (sequence: number): string[] => ['Require: 100rel', `RSeq: ${sequence}`];
    const isAcknowledged = (sequence: number): Step[] => [
      expectRequest('PRACK', { having: { RAck: ` *${sequence} 1 INVITE` } }),
      respondInDialog('200 OK'),
    ];
    await using a = await waiting();
    await using b = await network.phone([
      expectCall({ Supported: '100rel' }),
      respond('183 Session Progress', { headers: reliable(4_711), body: sdp() }),
      ...isAcknowledged(4_711),
      ...sends700Hz(),
      respondToInvite('180 Ringing', { headers: reliable(4_712) }),
      ...isAcknowledged(4_712),
      pause(200),
      ...answersAndTalks(...answersWithoutDescription),
    ]);
    const call = await network.call(a, b);
    expect(story(call).slice(3)).toEqual(['callout B', 'alerting B', 'answer B', 'disconnect B']);
    expect((await network.sentTo(a)).heard.slice(-2)).toEqual([700, 1_300]);
  });
});
