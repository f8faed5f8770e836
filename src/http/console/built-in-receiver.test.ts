import { afterEach, beforeEach, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
});
afterEach(() => platform.close());

const push = (body: string | undefined, contentType = 'application/json'): Promise<Response> =>
  fetch(`${platform.url}/receiver`, { method: 'POST', body, headers: { 'content-type': contentType } });

it('answers a push as the service asks for', async () => {
  const status = await push(JSON.stringify({ eventType: 'callout', statusInfo: { sessionId: 's' } }));
  expect([status.status, await status.json()]).toEqual([200, { resultcode: '0', resultdesc: 'Success' }]);
  const fee = await push(JSON.stringify({ eventType: 'fee', feeLst: [{ sessionId: 's' }] }), 'text/odd');
  expect(fee.status).toBe(200);
});

it.each([
  ['no JSON', 'hello'],
  ['nothing', undefined],
  ['null', 'null'],
  ['another object', '{"a":1}'],
  ['a record without calls', '{"eventType":"fee"}'],
])('refuses %s', async (_what, body) => {
  expect((await push(body)).status).toBe(400);
});

it('refuses what is too long to be a push', async () => {
  expect((await push('x'.repeat(300_000))).status).toBe(413);
});
