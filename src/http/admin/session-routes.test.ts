import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, HttpPlatform } from '../../../test/support/http-platform.ts';
import { addUser, type Answer, ask, bearer, PASSWORD, signIn } from '../../../test/support/signed-in.ts';
import { totpCode, totpStep } from '../../accounts/totp.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
  await addUser(platform, 'mei', 'owner');
});
afterEach(() => platform.close());

const MINUTE = 60_000;
const operator = bearer(ADMIN_TOKEN);

const tryToSignIn = (body: object): Promise<Answer<{ token?: string; error?: { code: string } }>> =>
  ask(platform, 'POST', '/session', { body: { name: 'mei', password: PASSWORD, bearer: true, ...body } });

const who = (token: string) => ask(platform, 'GET', '/session', { headers: bearer(token) });

describe('signing in', () => {
  it('gives a token, with the rights of the role, until one signs out', async () => {
    const token = await signIn(platform, 'mei');
    expect(token).toMatch(/^ovs_\w{28}$/);
    expect(await who(token)).toMatchObject({
      status: 200,
      body: { kind: 'user', account: 'openvoicecall', name: 'mei', role: 'owner', totp: false },
    });
    expect((await ask(platform, 'DELETE', '/session', { headers: bearer(token) })).status).toBe(204);
    expect((await who(token)).status).toBe(401);
    expect(await ask(platform, 'GET', '/session', { headers: operator })).toMatchObject({
      body: { kind: 'operator' },
    });
  });

  it('lasts twelve hours, and an hour without a request', async () => {
    const token = await signIn(platform, 'mei');
    for (let minutes = 0; minutes < 12 * 60 - 30; minutes += 30) {
      await platform.clock.advance(30 * MINUTE);
      expect((await who(token)).status).toBe(200);
    }
    await platform.clock.advance(30 * MINUTE);
    expect((await who(token)).status).toBe(401);
    const idle = await signIn(platform, 'mei');
    await platform.clock.advance(60 * MINUTE);
    expect((await who(idle)).status).toBe(401);
  });

  it('does not tell whether it was the name, the password or the state that is wrong', async () => {
    await addUser(platform, 'gone', 'reviewer');
    await ask(platform, 'PATCH', '/users/gone', { headers: operator, body: { state: 'disabled' } });
    const answers = await Promise.all(
      [{ name: 'nobody' }, { password: 'wrong' }, { account: 'other' }, { name: 'gone' }].map(tryToSignIn),
    );
    for (const { status, body } of answers) {
      expect([status, body]).toEqual([401, answers[0]?.body]);
      expect(body.error?.code).toBe('sign-in-refused');
    }
  });

  it.each(['mei', 'nobody'])(
    'as %s is locked after five failures, for a quarter of an hour',
    async (name) => {
      // All at once: no more than five are tried.
      const wrong = Array.from({ length: 8 }, () => tryToSignIn({ name, password: 'wrong' }));
      const statuses = (await Promise.all(wrong)).map(({ status }) => status).sort();
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
      await platform.clock.advance(5 * MINUTE);
      const locked = await tryToSignIn({ name });
      expect(locked).toMatchObject({ status: 429, body: { error: { code: 'locked-out' } } });
      expect(locked.headers.get('retry-after')).toBe('600');
      await platform.clock.advance(10 * MINUTE);
      expect((await tryToSignIn({ name })).status).toBe(name === 'mei' ? 201 : 401);
    },
  );

  it('forgets failures once it succeeds', async () => {
    for (let round = 0; round < 3; round += 1) {
      for (let time = 0; time < 4; time += 1)
        expect((await tryToSignIn({ password: 'wrong' })).status).toBe(401);
      expect((await tryToSignIn({})).status).toBe(201);
    }
  });

  it('from one address is locked after twenty failures, whoever is named', async () => {
    for (let time = 0; time < 20; time += 1) {
      expect((await tryToSignIn({ name: `nobody${time}`, password: 'x' })).status).toBe(401);
    }
    const { status, headers } = await tryToSignIn({});
    expect([status, headers.get('retry-after')]).toEqual([429, '1800']);
  });

  it('is on record, successful or not, without what was typed', async () => {
    await tryToSignIn({ password: 'my other password' });
    await tryToSignIn({ name: 'my password in the wrong field' });
    await signIn(platform, 'mei');
    const { body } = await ask<{ entries: object[] }>(platform, 'GET', '/audit?kind=session', {
      headers: operator,
    });
    expect(body.entries).toMatchObject([
      { actor: { name: 'mei' }, object: { id: 'mei' }, outcome: 'done', address: '127.0.0.1' },
      { actor: { id: 'nobody' }, object: { id: 'unknown' }, outcome: 'refused' },
      { actor: { id: 'nobody' }, object: { id: 'mei' }, outcome: 'refused', account: 'openvoicecall' },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/password/);
    expect(platform.logged.join()).not.toMatch(/password|ovs_/);
  });

  it('ends with a change of the role, the state, the password or the account', async () => {
    const changes: [string, string, object][] = [
      ['PATCH', '/users/wang', { role: 'read-only' }],
      ['PATCH', '/users/wang', { state: 'disabled' }],
      ['PATCH', '/users/wang', { state: 'active' }],
      ['POST', '/users/wang/password', { password: PASSWORD }],
    ];
    await addUser(platform, 'wang', 'reviewer');
    for (const [method, path, body] of changes) {
      const token = JSON.stringify(body).includes('active') ? undefined : await signIn(platform, 'wang');
      expect((await ask(platform, method, path, { headers: operator, body })).status).toBe(200);
      if (token !== undefined) expect((await who(token)).status).toBe(401);
    }
    await addUser(platform, 'li', 'owner', 'other');
    const token = await signIn(platform, 'li', 'other');
    const close = { headers: operator, body: { state: 'closed' } };
    expect((await ask(platform, 'PATCH', '/accounts/other', close)).status).toBe(200);
    expect((await who(token)).status).toBe(401);
    expect((await tryToSignIn({ account: 'other', name: 'li' })).status).toBe(401);
  });
});

describe('the cookie of a browser', () => {
  async function cookie(): Promise<string> {
    const { headers, body } = await tryToSignIn({ bearer: false });
    expect(body).not.toHaveProperty('token');
    const set = headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^ovc_session=ovs_\w{28}; Path=\/; HttpOnly; SameSite=Strict; Expires=/);
    return set.split(';')[0] ?? '';
  }

  const create = (headers: Record<string, string>) =>
    ask(platform, 'POST', '/templates', { headers, body: { name: 'a', content: '您好' } });

  it('serves for reading, and for changes that our own pages ask for', async () => {
    const own = { cookie: `theme=dark; ${await cookie()}` };
    expect((await ask(platform, 'GET', '/templates', { headers: own })).status).toBe(200);
    expect((await create({ ...own, origin: platform.url })).status).toBe(201);
    expect(
      (await create({ ...own, 'sec-fetch-site': 'same-origin', origin: 'https://proxy.example' })).status,
    ).toBe(201);
    const strange: Record<string, string>[] = [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site', origin: platform.url },
      { 'sec-fetch-site': 'same-site', origin: platform.url },
    ];
    for (const foreign of strange) {
      expect((await create({ ...own, ...foreign })).status).toBe(403);
    }
    const out = await ask(platform, 'DELETE', '/session', { headers: { ...own, origin: platform.url } });
    expect(out.headers.get('set-cookie')).toMatch(/^ovc_session=; .*Expires=Thu, 01 Jan 1970/);
    expect((await ask(platform, 'GET', '/templates', { headers: own })).status).toBe(401);
  });

  it('cannot be set by a form of another site', async () => {
    const body = new URLSearchParams({ name: 'mei', password: PASSWORD });
    const url = `${platform.url}/admin/v1/session`;
    expect((await fetch(url, { method: 'POST', body })).status).toBe(415);
    const text = JSON.stringify({ name: 'mei', password: PASSWORD });
    expect((await fetch(url, { method: 'POST', body: text })).status).toBe(400);
  });
});

describe('an authenticator', () => {
  async function setUp(token: string): Promise<string> {
    const headers = bearer(token);
    const body = { password: PASSWORD };
    const begun = await ask<{ secret: string; address: string }>(platform, 'POST', '/session/totp', {
      headers,
      body,
    });
    expect(begun.body.address).toContain(begun.body.secret);
    const code = totpCode(begun.body.secret, totpStep(platform.clock.now()));
    const wrong = await ask(platform, 'POST', '/session/totp/confirm', { headers, body: { code: '000000' } });
    expect(wrong.status).toBe(code === '000000' ? 204 : 403);
    expect((await ask(platform, 'POST', '/session/totp/confirm', { headers, body: { code } })).status).toBe(
      204,
    );
    return begun.body.secret;
  }

  it('is asked for once it was set up; each of its codes is taken once', async () => {
    const secret = await setUp(await signIn(platform, 'mei'));
    const used = totpCode(secret, totpStep(platform.clock.now()));
    for (let time = 0; time < 9; time += 1) {
      expect(await tryToSignIn({})).toMatchObject({ status: 401, body: { error: { code: 'code-needed' } } });
    }
    expect((await tryToSignIn({ code: used })).status).toBe(401);
    await platform.clock.advance(30_000);
    const code = totpCode(secret, totpStep(platform.clock.now()));
    const both = await Promise.all([tryToSignIn({ code }), tryToSignIn({ code })]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 401]);
  });

  it('is removed with the password, or by an owner when it is lost', async () => {
    const token = await signIn(platform, 'mei');
    await setUp(token);
    const remove = (password: string) =>
      ask(platform, 'POST', '/session/totp/remove', { headers: bearer(token), body: { password } });
    expect((await remove('wrong')).status).toBe(403);
    expect((await remove(PASSWORD)).status).toBe(204);
    expect((await tryToSignIn({})).status).toBe(201);
    await platform.clock.advance(60_000);
    await setUp(await signIn(platform, 'mei'));
    expect((await tryToSignIn({})).status).toBe(401);
    expect((await ask(platform, 'POST', '/users/mei/totp/reset', { headers: operator })).status).toBe(204);
    expect((await tryToSignIn({})).status).toBe(201);
  });
});

describe('one’s own password', () => {
  it('is changed by who knows it, and guessed no more often than at signing in', async () => {
    const token = await signIn(platform, 'mei');
    const change = (current: string) => {
      const body = { current, password: 'another battery horse' };
      return ask(platform, 'POST', '/session/password', { headers: bearer(token), body });
    };
    expect((await change('wrong')).status).toBe(403);
    expect((await change(PASSWORD)).status).toBe(204);
    expect((await who(token)).status).toBe(401);
    expect((await tryToSignIn({ password: 'another battery horse' })).status).toBe(201);
    const other = await ask<{ token: string }>(platform, 'POST', '/session', {
      body: { name: 'mei', password: 'another battery horse', bearer: true },
    });
    const guess = { current: 'wrong', password: 'yet another battery' };
    const guesses = [401, 401, 401, 401, 401, 429];
    for (const status of guesses) {
      const answer = await ask(platform, 'POST', '/session/password', {
        headers: bearer(other.body.token),
        body: guess,
      });
      expect(answer.status).toBe(status === 401 ? 403 : 429);
    }
  });
});

describe('users', () => {
  it('are added with a password that is made and shown once, or one of some strength', async () => {
    const add = (body: object) =>
      ask<{ password?: string; error?: object }>(platform, 'POST', '/users', { headers: operator, body });
    const added = await add({ name: 'wang', role: 'administrator' });
    expect(added).toMatchObject({ status: 201, body: { account: 'openvoicecall', state: 'active' } });
    expect((await tryToSignIn({ name: 'wang', password: added.body.password })).status).toBe(201);
    expect((await add({ name: 'wang', role: 'owner' })).status).toBe(409);
    expect((await add({ name: 'li', role: 'owner', password: 'short' })).body.error).toMatchObject({
      code: 'password-invalid',
      field: 'password',
    });
    expect((await add({ name: 'a b', role: 'owner' })).status).toBe(422);
    expect((await add({ name: 'li', role: 'king' })).status).toBe(400);
    const list = await ask<object>(platform, 'GET', '/users', { headers: operator });
    expect(list.body).toMatchObject({
      users: [{ name: 'mei' }, { name: 'wang', lastSignInAt: expect.any(String) }],
    });
    expect(JSON.stringify(list.body)).not.toMatch(/argon2|password/);
    const trail = await ask(platform, 'GET', '/audit', { headers: operator });
    expect(JSON.stringify(trail.body)).not.toContain(added.body.password);
    expect(JSON.stringify(trail.body)).not.toContain('argon2');
  });

  it('are at least one owner', async () => {
    const token = await signIn(platform, 'mei');
    for (const body of [{ role: 'reviewer' }, { state: 'disabled' }]) {
      const refused = await ask(platform, 'PATCH', '/users/mei', { headers: bearer(token), body });
      expect(refused).toMatchObject({ status: 409, body: { error: { code: 'last-owner' } } });
    }
    await addUser(platform, 'wang', 'owner');
    const changed = await ask(platform, 'PATCH', '/users/mei', {
      headers: bearer(token),
      body: { role: 'reviewer' },
    });
    expect(changed).toMatchObject({ status: 200, body: { role: 'reviewer' } });
  });
});

describe('personal access tokens', () => {
  interface Token {
    readonly token: string;
    readonly tokenId: string;
  }

  it('act as their user until they are revoked or over', async () => {
    const headers = bearer(await signIn(platform, 'mei'));
    const make = (body: object, as = headers, query = '') =>
      ask<Token>(platform, 'POST', `/tokens${query}`, { headers: as, body });
    const { body: lasting } = await make({ name: 'CI' });
    const { body: short } = await make({ name: 'today', days: 1 });
    expect(lasting.token).toMatch(/^ovp_\w{28}$/);
    expect(await who(lasting.token)).toMatchObject({ body: { name: 'mei', role: 'owner' } });
    // A token makes none, changes no password, and is not another's.
    expect((await make({ name: 'x' }, bearer(lasting.token))).status).toBe(403);
    expect((await make({ name: 'x' }, headers, '?user=wang')).status).toBe(403);
    expect((await make({ name: 'x' }, operator)).status).toBe(400);
    expect((await make({ name: 'x' }, operator, '?user=mei')).status).toBe(201);
    const list = await ask<{ tokens: object[] }>(platform, 'GET', '/tokens', {
      headers: bearer(lasting.token),
    });
    expect(list.body.tokens).toMatchObject([
      { name: 'CI', prefix: lasting.token.slice(0, 8), lastUsedAt: '2026-01-01T00:00:00.000Z' },
      { name: 'today', expiresAt: '2026-01-02T00:00:00.000Z' },
      { name: 'x' },
    ]);
    expect(JSON.stringify(list.body)).not.toContain(lasting.token);
    await platform.clock.advance(24 * 60 * MINUTE);
    expect((await who(short.token)).status).toBe(401);
    expect((await who(lasting.token)).status).toBe(200);
    const revoke = () =>
      ask(platform, 'DELETE', `/tokens/${lasting.tokenId}?user=mei`, { headers: operator });
    expect((await revoke()).status).toBe(204);
    expect((await who(lasting.token)).status).toBe(401);
    expect((await revoke()).status).toBe(404);
  });

  it('have the rights that their user has now', async () => {
    await addUser(platform, 'wang', 'administrator');
    const headers = bearer(await signIn(platform, 'wang'));
    const { body } = await ask<Token>(platform, 'POST', '/tokens', { headers, body: { name: 'CI' } });
    const create = () =>
      ask(platform, 'POST', '/templates', {
        headers: bearer(body.token),
        body: { name: 'a', content: '您好' },
      });
    expect((await create()).status).toBe(201);
    await ask(platform, 'PATCH', '/users/wang', { headers: operator, body: { role: 'read-only' } });
    expect((await create()).status).toBe(403);
    await ask(platform, 'PATCH', '/users/wang', { headers: operator, body: { state: 'disabled' } });
    expect((await create()).status).toBe(401);
  });
});

describe('accounts', () => {
  it('are created, listed, frozen, activated and closed for good', async () => {
    const create = (body: object) =>
      ask<{ spId: string }>(platform, 'POST', '/accounts', { headers: operator, body });
    expect(await create({ name: 'Cars', spId: 'cars' })).toMatchObject({
      status: 201,
      body: { state: 'active' },
    });
    expect((await create({ name: 'Cars', spId: 'cars' })).status).toBe(409);
    expect((await create({ name: '', spId: 'x' })).status).toBe(422);
    expect((await create({ name: 'x', spId: 'a b' })).status).toBe(422);
    expect((await create({ name: 'Made' })).body.spId).toMatch(/^\w{16}$/);
    const change = (state: string) =>
      ask(platform, 'PATCH', '/accounts/cars', { headers: operator, body: { state } });
    for (const state of ['frozen', 'active', 'closed']) {
      expect(await change(state)).toMatchObject({ status: 200, body: { spId: 'cars', state } });
    }
    expect(await change('active')).toMatchObject({
      status: 409,
      body: { error: { code: 'account-closed' } },
    });
    const app = { headers: operator, body: { name: 'a', capability: 'callback' } };
    expect((await ask(platform, 'POST', '/apps?account=cars', app)).status).toBe(409);
    expect((await ask(platform, 'POST', '/apps?account=nobody', app)).status).toBe(404);
  });

  it('hold five apps each, and see them', async () => {
    await ask(platform, 'POST', '/accounts', { headers: operator, body: { name: 'Cars', spId: 'cars' } });
    const create = (account: string) =>
      ask<{ spId: string }>(platform, 'POST', `/apps?account=${account}`, {
        headers: operator,
        body: { name: 'a', capability: 'callback' },
      });
    for (let count = 0; count < 5; count += 1) expect((await create('cars')).body.spId).toBe('cars');
    expect((await create('cars')).status).toBe(409);
    expect((await create('openvoicecall')).status).toBe(201);
    const list = await ask<{ apps: object[] }>(platform, 'GET', '/apps?account=cars', { headers: operator });
    expect(list.body.apps).toHaveLength(5);
  });

  it('that are frozen make no calls', async () => {
    const app = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
    const number = '+8675528000001';
    await platform.administration.addNumber(number, app.appKey);
    const order = {
      displayNbr: number,
      callerNbr: '+8613500000001',
      displayCalleeNbr: number,
      calleeNbr: '+8613500000002',
    };
    const call = async (): Promise<string> => {
      const api = '/rest/httpsessions/click2Call/v2.0';
      const response = await platform.post(api, platform.signed(app), order);
      return ((await response.json()) as { resultcode: string }).resultcode;
    };
    const asOperator = { headers: operator, body: { appKey: app.appKey, ...order } };
    const change = (state: string) =>
      ask(platform, 'PATCH', '/accounts/openvoicecall', { headers: operator, body: { state } });
    await change('frozen');
    expect(await call()).toBe('1010007');
    expect(await ask(platform, 'POST', '/calls', asOperator)).toMatchObject({
      status: 403,
      body: { resultcode: '1010007', resultdesc: 'The ativeState of User is not ACTIVATING.' },
    });
    await change('active');
    expect(await call()).toBe('0');
  });
});

describe('your own sign-ins', () => {
  interface Listed {
    readonly signInId: string;
    readonly current: boolean;
    readonly address: string;
  }
  const list = async (token: string): Promise<Listed[]> =>
    (await ask<{ signIns: Listed[] }>(platform, 'GET', '/session/sign-ins', { headers: bearer(token) })).body
      .signIns;

  it('are listed while they hold, and each can be ended', async () => {
    const [here, there] = [await signIn(platform, 'mei'), await signIn(platform, 'mei')];
    const found = await list(here);
    expect(found.map(({ current }) => current)).toEqual([true, false]);
    expect(found[0]?.address).toBe('127.0.0.1');
    const other = found[1]?.signInId;
    const end = () =>
      ask<{ error: { code: string } }>(platform, 'DELETE', `/session/sign-ins/${other}`, {
        headers: bearer(here),
      });
    expect((await end()).status).toBe(204);
    expect((await who(there)).status).toBe(401);
    expect(await list(here)).toHaveLength(1);
    expect(await end()).toMatchObject({ status: 404, body: { error: { code: 'sign-in-unknown' } } });
    const idle = await signIn(platform, 'mei');
    for (let minutes = 0; minutes < 60; minutes += 30) {
      await platform.clock.advance(30 * MINUTE);
      await who(here);
    }
    expect((await who(idle)).status).toBe(401);
    expect(await list(here)).toHaveLength(1);
  });

  it('are nobody else’s business, nor an access token’s', async () => {
    await addUser(platform, 'wang', 'owner');
    const [mei, wang] = [await signIn(platform, 'mei'), await signIn(platform, 'wang')];
    const [own] = await list(mei);
    const path = `/session/sign-ins/${own?.signInId}`;
    expect((await ask(platform, 'DELETE', path, { headers: bearer(wang) })).status).toBe(404);
    const made = await ask<{ token: string }>(platform, 'POST', '/tokens', {
      headers: bearer(mei),
      body: { name: 'CI' },
    });
    const byToken = await ask(platform, 'GET', '/session/sign-ins', { headers: bearer(made.body.token) });
    expect(byToken.status).toBe(403);
    expect((await ask(platform, 'GET', '/session/sign-ins', { headers: operator })).status).toBe(403);
  });
});

describe('the operator’s sign-in', () => {
  const give = (token: string) => ask<object>(platform, 'POST', '/session/operator', { body: { token } });
  const refusals = async (): Promise<{ actor: { id: string } }[]> => {
    const path = '/audit?kind=session&id=operator&limit=500';
    const { body } = await ask<{ entries: { outcome: string; actor: { id: string } }[] }>(
      platform,
      'GET',
      path,
      {
        headers: bearer(ADMIN_TOKEN),
      },
    );
    return body.entries.filter(({ outcome }) => outcome === 'refused');
  };

  it('is closed for a while to an address that gave twenty wrong tokens, and the trail is not filled', async () => {
    for (let failure = 0; failure < 20; failure += 1) expect((await give('wrong')).status).toBe(401);
    for (let more = 0; more < 5; more += 1) {
      const { status, headers, body } = await give('wrong');
      expect([status, headers.get('retry-after'), body]).toMatchObject([
        429,
        '1800',
        { error: { code: 'locked-out' } },
      ]);
    }
    expect((await give(ADMIN_TOKEN)).status).toBe(429);
    expect((await refusals()).map(({ actor }) => actor.id)).toEqual(
      Array.from({ length: 20 }, () => 'nobody'),
    );
    await platform.clock.advance(1_800_000);
    expect((await give(ADMIN_TOKEN)).status).toBe(201);
  });
});
