import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';
import { settle } from '../../../test/support/manual-clock.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
});
afterEach(() => platform.close());

interface CreatedApp {
  readonly appKey: string;
  readonly appSecret: string;
}

async function createApp(rest: object = {}): Promise<CreatedApp> {
  const wanted = { name: 'Cars', capability: 'callback', ...rest };
  return (await platform.admin<CreatedApp>('POST', '/admin/v1/apps', wanted)).body;
}

async function createAppWithNumber(): Promise<string> {
  const { appKey } = await createApp();
  await platform.admin('POST', '/admin/v1/numbers', { number: '+8675528000001', appKey });
  return appKey;
}

const wanted = {
  displayNbr: '+8675528000001',
  callerNbr: '+8613500000001',
  displayCalleeNbr: '+8675528000001',
  calleeNbr: '+8613500000002',
};

async function placeCall(appKey: string): Promise<string> {
  const placed = await platform.admin<{ sessionId: string }>('POST', '/admin/v1/calls', {
    appKey,
    ...wanted,
  });
  expect(placed).toMatchObject({ status: 200, body: { resultcode: '0', resultdesc: 'Success' } });
  await settle();
  return placed.body.sessionId;
}

async function endCall(): Promise<void> {
  platform.telephony.leg('B').hangUpByUser();
  await settle();
}

describe('a secret that is renewed', () => {
  const secrets = async (appKey: string): Promise<string[]> => {
    const app = await platform.administration.app(appKey);
    return [app.appSecret, app.previousSecret?.secret ?? 'none'];
  };

  it('is shown once, the old one works as long as is said, and neither is in the audit trail', async () => {
    const { appKey, appSecret } = await createApp();
    const path = `/admin/v1/apps/${appKey}/secret`;
    const renewed = await platform.admin<CreatedApp>('POST', path, { graceSeconds: 60 });
    expect(renewed.status).toBe(201);
    expect(await secrets(appKey)).toEqual([renewed.body.appSecret, appSecret]);
    expect(renewed.body).toMatchObject({
      previousSecretValidUntil: new Date(platform.clock.now() + 60_000).toISOString(),
    });
    const shown = JSON.stringify(await platform.admin('GET', `/admin/v1/apps/${appKey}`));
    const trail = JSON.stringify(await platform.admin('GET', '/admin/v1/audit'));
    for (const secret of await secrets(appKey)) expect(shown + trail).not.toContain(secret);
    expect(trail).toContain('POST /apps/:appKey/secret');
    const { body } = await platform.admin<CreatedApp>('POST', path, { graceSeconds: 0 });
    expect(await secrets(appKey)).toEqual([body.appSecret, 'none']);
    expect((await platform.admin('POST', path, { graceSeconds: -1 })).status).toBe(400);
    expect((await platform.admin('POST', '/admin/v1/apps/none/secret', {})).status).toBe(404);
  });
});

describe('the operator’s token', () => {
  it.each([
    ['none', undefined],
    ['another', 'Bearer other'],
    ['another scheme', 'Basic operator-token'],
    ['a longer one', 'Bearer operator-token2'],
  ])('is wanted: %s is refused', async (_case, authorization) => {
    const headers = authorization === undefined ? {} : { authorization };
    for (const path of ['/admin/v1/apps', '/admin/v1/calls/x', '/admin/v1/nowhere', '/events']) {
      const response = await fetch(`${platform.url}${path}`, { headers });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({
        error: { code: 'unauthorized', remedy: expect.stringContaining('admin.json') },
      });
    }
  });
});

describe('apps', () => {
  it('are created, listed, shown and changed; the secret is shown once', async () => {
    const created = await createApp({ statusUrl: 'http://cars.example/status' });
    expect(created).toMatchObject({
      appKey: expect.stringMatching(/^\w{28}$/),
      appSecret: expect.stringMatching(/^\w{28}$/),
      name: 'Cars',
      capability: 'callback',
      ports: 10,
      createdAt: '2026-01-01T00:00:00.000Z',
    });
    const { appSecret: _secret, ...shown } = created;
    expect((await platform.admin('GET', '/admin/v1/apps')).body).toEqual({ apps: [shown] });
    const path = `/admin/v1/apps/${created.appKey}`;
    expect((await platform.admin('GET', path)).body).toEqual(shown);
    const change = { ports: 20, statusUrl: null, allowedAddresses: ['10.0.0.0/8'] };
    const changed = await platform.admin<object>('PATCH', path, change);
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ ports: 20, allowedAddresses: ['10.0.0.0/8'] });
    expect(changed.body).not.toHaveProperty('statusUrl');
    expect((await platform.admin('GET', path)).body).toEqual(changed.body);
  });

  it.each([
    [{ capability: 'callback' }, 400, 'invalid-request', 'name'],
    [{ name: 'Cars', capability: 'sms' }, 400, 'invalid-request', 'capability'],
    [{ name: 'Cars', capability: 'callback', recordings: true }, 400, 'invalid-request', undefined],
    [
      { name: 'Cars', capability: 'callback', allowedAddresses: ['x'] },
      400,
      'invalid-request',
      'allowedAddresses.0',
    ],
    [{ name: 'Cars', capability: 'callback', ports: 70_000 }, 422, 'ports-invalid', 'ports'],
    [
      { name: 'Codes', capability: 'verification', recording: true },
      422,
      'recording-needs-callback',
      'recording',
    ],
    [{ name: 'Cars', capability: 'callback', feeUrl: 'x' }, 422, 'url-invalid', 'feeUrl'],
  ])('refuse %j', async (body, status, code, field) => {
    const answer = await platform.admin<{ error: object }>('POST', '/admin/v1/apps', body);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatchObject({ code, message: expect.any(String) });
    expect((answer.body.error as { field?: string }).field).toBe(field);
  });

  it('are five at most, also when they come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        platform.admin<{ error?: object }>('POST', '/admin/v1/apps', {
          name: `App ${index}`,
          capability: 'callback',
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 201, 409, 409, 409]);
  });

  it('that nobody knows are 404', async () => {
    expect(await platform.admin('GET', '/admin/v1/apps/nobody')).toMatchObject({
      status: 404,
      body: { error: { code: 'app-unknown', remedy: expect.any(String) } },
    });
    expect((await platform.admin('PATCH', '/admin/v1/apps/nobody', {})).status).toBe(404);
  });
});

describe('numbers', () => {
  it('are added, suspended, resumed and removed', async () => {
    const { appKey } = await createApp();
    const number = '+8675528000001';
    const added = await platform.admin('POST', '/admin/v1/numbers', { number, appKey });
    expect(added).toMatchObject({ status: 201, body: { number, appKey, kind: 'display', state: 'in-use' } });
    for (const path of [`/admin/v1/numbers/${number}`, `/admin/v1/numbers/${encodeURIComponent(number)}`]) {
      for (const state of ['suspended', 'in-use']) {
        expect((await platform.admin('PATCH', path, { state })).body).toMatchObject({ number, state });
      }
    }
    expect(await platform.admin('GET', `/admin/v1/numbers?appKey=${appKey}`)).toMatchObject({
      body: { numbers: [{ number }] },
    });
    expect((await platform.admin('DELETE', `/admin/v1/numbers/${number}`)).status).toBe(204);
    expect((await platform.admin('GET', '/admin/v1/numbers')).body).toEqual({ numbers: [] });
  });

  it('belong to one app, are global and known', async () => {
    const first = await createApp();
    const second = await createApp({ name: 'Other' });
    const number = '+8675528000001';
    const add = (appKey: string, text: string) =>
      platform.admin('POST', '/admin/v1/numbers', { number: text, appKey });
    await add(first.appKey, number);
    expect(await add(second.appKey, number)).toMatchObject({
      status: 409,
      body: { error: { code: 'number-taken' } },
    });
    expect(await add(first.appKey, '075528000001')).toMatchObject({
      status: 422,
      body: { error: { code: 'number-invalid', field: 'number' } },
    });
    expect(await add('nobody', '+8675528000002')).toMatchObject({ status: 404 });
    expect((await platform.admin('DELETE', '/admin/v1/numbers/+8675528000009')).status).toBe(404);
  });
});

describe('calls', () => {
  it('are placed as an app and shown with all that is known of them', async () => {
    const appKey = await createAppWithNumber();
    const sessionId = await placeCall(appKey);
    const running = await platform.admin<object>('GET', `/admin/v1/calls/${sessionId}`);
    expect(running.body).toMatchObject({
      sessionId,
      appKey,
      state: 'running',
      order: { callerNbr: wanted.callerNbr, calleeMedia: 'all' },
      legs: [
        {
          party: 'A',
          to: wanted.callerNbr,
          answeredAt: '2026-01-01T00:00:00.000Z',
          recording: '/recordings/A@test.wav',
        },
        { party: 'B', to: wanted.calleeNbr },
      ],
    });
    expect(running.body).not.toHaveProperty('verdict');
    expect(running.body).not.toHaveProperty('cdr');
    await endCall();
    expect(
      (await platform.admin('GET', `/admin/v1/calls/${encodeURIComponent(sessionId)}`)).body,
    ).toMatchObject({
      state: 'ended',
      verdict: { releaseCause: 0, description: 'The user releases the call.', releasedBy: 'callee' },
      events: [
        { sequence: 1, type: 'callout', party: 'A' },
        { type: 'alerting', party: 'A' },
        { type: 'answer', party: 'A' },
        { type: 'callout', party: 'B' },
        { type: 'alerting', party: 'B' },
        { type: 'answer', party: 'B' },
        { sequence: 7, type: 'disconnect', stateCode: 0, stateDesc: 'The user releases the call.' },
      ],
      prompts: [{ at: '2026-01-01T00:00:00.000Z', party: 'A', kind: 'system', name: 'waiting' }],
      bridgedAt: '2026-01-01T00:00:00.000Z',
      cdr: { direction: 0, appKey, sessionId, calleeNum: wanted.callerNbr, fwdDstNum: wanted.calleeNbr },
    });
  });

  it('are listed newest first, page by page, by app, state and time', async () => {
    const appKey = await createAppWithNumber();
    const first = await placeCall(appKey);
    await endCall();
    await platform.clock.advance(60_000);
    const second = await placeCall(appKey);
    const list = async (query: string) => {
      const { body } = await platform.admin<{ calls: { sessionId: string }[]; nextCursor?: string }>(
        'GET',
        `/admin/v1/calls${query}`,
      );
      return { ids: body.calls.map(({ sessionId }) => sessionId), next: body.nextCursor };
    };
    expect(await list('')).toEqual({ ids: [second, first], next: undefined });
    const { ids, next } = await list('?limit=1');
    expect(ids).toEqual([second]);
    expect((await list(`?limit=1&cursor=${encodeURIComponent(next ?? '')}`)).ids).toEqual([first]);
    expect((await list('?state=ended')).ids).toEqual([first]);
    expect((await list('?since=2026-01-01T00:00:30Z')).ids).toEqual([second]);
    expect((await list('?appKey=other')).ids).toEqual([]);
    expect((await list('?until=2026-01-01T00:00:30Z')).ids).toEqual([first]);
    expect((await list(`?sessionId=${encodeURIComponent(first)}`)).ids).toEqual([first]);
    expect((await list(`?number=${encodeURIComponent('+86 135-0000-0002')}`)).ids).toEqual([second, first]);
    expect((await list('?number=%2B8613500000003')).ids).toEqual([]);
    expect((await list('?cause=0')).ids).toEqual([first]);
    expect((await list('?cause=8017')).ids).toEqual([]);
    expect(await platform.admin('GET', '/admin/v1/calls?number=13500000001')).toMatchObject({
      status: 400,
      body: { error: { code: 'number-wrong', message: expect.stringContaining('number') } },
    });
    for (const query of ['?limit=0', '?limit=501', '?state=x', '?since=yesterday', '?cause=busy']) {
      expect((await platform.admin('GET', `/admin/v1/calls${query}`)).status).toBe(400);
    }
  });

  it('are stopped once', async () => {
    const sessionId = await placeCall(await createAppWithNumber());
    const path = `/admin/v1/calls/${encodeURIComponent(sessionId)}/stop`;
    expect(await platform.admin('POST', path)).toEqual({ status: 202, body: { sessionId } });
    await settle();
    expect(await platform.admin('POST', path)).toMatchObject({
      status: 409,
      body: { error: { code: 'call-ended' } },
    });
    expect(await platform.admin('POST', '/admin/v1/calls/nothing/stop')).toMatchObject({ status: 404 });
    expect((await platform.admin('GET', `/admin/v1/calls/${sessionId}`)).body).toMatchObject({
      verdict: { releaseCause: 8017 },
    });
  });

  it('that the compatible API would refuse are refused with its code and what to do', async () => {
    const appKey = await createAppWithNumber();
    const place = (body: object) => platform.admin('POST', '/admin/v1/calls', { appKey, ...wanted, ...body });
    expect(await place({ displayNbr: '+8675528000009' })).toMatchObject({
      status: 403,
      body: { error: { code: '1010023', remedy: expect.stringContaining('number add') } },
    });
    expect(await place({ userData: '{' })).toMatchObject({
      body: { error: { code: '1010002', message: 'Invalid request. userData' } },
    });
    await platform.admin('PATCH', `/admin/v1/apps/${appKey}`, { state: 'suspended' });
    expect(await place({})).toMatchObject({ body: { error: { code: '1010008' } } });
    await platform.close();
    await platform.listen({ commercial: true });
    expect(await place({ sandbox: true })).toMatchObject({
      status: 409,
      body: { error: { code: 'no-sandbox' } },
    });
    expect(await platform.admin('POST', '/admin/v1/calls', wanted)).toMatchObject({
      status: 400,
      body: { error: { field: 'appKey' } },
    });
  });
});

describe('errors of the operator’s API', () => {
  it('are JSON for bad JSON, unknown paths and what breaks inside', async () => {
    const headers = { authorization: 'Bearer operator-token', 'content-type': 'application/json' };
    const broken = await platform.post('/admin/v1/apps', headers, '{');
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ error: { message: expect.any(String) } });
    expect(await platform.admin('GET', '/admin/v1/nowhere')).toMatchObject({
      status: 404,
      body: { error: { code: 'path-unknown' } },
    });
    platform.accounts.failure = new Error('database is locked at +8613500000001');
    expect(await platform.admin('GET', '/admin/v1/apps')).toMatchObject({
      status: 500,
      body: { error: { code: 'internal', remedy: expect.any(String) } },
    });
    expect(platform.logged.join()).not.toContain('13500000001');
  });
});

/** One path of each part of the API. */
const parts = [
  'accounts/{spId}',
  'api-password',
  'apps/{appKey}',
  'audit',
  'calls/{sessionId}/stop',
  'barred-numbers/{role}/{number}',
  'calls/refused',
  'exports/records',
  'guards/{appKey}',
  'limits/{scope}/{subject}',
  'numbers/{number}',
  'phones',
  'pushes/{id}/replay',
  'receiver',
  'session/operator',
  'statistics',
  'templates/{templateId}/approve',
  'tokens/{tokenId}',
  'trunks/{name}/check',
  'users/{name}',
  'voice-files/{name}/audio',
];

describe('what the server says of itself', () => {
  const get = (path: string): Promise<Response> => fetch(`${platform.url}${path}`);

  it('is an OpenAPI 3.1 description of every part of the operator’s API', async () => {
    const description = (await (await get('/admin/v1/openapi.json')).json()) as {
      openapi: string;
      paths: Record<string, object>;
    };
    expect(description.openapi).toMatch(/^3\.1\./);
    const paths = Object.keys(description.paths);
    expect(paths.every((path) => path.startsWith('/admin/v1/'))).toBe(true);
    for (const part of parts) expect(paths).toContain(`/admin/v1/${part}`);
  });

  it('has pages for people', async () => {
    expect(await (await get('/')).text()).toContain('href="/docs"');
    expect(await (await get('/docs')).text()).toContain('swagger-ui');
    expect(await (await get('/docs/json')).json()).toMatchObject({ openapi: '3.1.0' });
  });

  it('lists the sandbox’s numbers', async () => {
    expect((await platform.admin('GET', '/admin/v1/phones')).body).toEqual({
      phones: [{ number: '+8613500000010', behaviour: 'busy', description: 'answers 486' }],
    });
  });

  it('is up, and ready when every check is', async () => {
    expect(await (await get('/healthz')).json()).toEqual({ status: 'up' });
    let problem: string | undefined;
    platform.readiness.push(
      { name: 'sip', check: async () => undefined },
      { name: 'database', check: async () => problem },
    );
    const ready = await get('/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({
      status: 'ready',
      checks: [
        { name: 'sip', ok: true },
        { name: 'database', ok: true },
      ],
    });
    problem = 'the disk is full';
    const full = await get('/readyz');
    expect(full.status).toBe(503);
    expect(await full.json()).toMatchObject({ checks: [{ ok: true }, { ok: false, problem }] });
    platform.readiness.push({ name: 'media', check: () => Promise.reject(new RangeError('x')) });
    expect(await (await get('/readyz')).json()).toMatchObject({
      checks: [{}, {}, { name: 'media', ok: false, problem: 'RangeError' }],
    });
  });

  it('counts its answers', async () => {
    await platform.post('/rest/httpsessions/click2Call/v2.0', {}, wanted);
    const text = await (await get('/metrics')).text();
    expect(text).toContain('openvoicecall_api_answers_total{api="click2Call",resultcode="1023006"} 1');
    expect(text).toContain('process_cpu_seconds_total');
  });
});

describe('what a request names', () => {
  it('is refused where the route does not know the parameter, so that no filter is overlooked', async () => {
    for (const path of ['/apps?acount=cars', '/templates?state=wrong', '/audit?address=1', '/accounts?x=1']) {
      const { status, body } = await platform.admin<{ error: { message: string } }>(
        'GET',
        `/admin/v1${path}`,
      );
      expect([path, status]).toEqual([path, 400]);
      expect(body.error.message).not.toBe('');
    }
    const erased = await platform.admin('POST', '/admin/v1/personal-data/export?acount=cars', {
      number: '+8613500000001',
    });
    expect(erased.status).toBe(400);
  });

  it('is refused where there is no such account, and nothing is kept of it', async () => {
    const made: [string, string, object][] = [
      ['POST', '/templates', { name: 'hello', content: '您好。' }],
      ['PUT', '/limits/account/*', { callsPerDay: 1 }],
      ['PUT', '/barred-numbers/callee/%2B8613500000001', {}],
      ['POST', '/enterprises', { name: 'Cars' }],
      ['POST', '/apps', { name: 'Cars', capability: 'callback' }],
    ];
    for (const [method, path, body] of made) {
      const answer = await platform.admin(method, `/admin/v1${path}?account=nosuch`, body);
      expect([path, answer.status, answer.body]).toMatchObject([
        path,
        404,
        { error: { code: 'account-unknown' } },
      ]);
    }
  });

  it('can be read and removed in a closed account, and no more made', async () => {
    await platform.admin('POST', '/admin/v1/accounts', { spId: 'cars', name: 'Cars' });
    const template = { name: 'hello', content: '您好。' };
    const path = '/admin/v1/templates';
    const { body } = await platform.admin<{ templateId: string }>('POST', `${path}?account=cars`, template);
    await platform.admin('PATCH', '/admin/v1/accounts/cars', { state: 'closed' });
    expect(await platform.admin('POST', `${path}?account=cars`, template)).toMatchObject({
      status: 409,
      body: { error: { code: 'account-closed' } },
    });
    expect(await platform.admin('GET', `${path}?account=cars`)).toMatchObject({ status: 200 });
    expect((await platform.admin('DELETE', `${path}/${body.templateId}?account=cars`)).status).toBe(204);
    const erased = await platform.admin('POST', '/admin/v1/personal-data/erase?account=cars', {
      number: '+8613500000001',
    });
    expect(erased.status).toBe(200);
  });
});

it('does not close the first account, which owns what names no account', async () => {
  await createApp();
  const closed = await platform.admin('PATCH', '/admin/v1/accounts/openvoicecall', { state: 'closed' });
  expect(closed).toMatchObject({ status: 422, body: { error: { field: 'state' } } });
  const frozen = await platform.admin('PATCH', '/admin/v1/accounts/openvoicecall', { state: 'frozen' });
  expect(frozen.status).toBe(200);
});
