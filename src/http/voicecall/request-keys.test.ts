import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';
import { settle } from '../../../test/support/manual-clock.ts';
import type { App } from '../../accounts/account.ts';

const CLICK2CALL = '/rest/httpsessions/click2Call/v2.0';
const VERIFY = '/rest/httpsessions/callVerify/v1.0';
const DAY = 24 * 3_600_000;
const wanted = {
  displayNbr: '+8675528000001',
  callerNbr: '+8613500000001',
  displayCalleeNbr: '+8675528000001',
  calleeNbr: '+8613500000002',
  returnIdlePort: 'true',
};

interface Answer {
  readonly status: number;
  readonly body: { resultcode: string; resultdesc: string; sessionId?: string; idlePort?: number };
}

let platform: HttpPlatform;
let app: App;

beforeEach(async () => {
  platform = new HttpPlatform();
  app = await platform.administration.createApp({ name: 'Cars', capability: 'callback', ports: 3 });
  await platform.administration.addNumber(wanted.displayNbr, app.appKey);
  await platform.listen();
});
afterEach(() => platform.close());

async function post(key: string, changed: object = {}, by = app, path = CLICK2CALL): Promise<Answer> {
  const headers = { ...platform.signed(by), 'idempotency-key': key };
  const response = await platform.post(path, headers, { ...wanted, ...changed });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const placed = async (): Promise<number> => (await platform.store.list({ limit: 100 })).calls.length;

/** Holds what is to be stored back, until it is let go. */
function holdStore(): () => void {
  const gate = Promise.withResolvers<void>();
  const create = platform.store.create.bind(platform.store);
  platform.store.create = async (...given) => {
    await gate.promise;
    await create(...given);
  };
  return gate.resolve;
}

const reused = {
  status: 422,
  body: { resultcode: '1010002', resultdesc: 'Invalid request. Idempotency-Key', sessionId: '' },
};

describe('a request with an Idempotency-Key', () => {
  it('sent again is answered as the first time, and places no second call', async () => {
    const first = await post('order-1');
    expect(first).toMatchObject({ status: 200, body: { resultcode: '0', idlePort: 2 } });
    await settle();
    expect(await post('order-1')).toEqual(first);
    await settle();
    expect(await placed()).toBe(1);
    expect(platform.telephony.legs.filter(({ request }) => request.party === 'A')).toHaveLength(1);
  });

  it('is another under another key, and without one', async () => {
    const { body } = await post('order-1');
    expect((await post('order-2')).body.sessionId).not.toBe(body.sessionId);
    const bare = await platform.post(CLICK2CALL, platform.signed(app), wanted);
    expect(((await bare.json()) as Answer['body']).sessionId).not.toBe(body.sessionId);
    expect(await placed()).toBe(3);
  });

  it('is refused when the key stands for another body or path', async () => {
    await post('order-1');
    expect(await post('order-1', { calleeNbr: '+8613500000003' })).toEqual(reused);
    expect(await post('order-1', {}, app, `/sandbox${CLICK2CALL}`)).toEqual(reused);
    expect(await post('order-1', {}, app, VERIFY)).toEqual(reused);
    expect(await placed()).toBe(1);
  });

  it('has its key for itself: another app may use the same', async () => {
    const other = await platform.administration.createApp({ name: 'Other', capability: 'callback' });
    await platform.administration.addNumber('+8675528000009', other.appKey);
    const shown = { displayNbr: '+8675528000009', displayCalleeNbr: '+8675528000009' };
    expect((await post('order-1')).status).toBe(200);
    expect((await post('order-1', shown, other)).status).toBe(200);
    expect(await placed()).toBe(2);
  });

  it('that is being served is told apart', async () => {
    const letGo = holdStore();
    const first = post('order-1');
    const body = { resultcode: '1011006', resultdesc: 'Under traffic control status', sessionId: '' };
    await expect.poll(() => platform.calls.portsInUse).toBe(1);
    expect(await post('order-1')).toEqual({ status: 409, body });
    expect(await post('order-1', { calleeNbr: '+8613500000003' })).toEqual(reused);
    letGo();
    expect((await first).status).toBe(200);
    expect(await post('order-1')).toEqual(await first);
  });

  it('that was refused may be corrected, or tried again later', async () => {
    expect((await post('order-1', { calleeNbr: '12' })).body.resultcode).toBe('1010002');
    for (const key of ['a', 'b', 'c']) expect((await post(key)).status).toBe(200);
    expect((await post('order-1')).body.resultcode).toBe('1020165');
    await platform.clock.advance(0);
    const { body } = await post('a');
    await platform.post('/rest/httpsessions/callStop/v2.0', platform.signed(app), {
      sessionid: body.sessionId,
      signal: 'call_stop',
    });
    await expect.poll(() => platform.calls.portsInUse).toBe(2);
    expect((await post('order-1')).status).toBe(200);
  });

  it('may use its key for something else after 24 hours', async () => {
    const { body } = await post('order-1');
    await platform.clock.advance(DAY - 1);
    expect((await post('order-1')).body.sessionId).toBe(body.sessionId);
    await platform.clock.advance(1);
    const later = await post('order-1', { calleeNbr: '+8613500000003' });
    expect(later.status).toBe(200);
    expect(later.body.sessionId).not.toBe(body.sessionId);
  });

  it.each([['a b'], ['x'.repeat(256)], ['ä']])('is refused when the key is %j', async (key) => {
    expect(await post(key)).toEqual({ ...reused, status: 403 });
    expect(await placed()).toBe(0);
  });

  it('must be signed like any other: a key opens nothing', async () => {
    await post('order-1');
    const response = await platform.post(CLICK2CALL, { 'idempotency-key': 'order-1' }, wanted);
    expect(await response.json()).toMatchObject({ resultcode: '1023006', sessionId: '' });
  });
});

describe('the operator’s API', () => {
  it('knows such keys too', async () => {
    const ask = async (body: object): Promise<{ status: number; body: unknown }> => {
      const response = await fetch(`${platform.url}/admin/v1/calls`, {
        method: 'POST',
        headers: {
          authorization: 'Bearer operator-token',
          'content-type': 'application/json',
          'idempotency-key': 'order-1',
        },
        body: JSON.stringify({ appKey: app.appKey, ...wanted, ...body }),
      });
      return { status: response.status, body: await response.json() };
    };
    const first = await ask({});
    expect(first).toMatchObject({ status: 200, body: { resultcode: '0', idlePort: 2 } });
    expect(await ask({})).toEqual(first);
    expect(await ask({ userData: 'x' })).toMatchObject({ status: 422, body: { resultcode: '1010002' } });
    expect(await placed()).toBe(1);
  });
});
