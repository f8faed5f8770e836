import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BehaviourName } from '../../src/phones/behaviours.ts';
import { directory } from '../../src/phones/directory.ts';
import { heardBy, listened } from '../support/phone-recording.ts';
import { eventually, freePort } from '../support/peer-process.ts';
import { type EndedCall, numbers, storyOf } from '../support/platform-client.ts';
import { TestPlatform } from '../support/platform.ts';
import { signedHeaders } from '../support/signed-request.ts';

let platform: TestPlatform;

beforeAll(async () => {
  // Longer than the phone that answers after eight seconds rings.
  platform = await TestPlatform.start({ ringTimeout: '9500ms' }, { ports: 100 });
});
afterAll(() => platform[Symbol.asyncDispose]());

const numberOf = (behaviour: BehaviourName): string =>
  directory.find((entry) => entry.behaviour === behaviour)?.number ?? '';

const talker = '+8613500000001';
const otherTalker = '+8613500000002';

async function called(callerNbr: string, calleeNbr: string, body: object = {}): Promise<EndedCall> {
  const sessionId = await platform.accepted({
    callerNbr,
    calleeNbr,
    partyTypeRequiredInDisconnect: 'true',
    ...body,
  });
  return platform.ended(sessionId);
}

/** Lets A and B talk for two seconds, then stops the call. */
async function stoppedAfterTalk(callerNbr: string, calleeNbr: string): Promise<EndedCall> {
  const sessionId = await platform.accepted({ callerNbr, calleeNbr });
  await platform.until(sessionId, 'answer', 'B');
  await listened(platform, sessionId, 'B', 2_000);
  await platform.stop(sessionId);
  return platform.ended(sessionId);
}

interface Listed {
  readonly calls: readonly { readonly sessionId: string; readonly order: { readonly callerNbr: string } }[];
}

const answeredByA = ['callout A', 'alerting A', 'answer A', 'callout B'];

/** What `disconnect` and the call record say. */
interface Ending {
  readonly party: 'A' | 'B';
  readonly stateCode: number;
  readonly partyType: string;
  readonly ulFailReason: number;
  readonly sipStatusCode: number;
  readonly q850: number;
}

function expectEnding(call: EndedCall, story: readonly string[], ending: Ending, failed: 'A' | 'B'): void {
  const { party, stateCode, ulFailReason, sipStatusCode, q850 } = ending;
  expect(storyOf(call.events)).toEqual([...story, `disconnect ${party}`]);
  expect(call.events.at(-1)).toMatchObject({ stateCode });
  const unanswered = failed === 'A' ? 'callOutUnaswRsn' : 'fwdUnaswRsn';
  expect(call.cdr).toMatchObject({ ulFailReason, sipStatusCode, [unanswered]: q850 });
  expect(call.cdr).toHaveProperty('failTime');
  expect(call).toMatchObject({ verdict: { releasedBy: ending.partyType } });
}

const ending = (
  party: Ending['party'],
  stateCode: number,
  ulFailReason: number,
  sipStatusCode: number,
  q850: number,
  partyType = 'platform',
): Ending => ({ party, stateCode, ulFailReason, sipStatusCode, q850, partyType });

describe('the sandbox', { concurrent: true, timeout: 30_000 }, () => {
  describe('a phone that is called second and never answers', () => {
    it.each([
      ['busy', [], ending('B', 8102, 8102, 486, 17)],
      ['no-answer', ['alerting B'], ending('A', 8003, 514, 487, 19)],
      ['reject', ['alerting B'], ending('B', 8004, 8004, 603, 21, 'callee')],
      ['unreachable', [], ending('B', 8103, 8103, 480, 18)],
      ['unallocated', [], ending('B', 8100, 8100, 404, 1)],
      ['powered-off', [], ending('B', 8104, 8104, 480, 20)],
      ['failure-announcement', [], ending('B', 8101, 8101, 480, 19)],
      ['no-response', [], ending('A', 8001, 513, 487, 18)],
      ['network-failure', [], ending('B', 8001, 518, 503, 41)],
    ] as const)('%s', async (behaviour, story, expected) => {
      const call = await called(talker, numberOf(behaviour));
      expectEnding(call, [...answeredByA, ...story], expected, 'B');
      expect(call.cdr).toMatchObject({ callOutUnaswRsn: 0 });
      expect(call.cdr).not.toHaveProperty('fwdAnswerTime');
    });
  });

  describe('a phone that is called first and never answers', () => {
    it.each([
      ['busy', [], ending('A', 8108, 8108, 486, 17)],
      ['no-answer', ['alerting A'], ending('A', 8003, 514, 487, 19)],
      ['reject', ['alerting A'], ending('A', 8004, 8004, 603, 21, 'caller')],
      ['unreachable', [], ending('A', 8109, 8109, 480, 18)],
      ['unallocated', [], ending('A', 8106, 8106, 404, 1)],
      ['powered-off', [], ending('A', 8110, 8110, 480, 20)],
      ['failure-announcement', [], ending('A', 8107, 8107, 480, 19)],
      ['no-response', [], ending('A', 8001, 513, 487, 18)],
      ['network-failure', [], ending('A', 8001, 519, 503, 41)],
    ] as const)('%s', async (behaviour, story, expected) => {
      const call = await called(numberOf(behaviour), talker);
      expectEnding(call, ['callout A', ...story], expected, 'A');
      expect(call.cdr).not.toHaveProperty('callOutAnswerTime');
      expect(call.cdr).not.toHaveProperty('fwdStartTime');
    });
  });

  describe('phones that answer', () => {
    const connected = [...answeredByA, 'alerting B', 'answer B'];
    const normal = { ulFailReason: 0, sipStatusCode: 0, fwdUnaswRsn: 0, callOutUnaswRsn: 0 };

    it('hear each other until the second one hangs up', async () => {
      const leaver = numberOf('hang-up');
      const call = await called(talker, leaver);
      expect(storyOf(call.events)).toEqual([...connected, 'disconnect B']);
      expect(call.events.at(-1)).toMatchObject({ stateCode: 0 });
      expect(call.cdr).toMatchObject({ ...normal, calleeNum: talker, fwdDstNum: leaver });
      const [a, b] = await Promise.all(['A', 'B'].map((party) => heardBy(platform, call.sessionId, party)));
      expect([a?.hearsVoice(leaver), a?.hearsVoice(talker)]).toEqual([true, false]);
      expect([b?.hearsVoice(talker), b?.hearsVoice(leaver)]).toEqual([true, false]);
    });

    it('hear each other until the first one hangs up', async () => {
      const leaver = numberOf('hang-up');
      const call = await called(leaver, otherTalker);
      expect(storyOf(call.events)).toEqual([...connected, 'disconnect A']);
      expect(call.cdr).toMatchObject(normal);
      expect((await heardBy(platform, call.sessionId, 'A')).hearsVoice(otherTalker)).toBe(true);
      expect((await heardBy(platform, call.sessionId, 'B')).hearsVoice(leaver)).toBe(true);
    });

    it('hear nothing of a phone that is silent, but the waiting tone before', async () => {
      const mute = numberOf('silent');
      const call = await called(numberOf('hang-up'), mute);
      expect(storyOf(call.events)).toEqual([...connected, 'disconnect A']);
      const a = await heardBy(platform, call.sessionId, 'A');
      expect([a.hears(523), a.hearsVoice(mute)]).toEqual([true, false]);
      expect((await heardBy(platform, call.sessionId, 'B')).hearsVoice(numberOf('hang-up'))).toBe(true);
    });

    it('may answer late, and be stopped', async () => {
      const late = numberOf('answer-late');
      const call = await stoppedAfterTalk(talker, late);
      expect(storyOf(call.events)).toEqual([...connected, 'disconnect A']);
      expect(call.events.at(-1)).toMatchObject({ stateCode: 8017 });
      expect(call.cdr).toMatchObject({ ulFailReason: 8017, sipStatusCode: 0 });
      expect((await heardBy(platform, call.sessionId, 'A')).hearsVoice(late)).toBe(true);
    });

    it('may give their own ring-back tone before', async () => {
      const early = numberOf('early-media');
      const call = await stoppedAfterTalk(talker, early);
      expect(storyOf(call.events)).toEqual([...answeredByA, 'answer B', 'disconnect A']);
      const a = await heardBy(platform, call.sessionId, 'A');
      expect([a.hears(450), a.hearsVoice(early)]).toEqual([true, true]);
    });

    it('are not reached when the first one leaves while the second rings', async () => {
      const call = await called(numberOf('hang-up'), numberOf('no-answer'));
      expect(storyOf(call.events)).toEqual([...answeredByA, 'alerting B', 'disconnect A']);
      expect(call.events.at(-1)).toMatchObject({ stateCode: 8009 });
      expect(call.cdr).toMatchObject({ ulFailReason: 552, sipStatusCode: 487 });
    });

    it.each([
      ['all', true],
      ['fail', true],
      ['none', false],
    ] as const)('hear a failure announcement with calleeMedia %s: %s', async (calleeMedia, announced) => {
      const call = await called(talker, numberOf('failure-announcement'), { calleeMedia });
      const a = await heardBy(platform, call.sessionId, 'A');
      expect([a.hears(950), a.hears(1_800)]).toEqual([announced, announced]);
    });
  });

  describe('clients in a hurry', () => {
    it.each(['end', 'destroySoon'] as const)('get their call, though they leave by %s', async (leave) => {
      const callerNbr = `+86135000000${leave === 'end' ? 90 : 91}`;
      const { app, access } = platform;
      const body = JSON.stringify({
        displayNbr: numbers.display,
        callerNbr,
        displayCalleeNbr: numbers.displayCallee,
        calleeNbr: numberOf('busy'),
      });
      const headers = Object.entries(signedHeaders(app.appKey, app.appSecret));
      const lines = [
        'POST /rest/httpsessions/click2Call/v2.0 HTTP/1.1',
        'Host: x',
        `Content-Length: ${body.length}`,
        ...headers.map(([name, value]) => `${name}: ${value}`),
      ];
      const socket = connect(Number(new URL(access.http).port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
      socket[leave]();
      const sessionId = await eventually(async () => {
        const { calls } = (await platform.admin('GET', '/calls?limit=500')) as Listed;
        return calls.find(({ order }) => order.callerNbr === callerNbr)?.sessionId;
      }, 'the call is accepted');
      expect((await platform.ended(sessionId)).cdr).toMatchObject({ ulFailReason: 8102 });
    });
  });

  describe('as a whole', () => {
    it('has a test here, or in notification.test.ts, for every number of its directory', () => {
      const tested =
        'talk busy no-answer reject unreachable unallocated hang-up answer-late silent powered-off';
      const others = 'early-media failure-announcement no-response network-failure';
      const inNotifications = 'press-1 press-37 press-37-by-info press-37-in-band voicemail person';
      expect(new Set(directory.map(({ behaviour }) => behaviour))).toEqual(
        new Set(`${tested} ${others} ${inNotifications}`.split(' ')),
      );
    });

    it('does the same whenever it is asked', async () => {
      const behaviours = ['busy', 'unallocated', 'powered-off', 'network-failure', 'reject'] as const;
      const again = behaviours.flatMap((behaviour) => [behaviour, behaviour, behaviour]);
      const calls = await Promise.all(again.map((behaviour) => called(talker, numberOf(behaviour))));
      const outcomes = calls.map(({ events, cdr }, index) =>
        JSON.stringify([again[index], storyOf(events), events.at(-1)?.stateCode, cdr.ulFailReason]),
      );
      expect(new Set(outcomes).size).toBe(behaviours.length);
    });

    it('takes calls below /sandbox, too', async () => {
      const answer = await platform.click2Call({ callerNbr: numberOf('busy') }, '/sandbox');
      expect(answer).toMatchObject({ status: 200, body: { resultcode: '0' } });
      const call = await platform.ended(answer.body.sessionId ?? '');
      expect(call.cdr).toMatchObject({ ulFailReason: 8108 });
    });

    it('is not there where calls leave on a trunk', async () => {
      await using onTrunk = await TestPlatform.start({ trunk: `sip:127.0.0.1:${await freePort()}` });
      const path = '/sandbox/rest/httpsessions/click2Call/v2.0';
      const headers = signedHeaders(onTrunk.app.appKey, onTrunk.app.appSecret);
      const response = await fetch(onTrunk.access.http + path, { method: 'POST', headers, body: '{}' });
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toBe('text/plain');
      expect(await response.text()).toBe('Not Found\n');
      expect(await onTrunk.admin('GET', '/calls')).toMatchObject({ calls: [] });
    });
  });
});
