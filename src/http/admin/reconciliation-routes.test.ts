import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleApp, sampleCall, sampleChange, START } from '../../../test/contract/samples.ts';
import { ADMIN_TOKEN, HttpPlatform } from '../../../test/support/http-platform.ts';
import { addUser, ask, bearer, signIn } from '../../../test/support/signed-in.ts';
import type { CallRecord } from '../../call/call-record.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
  await platform.database.accounts.putApp(sampleApp('app-1', { spId: 'openvoicecall' }));
});
afterEach(() => platform.close());

const operator = bearer(ADMIN_TOKEN);

async function endedCall(sessionId: string, changed: Partial<CallRecord> = {}): Promise<void> {
  const { calls } = platform.database;
  const owner = { appKey: 'app-1', spId: 'openvoicecall' };
  const call = sampleCall(sessionId, { owner, ...changed });
  await calls.create(call);
  const leg = {
    party: 'B' as const,
    display: '+8675528000001',
    to: '+8613500000002',
    answeredAt: START + 500,
  };
  const started = { ...call, legs: [leg] };
  await calls.commit({
    ...sampleChange(started, { sequence: 1 }),
    event: {
      sessionId,
      sequence: 1,
      type: 'collectInfo',
      at: START,
      called: '+8613500000002',
      digits: '4711',
    },
  });
  await calls.commit(sampleChange(started, { sequence: 2, ends: true, feeUrl: call.feeUrl }));
}

interface Page {
  readonly records: { sessionId: string; number: string; cdr: Record<string, unknown> }[];
  readonly events: { called?: string; digits?: string }[];
  readonly nextCursor: string;
  readonly more: boolean;
}

const get = <T = Page>(path: string, headers = operator) => ask<T>(platform, 'GET', path, { headers });

describe('records and events', () => {
  it('are read on from a cursor', async () => {
    for (const id of ['a', 'b', 'c']) await endedCall(id);
    const first = await get('/records?limit=2');
    expect(first.body.records.map(({ sessionId }) => sessionId)).toEqual(['a', 'b']);
    expect(first.body.more).toBe(true);
    const second = await get(`/records?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ records: [{ sessionId: 'c', connected: true }], more: false });
    expect(second.body.records[0]).toMatchObject({ talkMilliseconds: 1_500, releaseCause: 8000 });
    const idle = await get(`/records?cursor=${second.body.nextCursor}`);
    expect(idle.body).toEqual({ records: [], nextCursor: second.body.nextCursor, more: false });
    await endedCall('d');
    const later = await get(`/records?cursor=${idle.body.nextCursor}`);
    expect(later.body.records.map(({ sessionId }) => sessionId)).toEqual(['d']);
    expect((await get('/events?limit=500')).body.events).toHaveLength(8);
    expect((await get('/records?cursor=x')).status).toBe(400);
  });

  it('show masked numbers and no keys to whoever may only look', async () => {
    await endedCall('a');
    await addUser(platform, 'rita', 'read-only');
    const rita = bearer(await signIn(platform, 'rita'));
    const { body } = await get('/records', rita);
    expect(body.records[0]?.cdr.calleeNum).toBe('+8613*******01');
    expect(JSON.stringify(body)).not.toContain('13500000001');
    const events = await get('/events', rita);
    expect(events.body.events[0]).toMatchObject({ called: '+8613*******02', digits: '****' });
    const full = await get('/records');
    expect(full.body.records[0]?.cdr.calleeNum).toBe('+8613500000001');
    for (const format of ['csv', 'jsonl']) {
      const text = await get<string>(`/exports/records?format=${format}`, rita);
      expect(text.status).toBe(200);
      expect(JSON.stringify(text.body)).not.toContain('13500000001');
    }
  });

  it('of another account are not seen', async () => {
    await endedCall('a');
    await addUser(platform, 'stranger', 'owner', 'other');
    const stranger = bearer(await signIn(platform, 'stranger', 'other'));
    expect((await get('/records', stranger)).body.records).toEqual([]);
    expect((await get('/events', stranger)).body.events).toEqual([]);
    expect((await get<string>('/exports/records?format=csv', stranger)).body.split('\r\n')).toHaveLength(2);
    const body = { sessionId: 'a' };
    expect((await ask(platform, 'POST', '/records/resend', { headers: stranger, body })).status).toBe(404);
  });

  it('are exported as lines and as a table, and that is on record', async () => {
    await endedCall('a', { userData: '=HYPERLINK("http://x","y")' });
    await endedCall('b');
    const response = await fetch(`${platform.url}/admin/v1/exports/records?format=jsonl`, {
      headers: operator,
    });
    expect(response.headers.get('content-type')).toBe('application/jsonl');
    const lines = (await response.text()).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { sessionId: string }).sessionId)).toEqual(['a', 'b']);
    const table = await fetch(`${platform.url}/admin/v1/exports/events?format=csv`, { headers: operator });
    const rows = (await table.text()).split('\r\n');
    expect(rows[0]).toBe('sessionId,sequence,type,at,party,caller,called,stateCode,stateDesc,digits');
    expect(rows[1]).toBe('a,1,collectInfo,2026-01-01T00:00:00.000Z,,,+8613500000002,,,4711');
    const audit = await get<{ entries: { action: string }[] }>('/audit?kind=export');
    expect(audit.body.entries.map(({ action }) => action)).toEqual([
      'GET /exports/events',
      'GET /exports/records',
    ]);
  });
});

describe('records pushed again', () => {
  const resend = (body: object) =>
    ask<Record<string, number>>(platform, 'POST', '/records/resend', { headers: operator, body });

  it('go to their address or another one, and the delivery loop is told', async () => {
    let woken = 0;
    platform.deliveries.wakeForOld = () => (woken += 1);
    await endedCall('a');
    const url = 'https://other.example/fee';
    expect((await resend({ sessionId: 'a' })).status).toBe(404);
    // Whose a call is, the platform of this test looks up in memory.
    await platform.store.create(sampleCall('a', { owner: { appKey: 'app-1', spId: 'openvoicecall' } }));
    expect(await resend({ sessionId: 'a' })).toMatchObject({ status: 202, body: { sent: 0, waiting: 1 } });
    expect(woken).toBe(0);
    expect((await resend({ sessionId: 'a', url })).body).toEqual({ sent: 1, waiting: 0, nowhere: 0 });
    expect(woken).toBe(1);
  });

  it.each([
    [{}, 'Name a call'],
    [{ since: '2026-01-01T00:00:00Z' }, 'Name a call'],
    [{ sessionId: 'a', since: '2026-01-01T00:00:00Z' }, 'Name a call'],
    [{ sessionId: 'a', url: 'ftp://x.example/' }, 'http'],
  ])('are refused where %j says not which', async (body, message) => {
    expect(await resend(body)).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining(message) } },
    });
  });
});

describe('statistics', () => {
  interface Statistics {
    readonly from: string;
    readonly rows: object[];
  }

  it('are told by day, app and number', async () => {
    for (const id of ['a', 'b']) await endedCall(id);
    const { body } = await get<Statistics>('/statistics?from=2026-01-01&to=2026-01-01');
    expect(body.rows).toEqual([
      {
        account: 'openvoicecall',
        day: '2026-01-01',
        appKey: 'app-1',
        number: '+8675528000001',
        calls: 2,
        connected: 2,
        connectionRate: 1,
        talkMilliseconds: 3_000,
        causes: [{ releaseCause: 8000, description: expect.any(String), calls: 2 }],
      },
    ]);
    const earlier = await get<Statistics>(
      '/statistics?from=2025-12-31&to=2025-12-31&timeZone=America/New_York&by=day',
    );
    expect(earlier.body.rows).toMatchObject([{ day: '2025-12-31', calls: 2 }]);
    expect((await get<Statistics>('/statistics?from=2025-12-31&to=2025-12-31')).body.rows).toEqual([]);
  });

  it('are those of a week where nobody names a time', async () => {
    const { body } = await get<Statistics & { to: string }>('/statistics');
    expect(Date.parse(body.to) - Date.parse(body.from)).toBe(6 * 86_400_000);
  });

  it.each([
    ['from=2026-01-02&to=2026-01-01', 422],
    ['from=2024-01-01&to=2026-01-01', 422],
    ['timeZone=Mars/Olympus', 400],
    ['by=hour', 400],
    ['from=tomorrow', 400],
  ])('refuse %s', async (query, status) => {
    expect((await get(`/statistics?${query}`)).status).toBe(status);
  });
});
