import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';
import type { App } from '../../accounts/account.ts';
import type { LegacyFeature } from './legacy-features.ts';

const CLICK2CALL = '/rest/httpsessions/click2Call/v2.0';
const HOUR = 3_600_000;
const wanted = {
  displayNbr: '+8675528000001',
  callerNbr: '+8613500000001',
  displayCalleeNbr: '+8675528000001',
  calleeNbr: '+8613500000002',
};

interface Body {
  readonly resultcode: string;
  readonly resultdesc: string;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: string;
}

let platform: HttpPlatform;
let app: App;

beforeEach(async () => {
  platform = new HttpPlatform();
  app = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
  await platform.administration.addNumber(wanted.displayNbr, app.appKey);
});
afterEach(() => platform.close());

async function post(
  path: string,
  query: Record<string, string>,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<{ status: number; body: Body }> {
  const response = await platform.post(`${path}?${new URLSearchParams(query)}`, headers, body);
  return { status: response.status, body: (await response.json()) as Body };
}

async function password(): Promise<string> {
  const { status, body } = await platform.admin<{ password: string; username: string }>(
    'POST',
    '/admin/v1/api-password',
    { username: '+8613900000000' },
  );
  expect([status, body.username]).toEqual([201, '+8613900000000']);
  return body.password;
}

const login = (secret: string, query: Record<string, string> = {}) =>
  post(
    '/rest/fastlogin/v1.0',
    { app_key: app.appKey, username: '+8613900000000', format: 'json', ...query },
    {
      headers: {
        authorization: secret,
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
        accept: 'application/json',
      },
    },
  );

const call = async (token: string, appKey = app.appKey): Promise<string> => {
  const query = { app_key: appKey, access_token: token, format: 'json' };
  return (await post(CLICK2CALL, query, { body: wanted })).body.resultcode;
};

const refresh = (given: Record<string, string>, asForm = false) => {
  const query = { app_key: app.appKey, app_secret: app.appSecret, grant_type: 'refresh_token', ...given };
  return asForm
    ? post('/omp/oauth/refresh', {}, { body: new URLSearchParams(query).toString() })
    : post('/omp/oauth/refresh', query);
};

describe('the legacy login', () => {
  beforeEach(() => platform.listen());

  it('answers only once the account has a password', async () => {
    expect(await login('whatever')).toMatchObject({ status: 400, body: { resultcode: '1023006' } });
    const secret = await password();
    const { status, body } = await login(secret);
    expect(status).toBe(200);
    expect(body).toMatchObject({ resultcode: '0', resultdesc: 'Success', expires_in: '172800' });
    expect(Buffer.from(body.access_token, 'base64').toString()).toMatch(/@ovc\.test$/);
    expect(await call(body.access_token)).toBe('0');
    expect((await platform.admin('DELETE', '/admin/v1/api-password')).status).toBe(204);
    expect((await login(secret)).body.resultcode).toBe('1023006');
    expect(await call(body.access_token)).toBe('1010004');
  });

  it.each<[string, Record<string, string>, string]>([
    ['another user', { username: 'nobody' }, '1023006'],
    ['no user', { username: '' }, '1010002'],
    ['an unknown app', { app_key: 'nobody' }, '1010003'],
    ['no app', { app_key: '' }, '1010002'],
  ])('refuses %s', async (_case, query, code) => {
    expect((await login(await password(), query)).body.resultcode).toBe(code);
  });

  it('refuses a wrong password, and blocks who tries too many', async () => {
    const secret = await password();
    for (let time = 0; time < 20; time++) expect((await login('wrong')).body.resultcode).toBe('1023006');
    expect((await login(secret)).body.resultcode).toBe('1020176');
  });

  it('refuses suspended apps, and accounts that have another password', async () => {
    await platform.administration.updateApp(app.appKey, { state: 'suspended' });
    expect((await login(await password())).body.resultcode).toBe('1010008');
    const first = await password();
    await password();
    expect((await login(first)).body.resultcode).toBe('1023006');
  });
});

describe('a token', () => {
  let tokens: Body;
  let secret: string;

  beforeEach(async () => {
    await platform.listen();
    secret = await password();
    tokens = (await login(secret)).body;
  });

  it('is good for two days, then it is told to have expired', async () => {
    await platform.clock.advance(48 * HOUR - 1);
    expect(await call(tokens.access_token)).toBe('0');
    await platform.clock.advance(1);
    expect(await call(tokens.access_token)).toBe('1010005');
    for (let time = 0; time < 30; time++) await call(tokens.access_token);
    expect((await login(secret)).status).toBe(200);
  });

  it('is one app’s', async () => {
    const other = await platform.administration.createApp({ name: 'Other', capability: 'callback' });
    expect(await call(tokens.access_token, other.appKey)).toBe('1010004');
    expect(await call('made-up')).toBe('1010004');
    expect(await call(tokens.access_token, 'nobody')).toBe('1010003');
  });

  it.each([false, true])('is renewed once, as a form: %s', async (asForm) => {
    const { refresh_token } = tokens;
    const renewed = await refresh({ refresh_token }, asForm);
    expect(renewed).toMatchObject({ status: 200, body: { resultcode: '0', expires_in: '172800' } });
    expect(await call(tokens.access_token)).toBe('1010004');
    expect(await call(renewed.body.access_token)).toBe('0');
    expect((await refresh({ refresh_token }, asForm)).body.resultcode).toBe('1010005');
  });

  it('that was renewed blocks nobody who still uses it', async () => {
    const { refresh_token } = tokens;
    const renewed = (await refresh({ refresh_token })).body;
    for (let use = 0; use < 25; use += 1) expect(await call(tokens.access_token)).toBe('1010004');
    expect(await call(renewed.access_token)).toBe('0');
    for (let use = 0; use < 20; use += 1) await call('made-up');
    expect(await call(renewed.access_token)).toBe('1020176');
  });

  it('is renewed after it expired, for thirty days', async () => {
    await platform.clock.advance(30 * 24 * HOUR - 1);
    const { refresh_token } = (await refresh({ refresh_token: tokens.refresh_token })).body;
    await platform.clock.advance(30 * 24 * HOUR);
    expect((await refresh({ refresh_token })).body.resultcode).toBe('1010005');
  });

  it.each<[Record<string, string>, string]>([
    [{ app_secret: 'wrong' }, '1010009'],
    [{ app_secret: '' }, '1010002'],
    [{ grant_type: 'password' }, '1010002'],
    [{ refresh_token: 'made-up' }, '1010005'],
    [{ app_key: 'nobody' }, '1010003'],
  ])('is not renewed with %j', async (changed, code) => {
    const { body } = await refresh({ refresh_token: tokens.refresh_token, ...changed });
    expect(body.resultcode).toBe(code);
  });

  it('ends with its logout', async () => {
    const query = { app_key: app.appKey, access_token: tokens.access_token };
    const logout = (authorization: string) =>
      post('/rest/logout/v1.0', query, { headers: { authorization } });
    expect((await logout('wrong')).body.resultcode).toBe('1023006');
    expect(await logout(secret)).toEqual({ status: 200, body: { resultcode: '0', resultdesc: 'Success' } });
    expect(await call(tokens.access_token)).toBe('1010004');
    expect((await logout(secret)).body.resultcode).toBe('1010004');
  });
});

describe('X-WSSE', () => {
  const AUTHORIZATION = 'WSSE realm="SDP",profile="UsernameToken",type="Appkey"';

  const headers = (form: 'base64' | 'hex', changed: Record<string, string> = {}): Record<string, string> => {
    const nonce = '66C92B11FF8A425FB8D4CCFE0ED9ED1F';
    const created = changed.Created ?? `${new Date(platform.clock.now()).toISOString().slice(0, 19)}Z`;
    const hash = createHash('sha256').update(`${nonce}${created}${app.appSecret}`);
    const digest =
      form === 'base64' ? hash.digest('base64') : Buffer.from(hash.digest('hex')).toString('base64');
    const parts = {
      Username: app.appKey,
      PasswordDigest: digest,
      Nonce: nonce,
      Created: created,
      ...changed,
    };
    const attributes = Object.entries(parts).filter(([, value]) => value !== '');
    const token = attributes.map(([name, value]) => `${name}="${value}"`).join(',');
    return { authorization: AUTHORIZATION, 'x-wsse': `UsernameToken ${token}` };
  };

  const codeOf = async (given: Record<string, string>): Promise<string> =>
    ((await (await platform.post(CLICK2CALL, given, wanted)).json()) as Body).resultcode;

  it.each(['base64', 'hex'] as const)('is accepted with the %s digest', async (form) => {
    await platform.listen();
    expect(await codeOf(headers(form))).toBe('0');
  });

  it.each<[string, Record<string, string>]>([
    ['1023027', { Username: '' }],
    ['1023028', { Nonce: '' }],
    ['1023029', { Created: '' }],
    ['1023030', { PasswordDigest: '' }],
    ['1023031', { Created: '2026-01-01 00:00:00' }],
    ['1010013', { Created: '2020-01-01T00:00:00Z' }],
    ['1010003', { Username: 'nobody' }],
    ['1023006', { PasswordDigest: 'x' }],
  ])('gets %s with %j', async (code, changed) => {
    await platform.listen();
    expect(await codeOf(headers('base64', changed))).toBe(code);
  });

  it('is missed by its parts', async () => {
    await platform.listen();
    const { authorization = '', ...rest } = headers('base64');
    expect(await codeOf({ authorization })).toBe('1023026');
    expect(await codeOf({ authorization: 'Basic x', ...rest })).toBe('1023013');
    expect(await codeOf({ ...rest })).toBe('1023006');
    expect(await codeOf({ authorization: 'WSSE realm="SDP",profile="UsernameToken"', ...rest })).toBe(
      '1023012',
    );
  });
});

describe('what is switched off', () => {
  const without = (...off: LegacyFeature[]) =>
    platform.listen({
      legacy: (['login', 'wsse', 'sandbox', 'bindNbr', 'v1.0'] as const).filter((one) => !off.includes(one)),
    });

  it('is the login with its tokens', async () => {
    await without('login');
    const secret = await password();
    for (const path of ['/rest/fastlogin/v1.0', '/omp/oauth/refresh', '/rest/logout/v1.0']) {
      const headers = { authorization: secret };
      expect((await platform.post(`${path}?app_key=${app.appKey}`, headers, '')).status).toBe(404);
    }
    expect(await call('made-up')).toBe('1023006');
  });

  it('is X-WSSE', async () => {
    await without('wsse');
    const headers = { authorization: 'WSSE realm="SDP",profile="UsernameToken",type="Appkey"' };
    const response = await platform.post(CLICK2CALL, headers, wanted);
    expect(await response.json()).toMatchObject({ resultcode: '1023006' });
  });

  it('are the sandbox’s paths, and v1.0', async () => {
    await without('sandbox', 'v1.0');
    for (const path of [`/sandbox${CLICK2CALL}`, '/rest/httpsessions/callnotify/v1.0'])
      expect((await platform.post(path, platform.signed(app), wanted)).status).toBe(404);
    expect((await platform.post(CLICK2CALL, platform.signed(app), wanted)).status).toBe(200);
  });

  it('is bindNbr', async () => {
    const service = '+8675528000007';
    await platform.administration.addNumber(service, app.appKey, 'service');
    await platform.administration.setNumberState(wanted.displayNbr, 'suspended');
    await without('bindNbr');
    const body = { ...wanted, bindNbr: service };
    const response = await platform.post(CLICK2CALL, platform.signed(app), body);
    expect(await response.json()).toMatchObject({ resultcode: '1010023' });
    await platform.administration.setNumberState(wanted.displayNbr, 'in-use');
    expect((await platform.post(CLICK2CALL, platform.signed(app), { ...body, bindNbr: 7 })).status).toBe(200);
  });
});
