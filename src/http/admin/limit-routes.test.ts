import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, HttpPlatform } from '../../../test/support/http-platform.ts';
import { settle } from '../../../test/support/manual-clock.ts';
import { addUser, ask, bearer, signIn } from '../../../test/support/signed-in.ts';
import type { App, Capability } from '../../accounts/account.ts';
import { removeUnblocked } from '../voicecall/blocked-addresses.ts';

const wanted = {
  displayNbr: '+8675528000001',
  callerNbr: '+8613500000001',
  displayCalleeNbr: '+8675528000001',
  calleeNbr: '+8613500000002',
};
const CLICK2CALL = '/rest/httpsessions/click2Call/v2.0';

interface Answer {
  readonly resultcode: string;
  readonly sessionId: string;
  readonly queue?: { readonly position: number; readonly expectedStart: string; readonly expiresAt: string };
}

interface ErrorAnswer {
  readonly error: { readonly code: string; readonly field?: string };
}

let platform: HttpPlatform;
let app: App;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
  app = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
  await platform.administration.addNumber(wanted.displayNbr, app.appKey);
});
afterEach(() => platform.close());

const put = <T = object>(path: string, body: object) => platform.admin<T>('PUT', `/admin/v1${path}`, body);
const get = async <T>(path: string): Promise<T> => (await platform.admin<T>('GET', `/admin/v1${path}`)).body;

async function call(headers: Record<string, string> = {}, by = app, body: object = wanted): Promise<Answer> {
  const path = by.capability === 'callback' ? CLICK2CALL : '/rest/httpsessions/callVerify/v1.0';
  const answer = (await (
    await platform.post(path, { ...platform.signed(by), ...headers }, body)
  ).json()) as Answer;
  await settle();
  return answer;
}

async function appOf(capability: Capability, displayNbr: string): Promise<App> {
  const other = await platform.administration.createApp({ name: 'Codes', capability });
  await platform.administration.addNumber(displayNbr, other.appKey);
  return other;
}

const dialled = (): string[] => [...new Set(platform.telephony.legs.map(({ request }) => request.sessionId))];
const endOf = async (sessionId: string): Promise<number | undefined> => {
  const shown = await get<{ verdict?: { releaseCause: number }; cdr?: object }>(`/calls/${sessionId}`);
  return shown.cdr && shown.verdict?.releaseCause;
};

describe('limits', () => {
  it('are set, shown with what they counted, replaced and removed', async () => {
    const amounts = { callsPerDay: 1, timeZone: 'Asia/Shanghai' };
    const set = await put('/limits/app/*', amounts);
    const defaults = { excess: 'refuse', longestWait: 300, longestQueue: 1_000 };
    const limit = { scope: 'app', subject: '*', since: '2026-01-01T00:00:00.000Z', ...defaults, ...amounts };
    expect(set).toEqual({ status: 200, body: limit });
    const { sessionId } = await call();
    await expect.poll(dialled).toContain(sessionId);
    expect(await get('/limits/app/*')).toEqual({
      ...limit,
      use: [
        {
          subject: app.appKey,
          lastSecond: 1,
          lastMinute: 1,
          today: 1,
          running: 1,
          voicePorts: 1,
          waiting: 0,
          requestsLastMinute: 0,
        },
      ],
    });
    expect((await call()).resultcode).toBe('1013002');
    await put('/limits/app/*', { callsPerDay: 2, timeZone: 'Asia/Shanghai' });
    expect((await call()).resultcode).toBe('0');
    expect((await call()).resultcode).toBe('1013002');
    expect(await get('/limits')).toMatchObject({ limits: [{ callsPerDay: 2 }] });
    expect((await platform.admin('DELETE', '/admin/v1/limits/app/*')).status).toBe(204);
    expect((await call()).resultcode).toBe('0');
    expect((await platform.admin('DELETE', '/admin/v1/limits/app/*')).status).toBe(404);
    expect((await platform.admin('GET', '/admin/v1/limits/app/*')).status).toBe(404);
  });

  it.each([
    ['app/*', {}, 'callsPerSecond'],
    ['app/*', { callsPerDay: -1 }, 'callsPerDay'],
    ['app/*', { callsPerDay: 1, timeZone: 'Moon' }, 'timeZone'],
    ['app/*', { quietHours: { from: '22:00', to: '24:00' } }, 'quietHours'],
    ['app/*', { callsPerDay: 1, excess: 'queue' }, 'excess'],
    ['app/*', { callsPerSecond: 1, excess: 'queue', longestWait: 0 }, 'longestWait'],
    ['callee/*', { requestsPerMinute: 1 }, 'requestsPerMinute'],
    ['callee/13500000001', { callsPerDay: 1 }, 'subject'],
    ['platform/x', { callsPerDay: 1 }, 'subject'],
  ])('of %s with %j are refused, naming the member', async (path, body, field) => {
    expect(await put(`/limits/${path}`, body)).toMatchObject({
      status: 422,
      body: { error: { code: 'limit-invalid', field } },
    });
  });

  it('name applications and accounts that there are', async () => {
    expect((await put('/limits/app/nobody', { callsPerDay: 1 })).status).toBe(404);
    expect((await put('/limits/account/nobody', { callsPerDay: 1 })).status).toBe(404);
    expect((await put('/limits/moon/x', { callsPerDay: 1 })).status).toBe(400);
  });

  it('of an account are its own: not the operator’s, nor about anyone else', async () => {
    await addUser(platform, 'ann', 'owner', 'acme');
    const headers = bearer(await signIn(platform, 'ann', 'acme'));
    await put('/limits/callee/*', { callsPerDay: 9 });
    const set = (path: string) =>
      ask<ErrorAnswer>(platform, 'PUT', path, { headers, body: { callsPerDay: 1 } });
    expect(await set('/limits/callee/*')).toMatchObject({ status: 200, body: { account: 'acme' } });
    expect(await set('/limits/platform/*')).toMatchObject({ body: { error: { code: 'limit-invalid' } } });
    expect(await set('/limits/account/openvoicecall')).toMatchObject({ status: 422 });
    expect(await set(`/limits/app/${app.appKey}`)).toMatchObject({ status: 404 });
    expect(await ask(platform, 'PUT', '/prices/+86', { headers, body: { perMinute: 1 } })).toMatchObject({
      status: 403,
    });
    const shown = await ask<{ limits: object[] }>(platform, 'GET', '/limits', { headers });
    expect(shown.body.limits).toMatchObject([{ account: 'acme', callsPerDay: 1 }]);
    expect(await get<{ limits: object[] }>('/limits')).toMatchObject({ limits: [{}, {}] });
    // It counts the calls of acme alone.
    expect([await call(), await call()]).toMatchObject([{ resultcode: '0' }, { resultcode: '0' }]);
  });

  it('are in the audit trail, their numbers masked', async () => {
    await put(`/limits/callee/${encodeURIComponent(wanted.calleeNbr)}`, { callsPerDay: 1 });
    await put(`/limits/callee/${encodeURIComponent(wanted.calleeNbr)}`, { callsPerDay: 2 });
    await put(`/barred-numbers/callee/${encodeURIComponent(wanted.calleeNbr)}`, { note: 'peace' });
    const trail = await get<{ entries: object[] }>('/audit');
    expect(trail.entries).toMatchObject([
      { object: { kind: 'barred number' }, after: { note: 'peace' } },
      { object: { kind: 'limit' }, before: { callsPerDay: 1 }, after: { callsPerDay: 2 } },
      { object: { kind: 'limit' }, after: { callsPerDay: 1 } },
    ]);
    expect(JSON.stringify(trail)).not.toContain(wanted.calleeNbr);
  });

  it('are listed with the subject that is nearest to what it may', async () => {
    const codes = await appOf('callback', '+8675528000002');
    await put('/limits/app/*', { callsPerDay: 10 });
    await put(`/limits/app/${codes.appKey}`, { callsPerDay: 0 });
    await put('/limits/callee/*', { callsPerDay: 9, concurrentCalls: 2 });
    const callees = ['+8613500000002', '+8613500000003', '+8613500000003'];
    for (const calleeNbr of callees) await call({}, app, { ...wanted, calleeNbr });
    const { limits } = await get<{ limits: object[] }>('/limits');
    expect(limits).toMatchObject([
      { subject: '*', subjects: 1, nearest: { subject: app.appKey, today: 3, running: 3 } },
      { subject: codes.appKey, subjects: 0 },
      { scope: 'callee', subjects: 2, nearest: { subject: '+8613500000003', today: 2, running: 2 } },
    ]);
    const { use } = await get<{ use: object[] }>('/limits/callee/*');
    expect(use).toMatchObject([{ subject: '+8613500000003' }, { subject: '+8613500000002' }]);
  });

  it('and black lists and refusals show no number to whoever may only look', async () => {
    await put(`/limits/callee/${encodeURIComponent(wanted.calleeNbr)}`, { callsPerDay: 1 });
    await put(`/barred-numbers/caller/${encodeURIComponent('+8613500000077')}`, {});
    await put('/limits/number/*', { callsPerDay: 1 });
    expect([(await call()).resultcode, (await call()).resultcode]).toEqual(['0', '1013003']);
    await addUser(platform, 'rita', 'read-only');
    await addUser(platform, 'olga', 'owner');
    const { spId: account } = app;
    const headers = bearer(ADMIN_TOKEN);
    const own = { headers, body: { callsPerDay: 7 } };
    await ask(platform, 'PUT', `/limits/callee/%2B8613500000066?account=${account}`, own);
    await ask(platform, 'PUT', `/barred-numbers/callee/%2B8613500000088?account=${account}`, {
      headers,
      body: {},
    });
    await expect.poll(() => get('/calls/refused')).toMatchObject({ refusals: [{}] });
    const seenBy = async (name: string): Promise<string> => {
      const by = { headers: bearer(await signIn(platform, name)) };
      const paths = ['/limits', '/barred-numbers', '/calls/refused'];
      return JSON.stringify(await Promise.all(paths.map((path) => ask(platform, 'GET', path, by))));
    };
    const [masked, full] = [await seenBy('rita'), await seenBy('olga')];
    for (const number of ['+8613500000066', '+8613500000088', wanted.calleeNbr, wanted.displayNbr]) {
      expect(full).toContain(number);
      expect(masked).not.toContain(number);
    }
    expect(masked).toContain('+8613*******66');
  });

  it('of voice ports are shown with what is in use, each account its own', async () => {
    await platform.administration.updateApp(app.appKey, { ports: 3 });
    await call();
    expect(await get('/voice-ports')).toEqual({
      apps: [{ appKey: app.appKey, name: 'Cars', account: 'openvoicecall', ports: 3, inUse: 1 }],
    });
    await addUser(platform, 'ann', 'read-only', 'acme');
    const headers = bearer(await signIn(platform, 'ann', 'acme'));
    expect((await ask(platform, 'GET', '/voice-ports', { headers })).body).toEqual({ apps: [] });
  });

  it('of requests count whatever is asked for', async () => {
    await put('/limits/app/*', { requestsPerMinute: 2 });
    const stop = (): Promise<Response> =>
      platform.post('/rest/httpsessions/callStop/v2.0', platform.signed(app), {
        sessionid: 'x',
        signal: 'call_stop',
      });
    expect(await (await stop()).json()).toMatchObject({ resultcode: '1020152' });
    expect((await call()).resultcode).toBe('0');
    expect(await (await stop()).json()).toMatchObject({ resultcode: '1010009' });
    expect(await get('/limits/app/*')).toMatchObject({ use: [{ requestsLastMinute: 2, today: 1 }] });
    await platform.clock.advance(60_000);
    expect((await call()).resultcode).toBe('0');
  });
});

describe('calls that wait', () => {
  const pace = (more: object = {}) =>
    put('/limits/account/*', { callsPerMinute: 1, excess: 'queue', longestWait: 120, ...more });

  it('are told their place, shown in the order of their turns, and begin when it is their turn', async () => {
    await pace();
    const first = await call();
    expect(first.queue).toBeUndefined();
    const waiting = await call();
    expect(waiting).toEqual({
      resultcode: '0',
      resultdesc: 'Success',
      sessionId: expect.any(String),
      queue: {
        position: 1,
        expectedStart: '2026-01-01T00:01:00.000Z',
        expiresAt: '2026-01-01T00:02:00.000Z',
      },
    });
    const codes = await appOf('verification', '+8675528000002');
    const order = {
      ...wanted,
      displayNbr: '+8675528000002',
      languageType: 2,
      preTone: 'p.wav',
      verifyCode: '1234',
    };
    const code = await call({}, codes, order);
    expect(code.queue).toMatchObject({ position: 1 });
    expect(await get('/queue')).toMatchObject({
      calls: [
        { sessionId: code.sessionId, capability: 'verification', position: 1 },
        { sessionId: waiting.sessionId, position: 2, expectedStart: '2026-01-01T00:02:00.000Z' },
      ],
    });
    expect(await get(`/calls/${waiting.sessionId}`)).toMatchObject({ state: 'accepted' });
    await expect.poll(dialled).toEqual([first.sessionId]);
    await platform.clock.advance(60_000);
    expect(dialled()).toContain(code.sessionId);
    expect(dialled()).not.toContain(waiting.sessionId);
    await platform.clock.advance(60_000);
    expect(dialled()).toContain(waiting.sessionId);
    expect(await get('/queue')).toEqual({ calls: [] });
  });

  it('may be cancelled, by the API and by callStop, and have their record', async () => {
    await pace();
    await call();
    const [one, other] = [await call(), await call()];
    const path = `/admin/v1/queue/${encodeURIComponent(one.sessionId)}`;
    expect((await platform.admin('DELETE', path)).status).toBe(202);
    expect((await platform.admin('DELETE', path)).status).toBe(404);
    const body = { sessionid: other.sessionId, signal: 'call_stop' };
    await platform.post('/rest/httpsessions/callStop/v2.0', platform.signed(app), body);
    for (const { sessionId } of [one, other]) await expect.poll(() => endOf(sessionId)).toBe(8017);
    await platform.clock.advance(120_000);
    expect(dialled()).not.toContain(one.sessionId);
    expect(dialled()).not.toContain(other.sessionId);
    expect(platform.calls.portsInUse).toBe(1);
  });

  it('are left to the next start while the platform drains', async () => {
    await pace();
    const first = await call();
    const { sessionId } = await call();
    await expect.poll(dialled).toEqual([first.sessionId]);
    const drained = platform.calls.drain(0);
    await platform.clock.advance(120_000);
    await drained;
    expect(dialled()).toEqual([first.sessionId]);
    expect(await get(`/calls/${sessionId}`)).toMatchObject({ state: 'accepted' });
    expect(await get(`/calls/${first.sessionId}`)).toMatchObject({ state: 'ended' });
  });

  it('are placed once for one key, and told their place again', async () => {
    await pace();
    await call();
    const key = { 'idempotency-key': 'order-7' };
    const waiting = await call(key);
    expect(waiting.queue).toMatchObject({ position: 1 });
    expect(await call(key)).toEqual(waiting);
  });

  it('take ports and begin as soon as limits allow it', async () => {
    await pace();
    await call();
    const { sessionId } = await call();
    await expect.poll(() => get('/queue')).toMatchObject({ calls: [{ sessionId }] });
    await put('/limits/account/*', { callsPerMinute: 2, excess: 'queue' });
    await expect.poll(dialled).toContain(sessionId);
    expect(platform.calls.portsInUse).toBe(2);
  });
});

describe('refused calls', () => {
  it('are listed with the reason, each account its own', async () => {
    await put('/limits/app/*', { callsPerDay: 0 });
    await put('/guards/*', { calls: 'all', countries: ['de'] });
    await call();
    await platform.admin('DELETE', '/admin/v1/limits/app/*');
    expect((await call()).resultcode).toBe('1010025');
    interface Refused {
      readonly refusals: { readonly id: number }[];
      readonly nextCursor?: number;
    }
    await expect.poll(async () => (await get<Refused>('/calls/refused')).refusals.length).toBe(2);
    const listed = await get<Refused>('/calls/refused');
    expect(listed.refusals).toMatchObject([
      { reason: 'country', code: '1010025', calleeNbr: wanted.calleeNbr, account: 'openvoicecall' },
      { reason: 'calls-per-day', code: '1013002', explanation: expect.stringContaining('All 0 calls') },
    ]);
    const page = await get<Refused>('/calls/refused?limit=1');
    expect(page.refusals).toHaveLength(1);
    expect((await get<Refused>(`/calls/refused?cursor=${page.nextCursor}`)).refusals).toEqual(
      listed.refusals.slice(1),
    );
    await addUser(platform, 'ann', 'read-only', 'acme');
    const headers = bearer(await signIn(platform, 'ann', 'acme'));
    expect((await ask(platform, 'GET', '/calls/refused', { headers })).body).toEqual({ refusals: [] });
  });

  it('count nothing, and missing ports are among them', async () => {
    await platform.administration.updateApp(app.appKey, { ports: 1 });
    await put('/limits/app/*', { callsPerDay: 2 });
    expect([(await call()).resultcode, (await call()).resultcode]).toEqual(['0', '1020165']);
    await expect.poll(() => get('/calls/refused')).toMatchObject({ refusals: [{ reason: 'voice-ports' }] });
    expect(await get('/limits/app/*')).toMatchObject({ use: [{ today: 1 }] });
  });
});

describe('guards and prices', () => {
  it('are set, shown with what was spent, and removed', async () => {
    await platform.admin('PUT', '/admin/v1/prices/+86', { perMinute: 0.25 });
    const guard = {
      calls: 'all',
      coolDown: 60,
      velocity: { calls: 5, within: 3_600 },
      completion: { percent: 30, within: 3_600 },
      countries: ['cn'],
      dailyBudget: 1,
    };
    expect(await put(`/guards/${app.appKey}`, guard)).toMatchObject({
      status: 200,
      body: { ...guard, countries: ['CN'], completion: { ...guard.completion, sample: 20 }, prefixDigits: 7 },
    });
    expect((await call()).resultcode).toBe('0');
    expect((await call()).resultcode).toBe('1011006');
    expect(await get('/guards')).toMatchObject({ guards: [{ spent: [{ appKey: app.appKey, cost: 0.5 }] }] });
    expect((await platform.admin('DELETE', `/admin/v1/guards/${app.appKey}`)).status).toBe(204);
    expect((await platform.admin('DELETE', `/admin/v1/guards/${app.appKey}`)).status).toBe(404);
    expect(await get('/prices')).toEqual({ prices: [{ prefix: '+86', perMinute: 0.25 }] });
    expect((await platform.admin('DELETE', '/admin/v1/prices/+86')).status).toBe(204);
    expect((await platform.admin('DELETE', '/admin/v1/prices/+86')).status).toBe(404);
  });

  it.each([
    [{}, 'coolDown'],
    [{ coolDown: 0 }, 'coolDown'],
    [{ velocity: { calls: 0, within: 10 } }, 'velocity'],
    [{ completion: { percent: 101, within: 10 } }, 'completion'],
    [{ countries: ['XX'] }, 'countries'],
    [{ countries: [] }, 'countries'],
    [{ dailyBudget: -1 }, 'dailyBudget'],
    [{ coolDown: 1, prefixDigits: 0 }, 'prefixDigits'],
    [{ coolDown: 1, timeZone: 'Moon' }, 'timeZone'],
  ])('with %j are refused, naming the member', async (body, field) => {
    expect(await put('/guards/*', body)).toMatchObject({
      status: 422,
      body: { error: { code: 'guard-invalid', field } },
    });
  });

  it('refuse prices and numbers that cannot be', async () => {
    expect(await put('/prices/86', { perMinute: 1 })).toMatchObject({
      status: 422,
      body: { error: { field: 'prefix' } },
    });
    expect(await put('/prices/+86', { perMinute: 0.00001 })).toMatchObject({
      body: { error: { field: 'perMinute' } },
    });
    for (const number of ['13500000001', '*', '+86*1']) {
      expect(await put(`/barred-numbers/callee/${number}`, {})).toMatchObject({
        status: 422,
        body: { error: { code: 'number-invalid' } },
      });
    }
  });
});

describe('black lists', () => {
  it('are listed, and forgotten', async () => {
    const path = `/barred-numbers/callee/${encodeURIComponent('+86135*')}`;
    await put(path, { note: 'peace' });
    expect(await get('/barred-numbers')).toEqual({
      numbers: [{ role: 'callee', number: '+86135*', note: 'peace', since: '2026-01-01T00:00:00.000Z' }],
    });
    const { sessionId } = await call();
    await expect.poll(() => endOf(sessionId)).toBe(7004);
    expect((await platform.admin('DELETE', `/admin/v1${path}`)).status).toBe(204);
    expect((await platform.admin('DELETE', `/admin/v1${path}`)).status).toBe(404);
    const next = await call();
    await expect.poll(dialled).toContain(next.sessionId);
  });

  it('also end a callback whose callee is barred while its caller is rung', async () => {
    platform.phones.A = (leg) => leg.ring();
    const { sessionId } = await call();
    await expect.poll(dialled).toEqual([sessionId]);
    await put(`/barred-numbers/callee/${encodeURIComponent(wanted.calleeNbr)}`, {});
    platform.telephony.leg('A').answer();
    await expect.poll(() => endOf(sessionId)).toBe(7004);
    expect(platform.telephony.legs).toHaveLength(1);
  });
});

describe('blocked addresses', () => {
  const fail = (): Promise<Response> =>
    platform.post(CLICK2CALL, platform.signed({ ...app, appSecret: 'wrong' }), wanted);

  it('stay blocked over a restart, are listed, and served again when somebody says so', async () => {
    expect(await get('/blocked-addresses')).toEqual({ addresses: [] });
    for (let failure = 0; failure < 20; failure++) await fail();
    expect((await call()).resultcode).toBe('1020176');
    await platform.close();
    await platform.listen();
    expect((await call()).resultcode).toBe('1020176');
    const blocked = { address: '127.0.0.1', until: '2026-01-01T00:30:00.000Z' };
    expect(await get('/blocked-addresses')).toEqual({ addresses: [blocked] });
    const unblock = () => platform.admin('DELETE', '/admin/v1/blocked-addresses/127.0.0.1');
    expect((await unblock()).status).toBe(204);
    expect((await unblock()).status).toBe(404);
    expect((await call()).resultcode).toBe('0');
    expect(await platform.limitStore.settings('blocked')).toEqual([]);
  });

  it('are forgotten once their time is over', async () => {
    for (let failure = 0; failure < 20; failure++) await fail();
    await platform.clock.advance(30 * 60_000);
    await removeUnblocked(platform.limitStore, platform.clock.now() - 1);
    expect(await platform.limitStore.settings('blocked')).toHaveLength(1);
    await removeUnblocked(platform.limitStore, platform.clock.now());
    expect(await platform.limitStore.settings('blocked')).toEqual([]);
    expect(await get('/blocked-addresses')).toEqual({ addresses: [] });
    expect((await call()).resultcode).toBe('0');
  });
});
