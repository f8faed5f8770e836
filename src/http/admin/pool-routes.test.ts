import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';
import { settle } from '../../../test/support/manual-clock.ts';
import type { App } from '../../accounts/account.ts';

const numbers = ['+8675528000001', '+8675528000002', '+8675528000003'];
const wanted = {
  displayNbr: numbers[0],
  calleeNbr: '+8613500000002',
  playInfoList: [{ notifyVoice: 'a.wav' }],
};

let platform: HttpPlatform;
let app: App;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
  app = await platform.administration.createApp({ name: 'News', capability: 'notification' });
  for (const number of numbers) await platform.administration.addNumber(number, app.appKey);
});
afterEach(() => platform.close());

const path = (name = 'all'): string => `/admin/v1/apps/${app.appKey}/pools/${name}`;

interface Answer {
  readonly resultcode: string;
  readonly sessionId?: string;
}

async function call(): Promise<Answer> {
  const answer = await platform.post('/rest/httpsessions/callnotify/v2.0', platform.signed(app), wanted);
  return (await answer.json()) as Answer;
}

async function shownBy(sessionId = ''): Promise<object> {
  const shown = await platform.admin<{ order: object }>('GET', `/admin/v1/calls/${sessionId}`);
  return shown.body.order;
}

describe('calls from a pool', () => {
  it('that come at once share its numbers exactly; the rest are refused, and the call list says why', async () => {
    expect((await platform.admin('PUT', path(), { numbers, concurrentCalls: 2 })).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 10 }, call));
    await settle();
    const made = answers.filter(({ resultcode }) => resultcode === '0');
    expect(made).toHaveLength(6);
    expect(new Set(answers.map(({ resultcode }) => resultcode))).toEqual(new Set(['0', '1013003']));
    const shown = await Promise.all(made.map(({ sessionId }) => shownBy(sessionId)));
    for (const number of numbers) {
      const pooled = [{ party: 'A', pool: 'all', asked: numbers[0], chosen: number }];
      expect(shown.filter((order) => 'displayNbr' in order && order.displayNbr === number)).toEqual([
        expect.objectContaining({ pooled }),
        expect.objectContaining({ pooled }),
      ]);
    }
    const { body } = await platform.admin<{ use: object[] }>('GET', path());
    expect(body.use).toEqual(numbers.map((number) => ({ number, today: 2, running: 2 })));
    const { body: refused } = await platform.admin<{ refusals: object[] }>('GET', '/admin/v1/calls/refused');
    expect(refused.refusals[0]).toMatchObject({ reason: 'number-pool', code: '1013003' });
  });

  it('go on with the numbers that are in use; without any, as without a pool', async () => {
    await platform.admin('PUT', path(), { numbers: numbers.slice(0, 2) });
    await platform.administration.setNumberState('+8675528000001', 'suspended');
    const { sessionId } = await call();
    expect(await shownBy(sessionId)).toMatchObject({
      displayNbr: numbers[1],
      pooled: [{ asked: numbers[0] }],
    });
    await platform.administration.setNumberState('+8675528000002', 'suspended');
    const { sessionId: other } = await call();
    const order = await shownBy(other);
    expect(order).toMatchObject({ displayNbr: numbers[2] });
    expect(order).not.toHaveProperty('pooled');
  });
});

describe('a pool', () => {
  it('is set, listed, changed and removed, each on record', async () => {
    await platform.admin('PUT', path(), { numbers });
    await platform.admin('PUT', path(), { numbers: numbers.slice(1), choice: 'rotating' });
    const { body } = await platform.admin<{ pools: object[] }>('GET', '/admin/v1/pools');
    expect(body.pools).toEqual([
      expect.objectContaining({ name: 'all', choice: 'rotating', numbers: numbers.slice(1) }),
    ]);
    await platform.accounts.putAccount({ spId: 'other', name: 'Other', state: 'active', createdAt: 0 });
    expect((await platform.admin('GET', '/admin/v1/pools?account=other')).body).toEqual({ pools: [] });
    expect((await platform.admin('DELETE', path())).status).toBe(204);
    expect((await platform.admin('DELETE', path())).status).toBe(404);
    const trail = await platform.admin<{ entries: { object: { kind: string } }[] }>('GET', '/admin/v1/audit');
    const kinds = trail.body.entries.map(({ object }) => object.kind);
    expect(kinds).toEqual(['number pool', 'number pool', 'number pool']);
  });

  it('has numbers of its application only, each in one pool', async () => {
    const foreign = await platform.admin('PUT', path(), { numbers: ['+8675528000009'] });
    expect(foreign).toMatchObject({
      status: 422,
      body: { error: { code: 'pool-invalid', field: 'numbers' } },
    });
    await platform.admin('PUT', path(), { numbers: numbers.slice(0, 1) });
    const twice = await platform.admin('PUT', path('more'), { numbers });
    expect(twice).toMatchObject({ status: 422, body: { error: { code: 'pool-invalid', field: 'numbers' } } });
  });
});
