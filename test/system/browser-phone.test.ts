import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { TestPlatform } from '../support/platform.ts';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await TestPlatform.start();
});
afterAll(() => platform[Symbol.asyncDispose]());

const bearer = (): Record<string, string> => ({ authorization: 'Bearer test-token' });
const HOLDER = 'a-secret-of-mine';

function open(path: string, headers: Record<string, string> = bearer()): WebSocket {
  return new WebSocket(`${platform.platform.http.replace('http', 'ws')}/admin/v1/phones/${path}`, {
    headers,
  });
}

const first = async (socket: WebSocket): Promise<unknown> => {
  const [message] = (await once(socket, 'message')) as [Buffer];
  return JSON.parse(message.toString());
};

const closed = async (socket: WebSocket): Promise<[number, string]> => {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return [code, reason.toString()];
};

it('is in one pair of hands at a time', async () => {
  const mine = open(`%2B8613900000001/hold?holder=${HOLDER}`);
  expect(await first(mine)).toEqual({ kind: 'held' });
  const other = open('%2B8613900000001/hold?holder=somebody-elses-secret');
  expect(await first(other)).toEqual({ kind: 'taken' });
  await closed(other);
  const again = open(`%2B8613900000001/hold?holder=${HOLDER}`);
  expect(await first(again)).toEqual({ kind: 'held' });
  mine.close();
  again.close();
});

it.each([
  ['no JSON', 'answer'],
  ['no message of ours', '{"kind":"explode"}'],
  ['a key that no phone has', '{"kind":"key","key":"11"}'],
  ['more than is asked for', '{"kind":"answer","extra":1}'],
])('is closed with a reason: %s', async (_what, message) => {
  const socket = open(`%2B8613900000002/hold?holder=${HOLDER}`);
  await first(socket);
  socket.send(message);
  expect(await closed(socket)).toEqual([1008, 'no such message']);
});

it('survives sound of odd length, and ends with more than a second of it', async () => {
  const socket = open(`%2B8613900000003/hold?holder=${HOLDER}`);
  await first(socket);
  socket.send(Buffer.alloc(321));
  socket.send(Buffer.alloc(0));
  socket.send(Buffer.alloc(16_001));
  expect((await closed(socket))[0]).toBe(1009);
});

it.each([
  ['13900000001/hold?holder=a-secret-of-mine', 'A number is written +8613500000001.'],
  ['%2B8613900000001/hold', 'holder is missing'],
  ['%2B8613900000001/hold?holder=short', 'holder has 16-128 characters'],
])('is not held: %s', async (path, reason) => {
  expect(await closed(open(path))).toEqual([1008, reason]);
});

it.each([
  ['nobody', {}, 401],
  ['a page of another site', { ...bearer(), origin: 'http://elsewhere.example' }, 403],
])('is not for %s', async (_who, headers, status) => {
  const socket = open(`%2B8613900000004/hold?holder=${HOLDER}`, headers);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  expect(response.statusCode).toBe(status);
});

it('leaves no connection behind that would keep the platform from ending', async () => {
  const other = await TestPlatform.start();
  const address = `${other.platform.http.replace('http', 'ws')}/admin/v1/phones/%2B8613900000005/hold`;
  // Whoever was refused does not hang up.
  const socket = new WebSocket(address);
  await once(socket, 'unexpected-response');
  await other[Symbol.asyncDispose]();
});
