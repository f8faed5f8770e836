import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, HttpPlatform } from '../../../test/support/http-platform.ts';
import { addUser, type Answer, ask } from '../../../test/support/signed-in.ts';

let platform: HttpPlatform;

beforeEach(() => {
  platform = new HttpPlatform();
});
afterEach(() => platform.close());

type Body = { error?: { code: string } };

const signIn = (body: object, headers: Record<string, string> = {}): Promise<Answer<Body>> =>
  ask(platform, 'POST', '/session/operator', { body, headers });

const cookieOf = ({ headers }: Answer<unknown>): string => headers.get('set-cookie')?.split(';')[0] ?? '';

const who = (cookie: string): Promise<Answer<{ kind?: string }>> =>
  ask(platform, 'GET', '/session', { headers: { cookie } });

describe('an operator at the console', () => {
  it('signs in with his token, changes things from our pages only, and signs out', async () => {
    await platform.listen();
    const answer = await signIn({ token: ADMIN_TOKEN });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([
      201,
      expect.stringMatching(/^ovc_session=ovo_\w{28}; Path=\/; HttpOnly; SameSite=Strict; Expires=/),
    ]);
    const cookie = cookieOf(answer);
    expect((await who(cookie)).body.kind).toBe('operator');
    const body = { name: 'Cars', spId: 'cars' };
    const place = (headers: Record<string, string>) =>
      ask(platform, 'POST', '/accounts', { body, headers: { cookie, ...headers } });
    expect((await place({ origin: 'http://elsewhere.example' })).status).toBe(403);
    expect((await place({ 'sec-fetch-site': 'same-origin' })).status).toBe(201);
    const origin = platform.url;
    expect((await ask(platform, 'DELETE', '/session', { headers: { cookie, origin } })).status).toBe(204);
    expect((await who(cookie)).body).toEqual({ kind: 'nobody', rights: [], open: false });
  });

  it('is out after an hour without a request, and after twelve in any case', async () => {
    await platform.listen();
    const idle = cookieOf(await signIn({ token: ADMIN_TOKEN }));
    await platform.clock.advance(3_600_000);
    expect((await who(idle)).body.kind).toBe('nobody');
    const busy = cookieOf(await signIn({ token: ADMIN_TOKEN }));
    for (let minutes = 0; minutes < 12 * 60 - 30; minutes += 30) {
      await platform.clock.advance(1_800_000);
      expect((await who(busy)).body.kind).toBe('operator');
    }
    await platform.clock.advance(1_800_000);
    expect((await who(busy)).body.kind).toBe('nobody');
  });

  it('is refused with a wrong token, and without one where the console is closed', async () => {
    await platform.listen();
    await addUser(platform, 'mei', 'owner');
    expect(await signIn({ token: 'guess' })).toMatchObject({
      status: 401,
      body: { error: { code: 'sign-in-refused' } },
    });
    expect(await signIn({}, { origin: platform.url })).toMatchObject({
      status: 401,
      body: { error: { code: 'console-closed' } },
    });
  });
});

describe('a cookie', () => {
  const get = (path: string, headers: Record<string, string>) => raw('GET', path, headers);
  let cookie: string;

  beforeEach(async () => {
    await platform.listen({ consoleHosts: ['voice.example.com'] });
    cookie = cookieOf(await signIn({ token: ADMIN_TOKEN }));
  });

  it.each([
    ['localhost:8080', 200],
    ['[::1]:8080', 200],
    ['192.0.2.7:8080', 200],
    ['Voice.Example.com', 200],
    ['trick.example', 403],
    ['voice.example.com.trick.example', 403],
    ['127.0.0.1.trick.example', 403],
  ])('under the name %s: %i', async (host, status) => {
    expect((await get('/admin/v1/apps', { host, cookie })).status).toBe(status);
    const body = JSON.stringify({ token: ADMIN_TOKEN });
    const entered = await raw('POST', '/admin/v1/session/operator', { host }, body);
    expect(entered.status).toBe(status === 200 ? 201 : 403);
    // A token is no cookie: no page of another site has it.
    const authorization = `Bearer ${ADMIN_TOKEN}`;
    expect((await get('/admin/v1/apps', { host, authorization })).status).toBe(200);
  });

  it.each([
    ['our page', { 'sec-fetch-site': 'same-origin' }, 200],
    ['a page of another port', { 'sec-fetch-site': 'same-site' }, 403],
    ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'http://elsewhere.example' }, 403],
    ['a page of another site, of which only that is told', { origin: 'http://elsewhere.example' }, 403],
    ['what no page sends on this machine', {}, 403],
    ['our page, over plain HTTP from elsewhere', { host: '192.0.2.7' }, 200],
  ])('reads events for %s: %#', async (_page, headers, status) => {
    expect((await get('/events', { ...headers, cookie })).status).toBe(status);
  });
});

describe('an open console', () => {
  const own = (): Record<string, string> => ({ origin: platform.url });

  it('lets in whoever opens it on the machine itself', async () => {
    await platform.listen({ openConsole: true });
    const answer = await signIn({}, own());
    expect(answer.status).toBe(201);
    expect((await who(cookieOf(answer))).body.kind).toBe('operator');
  });

  it.each([
    ['no page at all', () => ({})],
    ['a page of another site', () => ({ origin: 'http://elsewhere.example' })],
    ['a page behind a proxy', () => ({ ...own(), 'x-forwarded-for': '192.0.2.7' })],
    [
      'a name that somebody gave this machine',
      () => ({ host: 'trick.example', origin: 'http://trick.example' }),
    ],
    [
      'a name that begins like an address',
      () => ({ host: '127.evil.example', origin: 'http://127.evil.example' }),
    ],
  ])('asks who it is: %s', async (_who, headers) => {
    await platform.listen({ openConsole: true });
    expect((await signInRaw(headers())).status).toBe('host' in headers() ? 403 : 401);
  });
});

const signInRaw = (headers: Record<string, string>): Promise<{ status: number }> =>
  raw('POST', '/admin/v1/session/operator', headers, '{}');

/** With a Host header of our own, which fetch does not send. */
async function raw(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number }> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const sent = request(`${platform.url}${path}`, { method, headers: { ...json, ...headers } });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.destroy();
  return { status: response.statusCode ?? 0 };
}
