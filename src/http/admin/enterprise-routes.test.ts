import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';
import { addUser, ask, bearer, signIn } from '../../../test/support/signed-in.ts';

const record = {
  name: 'Cars Ltd',
  licenceCode: '91440300MA5DXXXX0X',
  legalPersonId: '440300199001010042',
  scene: 'Deliveries',
  script: 'Your parcel is here.',
  peakConcurrency: 10,
};
const NUMBER = '+8675528000001';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
});
afterEach(() => platform.close());

interface Submitted {
  readonly enterpriseId: string;
  readonly orderId: string;
}

const post = (path: string, body: object = {}) => platform.admin<Submitted>('POST', `/admin/v1${path}`, body);

async function approved(): Promise<string> {
  const { enterpriseId } = (await post('/enterprises', record)).body;
  expect((await post(`/enterprises/${enterpriseId}/approve`)).status).toBe(200);
  return enterpriseId;
}

async function ordered(quantity = 1): Promise<string> {
  const { orderId } = (
    await post('/number-orders', { enterpriseId: await approved(), city: '深圳', quantity })
  ).body;
  return orderId;
}

async function granted(numbers: string[]): Promise<string> {
  const orderId = await ordered(numbers.length);
  await post(`/number-orders/${orderId}/review`);
  expect(await post(`/number-orders/${orderId}/grant`, { numbers })).toMatchObject({ status: 200 });
  return orderId;
}

const codeOf = ({ body }: { body: unknown }): string => (body as { error: { code: string } }).error.code;

describe('an enterprise', () => {
  it('is submitted, rejected, changed and approved, and shows its legal person to nobody', async () => {
    const { body } = await post('/enterprises', record);
    const path = `/enterprises/${body.enterpriseId}`;
    expect(body).toMatchObject({ state: 'pending', legalPersonId: '****0042' });
    expect(await post(`${path}/reject`, { reason: 'Not readable.' })).toMatchObject({
      body: { state: 'rejected', reason: 'Not readable.' },
    });
    expect(
      codeOf(await post('/number-orders', { enterpriseId: body.enterpriseId, city: 'x', quantity: 1 })),
    ).toBe('enterprise-not-approved');
    const changed = await platform.admin('PATCH', `/admin/v1${path}`, { scene: 'Parcels' });
    expect(changed.body).toMatchObject({ state: 'pending', scene: 'Parcels' });
    expect(changed.body).not.toHaveProperty('reason');
    expect((await post(`${path}/approve`)).body).toMatchObject({ state: 'approved' });
    const all = await platform.admin('GET', '/admin/v1/enterprises');
    const trail = await platform.admin<{ entries: object[] }>('GET', '/admin/v1/audit');
    expect(trail.body.entries).toHaveLength(4);
    expect(JSON.stringify([all, trail])).not.toContain(record.legalPersonId);
  });

  it.each([
    ['name', { name: ' ' }],
    ['peakConcurrency', { peakConcurrency: 0 }],
    ['registeredCapital', { registeredCapital: -1 }],
    ['script', { script: 'x'.repeat(4_001) }],
  ])('is refused for its %s', async (field, changed) => {
    const refused = await post('/enterprises', { ...record, ...changed });
    expect(refused).toMatchObject({ status: 422, body: { error: { code: 'enterprise-invalid', field } } });
  });
});

describe('an order of numbers', () => {
  it('goes through its states, and no others', async () => {
    const orderId = await ordered(1);
    const path = `/number-orders/${orderId}`;
    expect(codeOf(await post(`${path}/grant`, { numbers: [NUMBER] }))).toBe('order-state');
    expect(codeOf(await post(`${path}/release`))).toBe('order-state');
    expect((await post(`${path}/review`)).body).toMatchObject({ state: 'reviewing' });
    expect(codeOf(await post(`${path}/grant`, { numbers: [] }))).toBe('order-invalid');
    expect(codeOf(await post(`${path}/grant`, { numbers: ['075528000001'] }))).toBe('number-invalid');
    expect((await post(`${path}/grant`, { numbers: [NUMBER] })).body).toMatchObject({
      state: 'granted',
      numbers: [NUMBER],
    });
    expect(codeOf(await post(`${path}/reject`, { reason: 'Late.' }))).toBe('order-state');
    expect((await post(`${path}/release`)).body).toMatchObject({ state: 'released' });
    expect(codeOf(await post(`${path}/review`))).toBe('order-state');
    expect((await post('/number-orders/none/review')).status).toBe(404);
  });

  it('may be rejected with a reason', async () => {
    const orderId = await ordered();
    const rejected = await post(`/number-orders/${orderId}/reject`, { reason: 'None left.' });
    expect(rejected.body).toMatchObject({ state: 'rejected', reason: 'None left.' });
    const { body } = await platform.admin<{ orders: object[] }>('GET', '/admin/v1/number-orders');
    expect(body.orders).toEqual([rejected.body]);
  });

  it('takes its numbers from their applications when it is released', async () => {
    const orderId = await granted([NUMBER, '+8675528000002']);
    const { appKey } = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
    expect((await post('/numbers', { number: NUMBER, appKey })).status).toBe(201);
    await post(`/number-orders/${orderId}/release`);
    expect(await platform.accounts.numbers(appKey)).toEqual([]);
    expect(await granted([NUMBER])).not.toBe(orderId);
    const trail = await platform.admin<{ entries: { object: { id: string } }[] }>(
      'GET',
      '/admin/v1/audit?kind=number',
    );
    expect(trail.body.entries[0]).toMatchObject({
      action: 'POST /number-orders/:orderId/release',
      before: { kind: 'display', state: 'in-use' },
    });
  });

  it('gets no number that somebody has', async () => {
    await granted([NUMBER]);
    await platform.accounts.putAccount({ spId: 'other', name: 'Other', state: 'active', createdAt: 0 });
    const { appKey } = await platform.administration.createApp(
      { name: 'X', capability: 'callback' },
      'other',
    );
    await platform.administration.addNumber('+8675528000003', appKey);
    expect(codeOf(await post('/numbers', { number: NUMBER, appKey }))).toBe('number-taken');
    for (const number of [NUMBER, '+8675528000003']) {
      const orderId = await ordered();
      await post(`/number-orders/${orderId}/review`);
      expect(codeOf(await post(`/number-orders/${orderId}/grant`, { numbers: [number] }))).toBe(
        'number-taken',
      );
    }
  });
});

describe('people of an account', () => {
  it('order and release numbers, give only granted ones to their applications, and grant none', async () => {
    await addUser(platform, 'mei', 'administrator');
    const headers = bearer(await signIn(platform, 'mei'));
    const asMei = (method: string, path: string, body?: object) =>
      ask<Submitted>(platform, method, path, { headers, body });
    const { enterpriseId } = (await asMei('POST', '/enterprises', record)).body;
    expect((await asMei('POST', `/enterprises/${enterpriseId}/approve`)).status).toBe(403);
    await post(`/enterprises/${enterpriseId}/approve`);
    const order = await asMei('POST', '/number-orders', { enterpriseId, city: '深圳', quantity: 1 });
    const path = `/number-orders/${order.body.orderId}`;
    expect((await asMei('POST', `${path}/review`)).status).toBe(403);
    expect((await asMei('POST', `${path}/grant`, { numbers: [NUMBER] })).status).toBe(403);
    const { appKey } = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
    const early = await asMei('POST', '/numbers', { number: NUMBER, appKey });
    expect(early).toMatchObject({ status: 403, body: { error: { code: 'number-not-granted' } } });
    await post(`${path}/review`);
    await post(`${path}/grant`, { numbers: [NUMBER] });
    expect((await asMei('POST', '/numbers', { number: NUMBER, appKey })).status).toBe(201);
    expect((await asMei('POST', `${path}/release`)).status).toBe(200);
    expect(await platform.accounts.numbers(appKey)).toEqual([]);
  });

  it('see nothing of another account', async () => {
    const orderId = await granted([NUMBER]);
    const [enterprise] = (await platform.admin<{ enterprises: Submitted[] }>('GET', '/admin/v1/enterprises'))
      .body.enterprises;
    await platform.accounts.putAccount({ spId: 'other', name: 'Other', state: 'active', createdAt: 0 });
    await addUser(platform, 'stranger', 'owner', 'other');
    const headers = bearer(await signIn(platform, 'stranger', 'other'));
    const get = (path: string) => ask(platform, 'GET', path, { headers });
    expect((await get('/enterprises')).body).toEqual({ enterprises: [] });
    expect((await get('/number-orders')).body).toEqual({ orders: [] });
    expect((await get(`/enterprises/${enterprise?.enterpriseId}`)).status).toBe(404);
    expect((await get(`/number-orders/${orderId}`)).status).toBe(404);
    const released = await ask(platform, 'POST', `/number-orders/${orderId}/release`, { headers });
    expect(released.status).toBe(404);
  });
});
