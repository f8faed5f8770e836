import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
});
afterEach(() => platform.close());

interface Refusal {
  readonly error: { readonly code: string; readonly field?: string; readonly remedy?: string };
}

const add = (body: object) => platform.admin<Record<string, unknown>>('POST', '/admin/v1/trunks', body);

describe('trunks', () => {
  it('are added with defaults, in force at once, and shown with how they stand', async () => {
    const { status, body } = await add({ name: 'carrier', addresses: ['sip.example.com'] });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      name: 'carrier',
      source: 'database',
      state: 'in-use',
      transport: 'udp',
      priority: 10,
      hasPassword: false,
      status: { state: 'up', running: 0, gateways: [{ gateway: 'udp:203.0.113.7:5060' }] },
    });
    expect(platform.trunksInForce.map(({ name }) => name)).toEqual(['carrier']);
    const { body: listed } = await platform.admin<{ trunks: object[] }>('GET', '/admin/v1/trunks');
    expect(listed.trunks).toEqual([body]);
  });

  it('never show a password, neither there nor in the audit trail', async () => {
    const secret = 'Tr0nkSecret';
    const added = await add({ name: 'a', addresses: ['a'], username: 'u', password: secret });
    expect(added.body.hasPassword).toBe(true);
    const changed = await platform.admin('PATCH', '/admin/v1/trunks/a', { password: `${secret}2` });
    const { body: trail } = await platform.admin<{ entries: { before?: object; after?: object }[] }>(
      'GET',
      '/admin/v1/audit?kind=trunk',
    );
    expect(trail.entries[0]).toMatchObject({ before: { password: '***' }, after: { password: '***' } });
    expect(trail.entries).toHaveLength(2);
    expect(JSON.stringify([added, changed, trail, platform.logged])).not.toContain(secret);
    expect(platform.trunksInForce[0]?.password).toBe(`${secret}2`);
  });

  it('are changed member by member; null takes away', async () => {
    await add({ name: 'a', addresses: ['a'], username: 'u', password: 'p', fromUser: 'acme' });
    const change = { username: null, password: null, fromUser: null, priority: 0, state: 'suspended' };
    const { body } = await platform.admin('PATCH', '/admin/v1/trunks/a', change);
    expect(body).toMatchObject({ priority: 0, state: 'suspended', hasPassword: false, addresses: ['a'] });
    expect(body).not.toHaveProperty('username');
    expect(platform.trunksInForce[0]).toMatchObject({ state: 'suspended' });
    expect(platform.trunksInForce[0]).not.toHaveProperty('fromUser');
  });

  it('are removed, and then not found', async () => {
    await add({ name: 'a', addresses: ['a'] });
    expect((await platform.admin('DELETE', '/admin/v1/trunks/a')).status).toBe(204);
    expect(platform.trunksInForce).toEqual([]);
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/check'],
    ] as const) {
      const body = method === 'PATCH' ? {} : undefined;
      const answer = await platform.admin<Refusal>(method, `/admin/v1/trunks/a${path}`, body);
      expect(answer).toMatchObject({ status: 404, body: { error: { code: 'trunk-unknown' } } });
    }
  });

  it('are examined on request', async () => {
    await add({ name: 'a', addresses: ['a'] });
    platform.trunks.findings = [
      { name: 'resolution', ok: true, detail: 'udp:192.0.2.1:5060' },
      { name: 'options', ok: false, detail: 'no answer', remedy: 'ask' },
    ];
    const { body } = await platform.admin('POST', '/admin/v1/trunks/a/check');
    expect(body).toEqual({ ok: false, checks: platform.trunks.findings });
  });

  it.each([
    [{ name: 'Carrier' }, 'name'],
    [{ name: 'default' }, 'name'],
    [{ addresses: [] }, 'addresses'],
    [{ addresses: ['sip:host'] }, 'addresses'],
    [{ addresses: ['host:0'] }, 'addresses'],
    [{ addresses: ['host:65536'] }, 'addresses'],
    [{ addresses: ['2001:db8::1'] }, 'addresses'],
    [{ username: 'u' }, 'password'],
    [{ password: 'p' }, 'username'],
    [{ username: 'a>b', password: 'p' }, 'username'],
    [{ register: true }, 'username'],
    [{ prefixes: ['86'] }, 'prefixes'],
    [{ calleeRewriting: [{ from: '86', to: '0' }] }, 'calleeRewriting'],
    [{ calleeRewriting: [{ from: '+86', to: '0;x' }] }, 'calleeRewriting'],
    [
      {
        callerRewriting: [
          { from: '+', to: '' },
          { from: '+', to: '0' },
        ],
      },
      'callerRewriting',
    ],
    [{ fromDomain: 'a b' }, 'fromDomain'],
    [{ fromUser: 'a@b' }, 'fromUser'],
    [{ priority: -1 }, 'priority'],
    [{ registerExpires: 10 }, 'registerExpires'],
    [{ responseTimeout: 100 }, 'responseTimeout'],
    [{ maxCalls: 1_000_000 }, 'maxCalls'],
  ])('are refused with %j', async (wrong, field) => {
    const answer = await platform.admin<Refusal>('POST', '/admin/v1/trunks', {
      name: 'a',
      addresses: ['a'],
      ...wrong,
    });
    expect(answer).toMatchObject({ status: 422, body: { error: { code: 'trunk-invalid', field } } });
    expect(answer.body.error.remedy).toBeTruthy();
    expect(platform.trunksInForce).toEqual([]);
  });

  it.each(['[2001:db8::1]:5070', '[2001:db8::1]', '203.0.113.7', 'a.example:5061'])(
    'may be at %s',
    async (address) => {
      expect((await add({ name: 'a', addresses: [address] })).status).toBe(201);
    },
  );

  it('of the same name are refused', async () => {
    await add({ name: 'a', addresses: ['a'] });
    expect(await add({ name: 'a', addresses: ['b'] })).toMatchObject({
      status: 409,
      body: { error: { code: 'trunk-taken' } },
    });
  });
});
