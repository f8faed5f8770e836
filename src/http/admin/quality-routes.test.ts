import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleQuality } from '../../../test/contract/samples.ts';
import { HttpPlatform } from '../../../test/support/http-platform.ts';
import { settle } from '../../../test/support/manual-clock.ts';
import { addUser, ask, bearer, signIn } from '../../../test/support/signed-in.ts';
import type { App } from '../../accounts/account.ts';
import type { QualityRows } from '../../call/leg-quality.ts';

let platform: HttpPlatform;
let app: App;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
  app = await platform.administration.createApp({ name: 'News', capability: 'notification' });
  await platform.administration.addNumber('+8675528000001', app.appKey);
});
afterEach(() => platform.close());

const [{ party: _party, ...media }] = sampleQuality as unknown as [QualityRows & { party: string }];

/** A call whose leg has had these media so far. */
async function callWith(rows: QualityRows | undefined): Promise<string> {
  platform.phones.A = (leg) => {
    leg.media = rows;
    leg.ring();
    leg.answer();
  };
  const answer = await platform.post('/rest/httpsessions/callnotify/v2.0', platform.signed(app), {
    displayNbr: '+8675528000001',
    calleeNbr: '+8613500000002',
    playInfoList: [{ notifyVoice: 'a.wav' }],
  });
  const { sessionId } = (await answer.json()) as { sessionId: string };
  await settle();
  return sessionId;
}

const qualityOf = (sessionId: string) =>
  platform.admin<{ live: boolean; legs: unknown[] }>('GET', `/admin/v1/calls/${sessionId}/quality`);

const shown = {
  party: 'A',
  from: '2026-01-01T00:00:00.000Z',
  secondsPerRow: 1,
  milliseconds: 1_400,
  heard: ['audio', 'silence'],
  received: [50, 20],
  sent: [50, 20],
  lost: [2, 0],
  late: [1, 0],
  jitter: [1.5, 1.2],
  level: [-20, null],
  mos: [4.21, 4.38],
  farEnd: { lost: [3, null], jitter: [2, null], roundTrip: [34, null] },
};

describe('the media of a call second by second', () => {
  it('are told while it runs, and the same once it is over', async () => {
    const sessionId = await callWith({ ...media, from: Date.parse(shown.from) });
    expect(await qualityOf(sessionId)).toMatchObject({ status: 200, body: { live: true, legs: [shown] } });
    platform.telephony.legs[0]!.hangUpByUser();
    await settle();
    expect((await qualityOf(sessionId)).body).toEqual({ live: false, legs: [shown] });
  });

  it('are none where no leg had any', async () => {
    const sessionId = await callWith(undefined);
    expect((await qualityOf(sessionId)).body).toEqual({ live: true, legs: [] });
    platform.telephony.legs[0]!.hangUpByUser();
    await settle();
    expect((await qualityOf(sessionId)).body).toEqual({ live: false, legs: [] });
  });

  it('are nobody else’s, and of no call that is not there', async () => {
    expect((await qualityOf('nobody')).status).toBe(404);
    const sessionId = await callWith(media);
    await addUser(platform, 'mallory', 'owner', 'others');
    const theirs = bearer(await signIn(platform, 'mallory', 'others'));
    const { status } = await ask(platform, 'GET', `/calls/${sessionId}/quality`, { headers: theirs });
    expect(status).toBe(404);
  });
});
