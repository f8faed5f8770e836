import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addUser, ask, bearer, signIn } from '../../../test/support/signed-in.ts';
import { eventually } from '../../../test/support/peer-process.ts';
import { ADMIN_TOKEN, HttpPlatform } from '../../../test/support/http-platform.ts';
import { type Role, roles } from '../../accounts/actor.ts';

let platform: HttpPlatform;
const tokens = new Map<string, string>();

const rights = ['read', 'manage', 'review', 'people', 'operate', 'self', 'anyone'];

/** Once more, so that the code is not its own witness. */
const allowed: Readonly<Record<Role, readonly string[]>> = {
  owner: ['read', 'manage', 'review', 'people', 'self', 'anyone'],
  administrator: ['read', 'manage', 'review', 'self', 'anyone'],
  reviewer: ['read', 'review', 'self', 'anyone'],
  'read-only': ['read', 'self', 'anyone'],
};

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly right: string | undefined;
}

async function operations(): Promise<Operation[]> {
  const response = await fetch(`${platform.url}/admin/v1/openapi.json`);
  const { paths } = (await response.json()) as {
    paths: Record<string, Record<string, { 'x-right'?: string }>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: path.replace('/admin/v1', '').replaceAll(/\{\w+\}/g, 'nothing'),
      right: operation['x-right'],
    })),
  );
}

beforeAll(async () => {
  platform = new HttpPlatform();
  await platform.listen();
  for (const role of roles) {
    await addUser(platform, `the-${role}`, role);
    tokens.set(role, await signIn(platform, `the-${role}`));
  }
  tokens.set('operator', ADMIN_TOKEN);
});
afterAll(() => platform.close());

/** What is refused for want of a right; what is asked for may be refused for other reasons. */
async function isForbidden({ method, path }: Operation, headers: Record<string, string>): Promise<boolean> {
  const body = method === 'GET' || method === 'DELETE' ? undefined : {};
  const answer = await ask<{ error?: { code: string; message: string } }>(platform, method, path, {
    headers,
    body,
  });
  return answer.status === 403 && (answer.body.error?.message.startsWith('Your role does not') ?? false);
}

describe('the rights of roles', () => {
  it('are asked for by every route', async () => {
    const all = await operations();
    expect(all.length).toBeGreaterThan(30);
    expect(all.filter(({ right }) => right === undefined || !rights.includes(right))).toEqual([]);
  });

  it('let nobody in without credentials, but to sign in', async () => {
    const open: string[] = [];
    for (const operation of await operations()) {
      const { method, path } = operation;
      const body = method === 'GET' || method === 'DELETE' ? undefined : {};
      const { status } = await ask(platform, method, path, { body });
      if (status !== 401) open.push(`${method} ${path}`);
    }
    expect(open).toEqual(['POST /session', 'GET /session']);
  });

  it.each([...roles])('of the %s are those of the table, at every route', async (role) => {
    const wrong: string[] = [];
    for (const operation of await operations()) {
      // Signing out would end the test.
      if (operation.path === '/session' && operation.method === 'DELETE') continue;
      const forbidden = await isForbidden(operation, bearer(tokens.get(role) ?? ''));
      if (forbidden === allowed[role].includes(operation.right ?? '')) {
        wrong.push(`${operation.method} ${operation.path}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('of the operator are all', async () => {
    const refused: string[] = [];
    for (const operation of await operations()) {
      if (await isForbidden(operation, bearer(ADMIN_TOKEN)))
        refused.push(`${operation.method} ${operation.path}`);
    }
    expect(refused).toEqual([]);
  });
});

describe('people of an account', () => {
  it('see its calls, not by which carriers they left', async () => {
    await addUser(platform, 'mei', 'owner');
    const { appKey } = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
    const number = '+8675528000009';
    await platform.administration.addNumber(number, appKey);
    platform.phones.A = (leg) => {
      leg.attempted({ trunk: 'alpha', gateway: 'udp:192.0.2.1:5060', result: 'refused', sipStatus: 486 });
      leg.fail(486);
    };
    const order = { displayNbr: number, callerNbr: '+8613500000001', calleeNbr: '+8613500000002' };
    const { body } = await ask<{ sessionId: string }>(platform, 'POST', '/calls', {
      headers: bearer(ADMIN_TOKEN),
      body: { appKey, ...order, displayCalleeNbr: number },
    });
    const path = `/calls/${encodeURIComponent(body.sessionId)}`;
    const shownTo = async (token: string) => {
      const call = await ask<{ state: string; legs: object[] }>(platform, 'GET', path, {
        headers: bearer(token),
      });
      return call.body;
    };
    await eventually(async () => (await shownTo(ADMIN_TOKEN)).state === 'ended', 'the call ends');
    expect((await shownTo(ADMIN_TOKEN)).legs).toMatchObject([
      { sipStatus: 486, attempts: [{ trunk: 'alpha', result: 'refused', at: expect.any(String) }] },
    ]);
    const seen = await shownTo(await signIn(platform, 'mei'));
    expect(seen.legs).toMatchObject([{ sipStatus: 486 }]);
    expect(JSON.stringify(seen)).not.toContain('alpha');
  });
});

describe('what the operator set', () => {
  it('is not undone by the people of the account', async () => {
    await addUser(platform, 'chen', 'owner');
    const headers = bearer(await signIn(platform, 'chen'));
    const { appKey } = await platform.administration.createApp({ name: 'Held', capability: 'callback' });
    const number = '+8675528000019';
    await platform.administration.addNumber(number, appKey);
    const paths = [`/apps/${appKey}`, `/numbers/${encodeURIComponent(number)}`] as const;
    const states = ['active', 'in-use'] as const;
    const set = (path: string, body: object, by: Record<string, string>) =>
      ask<{ error?: { code: string } }>(platform, 'PATCH', path, { headers: by, body });
    for (const [index, path] of paths.entries()) {
      // Their own suspension they end themselves.
      expect((await set(path, { state: 'suspended' }, headers)).status).toBe(200);
      expect((await set(path, { state: states[index] }, headers)).status).toBe(200);
      expect((await set(path, { state: 'suspended' }, bearer(ADMIN_TOKEN))).body).toMatchObject({
        heldByOperator: true,
      });
      expect(await set(path, { state: states[index] }, headers)).toMatchObject({
        status: 403,
        body: { error: { code: 'held-by-operator' } },
      });
      expect((await set(path, { state: 'suspended' }, headers)).status).toBe(200);
    }
    expect((await ask(platform, 'DELETE', paths[1], { headers })).status).toBe(403);
    expect((await set(paths[0], { ports: 11 }, headers)).body.error?.code).toBe('ports-of-operator');
    expect((await set(paths[0], { ports: 50 }, bearer(ADMIN_TOKEN))).status).toBe(200);
    expect((await set(paths[0], { ports: 49 }, headers)).status).toBe(200);
    for (const [index, path] of paths.entries())
      expect((await set(path, { state: states[index] }, bearer(ADMIN_TOKEN))).status).toBe(200);
    expect((await ask(platform, 'DELETE', paths[1], { headers })).status).toBe(204);
  });
});

describe('people of another account', () => {
  it('see nothing of this one, and change nothing', async () => {
    await addUser(platform, 'stranger', 'owner', 'other');
    const headers = bearer(await signIn(platform, 'stranger', 'other'));
    const { appKey } = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
    const number = '+8675528000001';
    await platform.administration.addNumber(number, appKey);
    const { templateId } = await platform.templates.create({ name: 'Parcel', content: '您好' });
    const order = { displayNbr: number, callerNbr: '+8613500000001', calleeNbr: '+8613500000002' };
    const call = await ask<{ sessionId: string }>(platform, 'POST', '/calls', {
      headers: bearer(ADMIN_TOKEN),
      body: { appKey, ...order, displayCalleeNbr: number },
    });
    const session = encodeURIComponent(call.body.sessionId);
    expect(session).not.toBe('undefined');
    const get = async (path: string) => (await ask<object>(platform, 'GET', path, { headers })).body;
    for (const [path, name] of [
      ['/apps', 'apps'],
      ['/numbers', 'numbers'],
      ['/templates', 'templates'],
      ['/voice-files', 'voiceFiles'],
      ['/calls', 'calls'],
      ['/receivers', 'receivers'],
      ['/audit', 'entries'],
    ] as const) {
      const body = (await get(path)) as Record<string, object[]>;
      expect(body[name]?.filter((entry) => !JSON.stringify(entry).includes('"account":"other"'))).toEqual([]);
    }
    expect(await get('/users')).toMatchObject({ users: [{ name: 'stranger' }] });
    expect(await get('/accounts')).toMatchObject({ accounts: [{ spId: 'other' }] });
    const attempts: [string, string, object?][] = [
      ['GET', `/apps/${appKey}`],
      ['PATCH', `/apps/${appKey}`, { ports: 1 }],
      ['PATCH', `/numbers/${number}`, { state: 'suspended' }],
      ['DELETE', `/numbers/${number}`],
      ['POST', '/numbers', { number: '+8675528000002', appKey }],
      ['GET', `/templates/${templateId}`],
      ['POST', `/templates/${templateId}/approve`],
      ['DELETE', `/templates/${templateId}`],
      ['GET', `/calls/${session}`],
      ['POST', `/calls/${session}/stop`],
      ['POST', '/calls', { appKey, ...order }],
      ['GET', '/users/the-owner'],
      ['POST', '/users/the-owner/password', {}],
      ['GET', '/accounts/openvoicecall'],
      ['GET', '/tokens?user=the-owner'],
    ];
    for (const [method, path, body] of attempts) {
      expect([path, (await ask(platform, method, path, { headers, body })).status]).toEqual([path, 404]);
    }
    for (const path of ['/apps', '/audit', '/users']) {
      expect((await ask(platform, 'GET', `${path}?account=openvoicecall`, { headers })).status).toBe(403);
    }
    const events = await fetch(`${platform.url}/events?sessionId=${session}`, { headers });
    expect(events.status).toBe(404);
  });
});
