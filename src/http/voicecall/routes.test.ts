import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';
import { settle } from '../../../test/support/manual-clock.ts';
import type { App } from '../../accounts/account.ts';

const CLICK2CALL = '/rest/httpsessions/click2Call/v2.0';
const CALLSTOP = '/rest/httpsessions/callStop/v2.0';
const NOTIFY = '/rest/httpsessions/callnotify/v2.0';
const VERIFY = '/rest/httpsessions/callVerify/v1.0';
const wanted = {
  displayNbr: '+8675528000001',
  callerNbr: '+8613500000001',
  displayCalleeNbr: '+8675528000001',
  calleeNbr: '+8613500000002',
};

let platform: HttpPlatform;
let app: App;

beforeEach(async () => {
  platform = new HttpPlatform();
  app = await platform.administration.createApp({ name: 'Cars', capability: 'callback', ports: 2 });
  await platform.administration.addNumber(wanted.displayNbr, app.appKey);
});
afterEach(() => platform.close());

const click2Call = (body: unknown = wanted, headers = platform.signed(app)): Promise<Response> =>
  platform.post(CLICK2CALL, headers, body);

/** Sends raw bytes and gives back everything the server answers until it closes. */
async function raw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(platform.url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

describe('click2Call over HTTP', () => {
  beforeEach(() => platform.listen());

  it('answers exactly as documented and then rings the first phone', async () => {
    const response = await click2Call();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json;charset=UTF-8');
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.text()).toMatch(
      /^\{"resultcode":"0","resultdesc":"Success","sessionId":"\d+_\d+_\d+_20260101000000@ovc\.test"\}$/,
    );
    await settle();
    expect(platform.telephony.legs[0]?.request).toMatchObject({
      party: 'A',
      to: wanted.callerNbr,
      route: 'default',
    });
  });

  it('tells the free ports when asked, and refuses the call that has none', async () => {
    const ask = { ...wanted, returnIdlePort: 'true' };
    expect(await (await click2Call(ask)).json()).toMatchObject({ resultcode: '0', idlePort: 1 });
    expect(await (await click2Call(ask)).json()).toMatchObject({ resultcode: '0', idlePort: 0 });
    const third = await click2Call(ask);
    expect(third.status).toBe(403);
    expect(await third.json()).toEqual({
      resultcode: '1020165',
      resultdesc: 'The appkey call port of using exceeds the limited.',
      sessionId: '',
    });
  });

  it('takes the sandbox prefix, whose calls never reach a trunk', async () => {
    const response = await platform.post(`/sandbox${CLICK2CALL}`, platform.signed(app), wanted);
    expect(response.status).toBe(200);
    await settle();
    expect(platform.telephony.legs[0]?.request.route).toBe('sandbox');
  });

  it('names the parameter that is wrong', async () => {
    const response = await click2Call({ ...wanted, maxDuration: 9999 });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      resultcode: '1010002',
      resultdesc: 'Invalid request. maxDuration',
      sessionId: '',
    });
  });

  it.each([
    ['no JSON', '{"displayNbr":'],
    ['nothing', ''],
    ['text', 'displayNbr=+8675528000001'],
    ['bytes that are not UTF-8', Buffer.from(JSON.stringify({ ...wanted, userData: 'ÿ' }), 'latin1')],
    ['nested arrays without end', '['.repeat(60_000)],
  ])('answers 1010002 to a body of %s', async (_case, body) => {
    const response = await click2Call(body);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ resultcode: '1010002', resultdesc: 'Invalid request.' });
  });

  it('answers 1010002 to a body that is too long, and lives on', async () => {
    const response = await click2Call({ ...wanted, padding: 'x'.repeat(900_000) });
    expect(await response.json()).toMatchObject({ resultcode: '1010002' });
    expect((await click2Call()).status).toBe(200);
  });

  it.each([undefined, 'text/plain', 'application/x-www-form-urlencoded', 'application/json'])(
    'reads JSON whatever Content-Type says: %s',
    async (contentType) => {
      const headers = platform.signed(app);
      delete headers['content-type'];
      if (contentType !== undefined) headers['content-type'] = contentType;
      expect((await click2Call(wanted, headers)).status).toBe(200);
    },
  );

  it('asks who is calling before it looks at the body', async () => {
    const response = await click2Call('{', { 'content-type': 'application/json' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      resultcode: '1023006',
      resultdesc: 'Authorization not contained in the HTTP header.',
      sessionId: '',
    });
  });

  it('blocks the address after twenty failures, the right signature included', async () => {
    for (let time = 0; time < 20; time++) await click2Call(wanted, {});
    const response = await click2Call();
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ resultcode: '1020176' });
  });

  it('refuses an app of another capability and a suspended one', async () => {
    const codes = await platform.administration.createApp({ name: 'Codes', capability: 'verification' });
    const other = await click2Call(wanted, platform.signed(codes));
    expect(other.status).toBe(403);
    expect(await other.json()).toMatchObject({ resultcode: '1010040' });
    await platform.administration.updateApp(app.appKey, { state: 'suspended' });
    expect(await (await click2Call()).json()).toMatchObject({ resultcode: '1010008' });
  });

  it('answers 1010001 while the database is away, says why without saying who, and recovers', async () => {
    platform.store.failure = new Error(`disk full while writing ${wanted.callerNbr}`);
    const failed = await click2Call();
    expect(failed.status).toBe(500);
    expect(await failed.json()).toMatchObject({
      resultcode: '1010001',
      resultdesc: 'Internal system error.',
    });
    platform.store.failure = undefined;
    platform.accounts.failure = new Error(`locked: ${app.appKey}`);
    expect((await click2Call()).status).toBe(500);
    platform.accounts.failure = undefined;
    expect((await click2Call()).status).toBe(200);
    const ours = platform.logged.filter((line) => line.includes('a request failed'));
    expect(ours).toHaveLength(1);
    expect(ours.join()).not.toContain(app.appKey);
  });

  it('starts a call whose client went away before the answer', async () => {
    const stored = Promise.withResolvers<void>();
    const create = platform.store.create.bind(platform.store);
    platform.store.create = async (call) => {
      await stored.promise;
      await create(call);
    };
    const going = new AbortController();
    const headers = platform.signed(app);
    const request = fetch(`${platform.url}${CLICK2CALL}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(wanted),
      signal: going.signal,
    });
    await expect.poll(() => platform.calls.portsOf(app.appKey)).toBe(1);
    going.abort();
    await expect(request).rejects.toThrow();
    // The server has seen the closed connection when it answers on the next one.
    await fetch(`${platform.url}/healthz`);
    stored.resolve();
    await expect.poll(() => platform.telephony.legs.length).toBeGreaterThan(0);
  });
});

describe('callnotify and callVerify over HTTP', () => {
  const notification = {
    displayNbr: '+8675528000002',
    calleeNbr: wanted.calleeNbr,
    playInfoList: [{ notifyVoice: 'test.wav' }],
  };
  const verification = {
    displayNbr: '+8675528000003',
    calleeNbr: wanted.calleeNbr,
    languageType: 2,
    preTone: 'pretone.wav',
    verifyCode: '90817263',
  };
  let notifier: App;
  let verifier: App;

  beforeEach(async () => {
    await platform.listen();
    notifier = await platform.administration.createApp({ name: 'Parcels', capability: 'notification' });
    verifier = await platform.administration.createApp({ name: 'Codes', capability: 'verification' });
    await platform.administration.addNumber(notification.displayNbr, notifier.appKey);
    await platform.administration.addNumber(verification.displayNbr, verifier.appKey);
  });

  const ask = (name: string, by: App, body: unknown): Promise<Response> =>
    platform.post(`/rest/httpsessions/${name}`, platform.signed(by), body);

  it('answer as click2Call does, and ring the phone', async () => {
    const notified = await ask('callnotify/v2.0', notifier, { ...notification, returnIdlePort: 'true' });
    expect(notified.status).toBe(200);
    expect(await notified.json()).toEqual({
      resultcode: '0',
      resultdesc: 'Success',
      sessionId: expect.stringMatching(/@ovc\.test$/),
      idlePort: 9,
    });
    expect((await ask('callVerify/v1.0', verifier, verification)).status).toBe(200);
    await settle();
    const shown = platform.telephony.legs.map(({ request }) => [request.display, request.to]);
    expect(shown).toEqual([
      [notification.displayNbr, wanted.calleeNbr],
      [verification.displayNbr, wanted.calleeNbr],
    ]);
  });

  it('are for apps of their capability only', async () => {
    for (const [name, by] of [
      ['callnotify/v2.0', verifier],
      ['callnotify/v1.0', app],
      ['callVerify/v1.0', notifier],
      ['click2Call/v2.0', notifier],
    ] as const) {
      const refused = await ask(name, by, {});
      expect([refused.status, await refused.json()]).toEqual([
        403,
        expect.objectContaining({ resultcode: '1010040', sessionId: '' }),
      ]);
    }
  });

  it('take free text in v1.0 only', async () => {
    const body = { ...notification, playInfoList: [{ ttsContent: '您好' }] };
    expect((await ask('callnotify/v1.0', notifier, body)).status).toBe(200);
    const refused = await ask('callnotify/v2.0', notifier, body);
    expect(await refused.json()).toMatchObject({ resultdesc: 'Invalid request. ttsContent' });
  });

  it('leave no code and no text in the log and in what the operator sees', async () => {
    const template = await platform.templates.create({
      name: 'Code',
      content: '您的验证码是${NUM_8}。',
      approve: true,
    });
    const spoken = { templateId: template.templateId, templateParas: ['55667788'] };
    await ask('callnotify/v2.0', notifier, { ...notification, playInfoList: [spoken] });
    await ask('callnotify/v2.0', notifier, {
      ...notification,
      playInfoList: [{ ...spoken, templateParas: ['x55667788'] }],
    });
    await platform.limits.refusals.settled();
    const why = {
      reason: 'template-values',
      code: '1010002',
      explanation: 'Segment 1: value 1 is not one of ${NUM_8}, which takes 1 to 8 digits.',
    };
    const kept = await platform.admin<object>('GET', '/admin/v1/calls/refused');
    expect(kept.body).toMatchObject({ refusals: [{ calleeNbr: notification.calleeNbr, ...why }] });
    expect(JSON.stringify(kept.body)).not.toContain('55667788');
    await ask('callVerify/v1.0', verifier, verification);
    await ask('callVerify/v1.0', verifier, { ...verification, times: 10 });
    platform.store.failure = new Error('disk full');
    await ask('callVerify/v1.0', verifier, verification);
    platform.store.failure = undefined;
    await settle();
    const { body } = await platform.admin<{ calls: { sessionId: string; order: object }[] }>(
      'GET',
      '/admin/v1/calls',
    );
    const histories = await Promise.all(
      body.calls.map(({ sessionId }) =>
        platform.admin('GET', `/admin/v1/calls/${encodeURIComponent(sessionId)}`),
      ),
    );
    expect(body.calls.map(({ order }) => order)).toMatchObject([
      { verifyCode: '****' },
      { segments: [{ prompt: { kind: 'speech', text: '****' } }] },
    ]);
    const seen = JSON.stringify([body, histories, platform.logged]);
    for (const secret of ['90817263', '55667788', '验证码']) expect(seen).not.toContain(secret);
  });
});

describe('paths and methods', () => {
  beforeEach(() => platform.listen());

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s on a known path is 1010006', async (method) => {
    for (const path of [CLICK2CALL, CALLSTOP, NOTIFY, VERIFY, `/sandbox${CLICK2CALL}`]) {
      const response = await fetch(`${platform.url}${path}`, { method });
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ resultcode: '1010006', resultdesc: 'Invalid Rest API.' });
    }
  });

  it.each([
    '/rest/httpsessions/click2call/v2.0',
    '/rest/httpsessions/click2Call/v1.0',
    '/rest/httpsessions/click2Call/v2.0/',
    '/rest//httpsessions/click2Call/v2.0',
    '/sandbox/sandbox/rest/httpsessions/click2Call/v2.0',
    '/rest/%',
    '/nowhere',
  ])('%s is a plain 404', async (path) => {
    const response = await platform.post(path, platform.signed(app), wanted);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('Not Found\n');
  });

  it('a query after the path does no harm', async () => {
    const response = await platform.post(`${CLICK2CALL}?format=json`, platform.signed(app), wanted);
    expect(response.status).toBe(200);
  });
});

describe('callStop over HTTP', () => {
  beforeEach(() => platform.listen());

  const stop = (body: unknown, by = app): Promise<Response> =>
    platform.post(CALLSTOP, platform.signed(by), body);

  it('ends the call once', async () => {
    const { sessionId } = (await (await click2Call()).json()) as { sessionId: string };
    await settle();
    const response = await stop({ sessionid: sessionId, signal: 'call_stop' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('{"resultcode":"0","resultdesc":"Success"}');
    await settle();
    const again = await stop({ sessionid: sessionId, signal: 'call_stop' });
    expect(again.status).toBe(403);
    expect(await again.text()).toBe('{"resultcode":"1020152","resultdesc":"Invalid sessionId."}');
  });

  it('knows nothing of another app’s call', async () => {
    const other = await platform.administration.createApp({ name: 'Other', capability: 'callback' });
    const { sessionId } = (await (await click2Call()).json()) as { sessionId: string };
    await settle();
    const response = await stop({ sessionid: sessionId, signal: 'call_stop' }, other);
    expect(await response.json()).toMatchObject({ resultcode: '1020152' });
  });

  it.each([
    [{ signal: 'call_stop' }, 'sessionid'],
    [{ sessionId: 'x', signal: 'call_stop' }, 'sessionid'],
    [{ sessionid: 'x'.repeat(257), signal: 'call_stop' }, 'sessionid'],
    [{ sessionid: 'x' }, 'signal'],
    [{ sessionid: 'x', signal: 'stop' }, 'signal'],
  ])('refuses %j, naming %s', async (body, parameter) => {
    const response = await stop(body);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      resultcode: '1010002',
      resultdesc: `Invalid request. ${parameter}`,
    });
  });
});

describe('connections', () => {
  it.each([
    ['/rest/nothing/v1.0', 'close'],
    ['/sandbox/rest/nothing/v1.0', 'close'],
    ['/omp/nothing', 'close'],
    ['/nothing', 'keep-alive'],
  ])('to %s, which is no path: %s', async (path, connection) => {
    await platform.listen();
    const response = await fetch(`${platform.url}${path}`, { method: 'POST' });
    expect([response.status, response.headers.get('connection')]).toEqual([404, connection]);
  });

  it('stay open where the operator wants them to', async () => {
    await platform.listen({ keepAlive: true });
    expect((await click2Call()).headers.get('connection')).toBe('keep-alive');
  });

  it('of clients that send too slowly are closed, and nobody else’s', async () => {
    await platform.listen({ requestTimeout: 100 });
    const half = raw(`POST ${CLICK2CALL} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"a`);
    const headers = raw(`POST ${CLICK2CALL} HTTP/1.1\r\nHost: x\r\nAuthori`);
    expect((await click2Call()).status).toBe(200);
    expect(await half).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(await headers).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that break off within a request are no failure of ours', async () => {
    await platform.listen();
    const { hostname, port } = new URL(platform.url);
    const socket = connect(Number(port), hostname);
    const signed = Object.entries(platform.signed(app)).map(([name, value]) => `${name}: ${value}`);
    const head = [`POST ${CLICK2CALL} HTTP/1.1`, 'Host: x', 'Content-Length: 900', 'Expect: 100-continue'];
    socket.write(`${[...head, ...signed].join('\r\n')}\r\n\r\n`);
    await once(socket, 'data');
    socket.write('{"displayNbr":');
    socket.destroySoon();
    const metrics = async (): Promise<string> => (await fetch(`${platform.url}/metrics`)).text();
    await expect.poll(metrics).toContain('resultcode="1010002"} 1');
    expect(platform.logged).toEqual([]);
  });

  it('that go on with garbage, for which they are closed, are no failure of ours', async () => {
    await platform.listen();
    const request = `POST ${CLICK2CALL} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`;
    expect(await raw(`${request}GARBAGE\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    expect((await click2Call()).status).toBe(200);
    expect(platform.logged.filter((line) => line.includes('a request failed'))).toEqual([]);
  });

  it.each([
    ['no HTTP at all', 'INVITE sip:a@b SIP/2.0\r\n\r\n'],
    ['a header without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    [
      'two lengths',
      `POST ${CLICK2CALL} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}`,
    ],
  ])('with %s are refused', async (_case, bytes) => {
    await platform.listen();
    expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await click2Call()).status).toBe(200);
  });

  it('tell the client’s address through a trusted proxy only', async () => {
    await platform.listen({ trustedProxies: ['127.0.0.0/8'] });
    const behind = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });
    for (let time = 0; time < 20; time++) await click2Call(wanted, behind('198.51.100.7'));
    const blocked = await click2Call(wanted, { ...platform.signed(app), ...behind('198.51.100.7') });
    expect(await blocked.json()).toMatchObject({ resultcode: '1020176' });
    expect((await click2Call(wanted, { ...platform.signed(app), ...behind('198.51.100.8') })).status).toBe(
      200,
    );
  });

  it('cannot choose their address without one', async () => {
    await platform.listen();
    for (let time = 0; time < 20; time++)
      await click2Call(wanted, { 'x-forwarded-for': `198.51.100.${time}` });
    expect(await (await click2Call()).json()).toMatchObject({ resultcode: '1020176' });
  });
});

describe('an app of the sandbox', () => {
  it('cannot call where there is a trunk, and no sandbox', async () => {
    await platform.listen({ commercial: true });
    const sandbox = await platform.administration.ensureSandboxApp('callback');
    const body = { ...wanted, displayNbr: sandbox.number?.number, displayCalleeNbr: sandbox.number?.number };
    expect(sandbox.number).toBeUndefined();
    await platform.administration.removeNumber(wanted.displayNbr);
    const { number } = await platform.administration.ensureSandboxApp('callback');
    const shown = { ...body, displayNbr: number?.number, displayCalleeNbr: number?.number };
    const refused = await click2Call(shown, platform.signed(sandbox.app));
    expect(await refused.json()).toMatchObject({ resultcode: '1010011' });
    const response = await platform.post(`/sandbox${CLICK2CALL}`, platform.signed(sandbox.app), shown);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('Not Found\n');
    expect(platform.telephony.legs).toEqual([]);
  });
});

describe('the log', () => {
  it('never tells a number, a key, a secret, user data or a URL', async () => {
    await platform.listen();
    const statusUrl = Buffer.from('http://receiver.example/s?token=abc').toString('base64');
    await click2Call({ ...wanted, userData: 'private-words', statusUrl });
    await click2Call({ ...wanted, callerNbr: '1234' });
    await click2Call(wanted, {});
    platform.accounts.failure = new Error(`${app.appSecret} ${wanted.callerNbr}`);
    await click2Call({ ...wanted, userData: 'private-words' });
    await settle();
    const secrets = [
      app.appKey,
      app.appSecret,
      '13500000001',
      '75528000001',
      'private-words',
      'receiver.example',
    ];
    for (const secret of secrets) expect(platform.logged.join('\n')).not.toContain(secret);
  });
});
