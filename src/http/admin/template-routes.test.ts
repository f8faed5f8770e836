import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
});
afterEach(() => platform.close());

const PATH = '/admin/v1/templates';

interface Template {
  readonly templateId: string;
  readonly state: string;
}

const create = (rest: object = {}) =>
  platform.admin<Template>('POST', PATH, { name: 'Parcel', content: '您的密码为${NUM_6}', ...rest });

describe('templates', () => {
  it('are submitted, changed, reviewed, listed and removed', async () => {
    const created = await create({ speed: -50 });
    expect(created).toEqual({
      status: 201,
      body: {
        templateId: expect.stringMatching(/^[0-9a-f]{32}$/),
        name: 'Parcel',
        content: '您的密码为${NUM_6}',
        speed: -50,
        state: 'pending',
        revision: 1,
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-01T00:00:00.000Z',
      },
    });
    const path = `${PATH}/${created.body.templateId}`;
    expect((await platform.admin('GET', PATH)).body).toEqual({ templates: [created.body] });
    expect((await platform.admin('GET', path)).body).toEqual(created.body);
    expect((await platform.admin('POST', `${path}/approve`)).body).toMatchObject({ state: 'approved' });
    expect((await platform.admin('PATCH', path, { name: 'New', speed: 0 })).body).toMatchObject({
      name: 'New',
      speed: 0,
      state: 'approved',
    });
    await platform.clock.advance(60_000);
    expect((await platform.admin('PATCH', path, { content: '再见' })).body).toMatchObject({
      content: '再见',
      state: 'pending',
      revision: 2,
      inService: 1,
      updatedAt: '2026-01-01T00:01:00.000Z',
    });
    expect(await platform.admin('POST', `${path}/approve`)).toMatchObject({ status: 409 });
    const rejection = { reason: '账号密码', revision: 2 };
    expect((await platform.admin('POST', `${path}/reject`, rejection)).body).toMatchObject({
      state: 'rejected',
      reason: '账号密码',
      inService: 1,
    });
    expect((await platform.admin('GET', `${path}/revisions`)).body).toMatchObject({
      revisions: [
        { number: 1, state: 'approved', inService: true, content: '您的密码为${NUM_6}' },
        { number: 2, state: 'rejected', inService: false, content: '再见', reviewedBy: 'operator' },
      ],
    });
    expect((await platform.admin('DELETE', path)).status).toBe(204);
    expect((await platform.admin('GET', PATH)).body).toEqual({ templates: [] });
  });

  it('may be approved at once', async () => {
    expect((await create({ approve: true })).body).toMatchObject({ state: 'approved', speed: 0 });
  });

  it.each([
    [{ content: 'Hello' }, 422, 'content-invalid', 'content'],
    [{ content: `好${'x'.repeat(898)}` }, 422, 'content-invalid', 'content'],
    [{ name: '' }, 422, 'name-invalid', 'name'],
    [{ speed: 501 }, 422, 'speed-invalid', 'speed'],
    [{ speed: 1.5 }, 400, 'invalid-request', 'speed'],
    [{ content: undefined }, 400, 'invalid-request', 'content'],
    [{ approve: 'true' }, 400, 'invalid-request', 'approve'],
  ])('with %j are refused', async (rest, status, code, field) => {
    expect(await create(rest)).toMatchObject({ status, body: { error: { code, field } } });
    expect((await platform.admin('GET', PATH)).body).toEqual({ templates: [] });
  });

  it('that are not there are 404', async () => {
    const path = `${PATH}/${'0'.repeat(32)}`;
    for (const [method, rest, body] of [
      ['GET', '', undefined],
      ['GET', '/revisions', undefined],
      ['PATCH', '', { name: 'x' }],
      ['POST', '/approve', undefined],
      ['POST', '/reject', { reason: 'x' }],
      ['DELETE', '', undefined],
    ] as const)
      expect(await platform.admin(method, `${path}${rest}`, body)).toMatchObject({
        status: 404,
        body: { error: { code: 'template-unknown', remedy: expect.stringContaining('template list') } },
      });
  });

  it('changed at the same time lose no change', async () => {
    const { templateId } = (await create()).body;
    const path = `${PATH}/${templateId}`;
    await Promise.all([
      platform.admin('PATCH', path, { name: 'New' }),
      platform.admin('PATCH', path, { speed: 100 }),
      platform.admin('POST', `${path}/approve`),
    ]);
    expect((await platform.admin('GET', path)).body).toMatchObject({
      name: 'New',
      speed: 100,
      state: 'approved',
    });
  });
});
