import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
});
afterEach(() => platform.close());

interface Entry {
  readonly action: string;
  readonly object: { readonly kind: string; readonly id: string };
  readonly before?: object;
  readonly after?: object;
}

async function trail(query = ''): Promise<Entry[]> {
  const { body } = await platform.admin<{ entries: Entry[] }>('GET', `/admin/v1/audit${query}`);
  return body.entries;
}

describe('the audit trail', () => {
  it('tells who changed what, from where, and what it was before and after', async () => {
    const wanted = { name: 'Cars', capability: 'callback', statusUrl: 'http://r.example/s?key=hidden' };
    const { body: app } = await platform.admin<{ appKey: string; appSecret: string }>(
      'POST',
      '/admin/v1/apps',
      wanted,
    );
    await platform.admin('PATCH', `/admin/v1/apps/${app.appKey}`, { ports: 3, name: 'Cars' });
    const [changed, created] = await trail();
    expect(changed).toMatchObject({
      actor: { id: 'operator', name: 'operator' },
      account: 'openvoicecall',
      address: '127.0.0.1',
      at: '2026-01-01T00:00:00.000Z',
      action: 'PATCH /apps/:appKey',
      object: { kind: 'app', id: app.appKey },
      outcome: 'done',
    });
    expect([changed?.before, changed?.after]).toEqual([{ ports: 10 }, { ports: 3 }]);
    expect(created).toMatchObject({ after: { name: 'Cars', statusUrl: 'http://r.example/s?***' } });
    expect(JSON.stringify([changed, created])).not.toContain(app.appSecret);
  });

  it('says nothing of what was read or refused', async () => {
    await platform.admin('GET', '/admin/v1/apps');
    await platform.admin('POST', '/admin/v1/apps', { name: '', capability: 'callback' });
    await platform.admin('PATCH', '/admin/v1/apps/nobody', { ports: 1 });
    expect(await trail()).toEqual([]);
  });

  it('names calls by their session, never by their numbers', async () => {
    const { appKey } = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
    await platform.administration.addNumber('+8675528000001', appKey);
    const numbers = { displayNbr: '+8675528000001', callerNbr: '+8613500000001' };
    const order = { ...numbers, displayCalleeNbr: '+8675528000001', calleeNbr: '+8613500000002' };
    const { body } = await platform.admin<{ sessionId: string }>('POST', '/admin/v1/calls', {
      appKey,
      ...order,
    });
    const [placed] = await trail('?kind=call');
    expect(placed).toMatchObject({ object: { id: body.sessionId }, after: { appKey } });
    expect(JSON.stringify(placed)).not.toMatch(/135000000/);
  });

  it('is read page by page, and searched', async () => {
    for (const name of ['a', 'b', 'c']) {
      await platform.admin('POST', '/admin/v1/templates', { name, content: '您好' });
    }
    const first = await platform.admin<{ entries: Entry[]; nextCursor: number }>(
      'GET',
      '/admin/v1/audit?limit=2',
    );
    expect(first.body.entries).toHaveLength(2);
    expect(await trail(`?cursor=${first.body.nextCursor}`)).toMatchObject([{ after: { name: 'a' } }]);
    expect(await trail('?kind=app')).toEqual([]);
    await platform.accounts.putAccount({ spId: 'other', name: 'Other', state: 'active', createdAt: 0 });
    expect(await trail('?account=other')).toEqual([]);
    expect(await trail('?actor=operator&account=openvoicecall')).toHaveLength(3);
    expect(await trail('?since=2026-01-01T00:00:01Z')).toEqual([]);
    expect((await platform.admin('GET', '/admin/v1/audit?limit=0')).status).toBe(400);
  });

  it('answers no change that it could not keep', async () => {
    platform.auditFailure = new Error('the disk is full');
    const refused = await platform.admin('POST', '/admin/v1/templates', { name: 'a', content: '您好' });
    expect(refused).toMatchObject({ status: 500, body: { error: { code: 'internal' } } });
  });

  it('has a change, before and after, also where the work after its first write failed', async () => {
    await platform.admin('POST', '/admin/v1/trunks', { name: 'a', addresses: ['192.0.2.9'] });
    platform.auditFailure = new Error('cut off');
    const change = { maxCalls: 7, password: 'not for the trail', username: 'me' };
    expect((await platform.admin('PATCH', '/admin/v1/trunks/a', change)).status).toBe(500);
    expect((await platform.admin('DELETE', '/admin/v1/trunks/none')).status).toBe(404);
    const [changed, created, ...more] = await trail();
    expect(changed).toMatchObject({ action: 'PATCH /trunks/:name', object: { kind: 'trunk', id: 'a' } });
    expect(changed?.before).toEqual({ maxCalls: 0 });
    expect(changed?.after).toEqual({ maxCalls: 7, password: '***', username: 'me' });
    expect(JSON.stringify(changed)).not.toContain('not for');
    expect(created).toMatchObject({ action: 'POST /trunks', after: { name: 'a' } });
    expect(more).toEqual([]);
  });
});
