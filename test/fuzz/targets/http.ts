import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ADMIN_TOKEN, HttpPlatform } from '../../support/http-platform.ts';
import type { FuzzTarget } from '../engine/target.ts';

/** How long a request may take until its connection is closed or something is said, ms. */
const PATIENCE = 10_000;
/** After what was said, ms: a stream of events is left open. */
const QUIET = 100;

const callback = {
  displayNbr: '+8675528000003',
  callerNbr: '+8613500000001',
  displayCalleeNbr: '+8675528000003',
  calleeNbr: '+8613500000002',
  maxDuration: 60,
  recordFlag: 'true',
  userData: 'x',
  statusUrl: Buffer.from('http://192.0.2.9/status').toString('base64'),
};
const notify = {
  displayNbr: '+8675528000003',
  calleeNbr: '+8613500000002',
  playInfoList: [
    { notifyVoice: 'a.wav', collectInd: '1', replayAfterCollection: 'true' },
    { templateId: 't', templateParas: ['1'] },
  ],
};

const textOf = (
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Buffer =>
  Buffer.from(
    [
      `${method} ${path} HTTP/1.1`,
      'Host: x',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
      '',
      body,
    ].join('\r\n'),
  );

const operator = { Authorization: `Bearer ${ADMIN_TOKEN}` };
const json = { ...operator, 'Content-Type': 'application/json' };

const form = [
  '--b',
  'Content-Disposition: form-data; name="name"',
  '',
  'a.wav',
  '--b',
  'Content-Disposition: form-data; name="file"; filename="a.wav"',
  '',
  'RIFF____WAVE',
  '--b--',
  '',
].join('\r\n');

/** Requests of customers, of the operator, and of nobody. */
async function requestsTo(platform: HttpPlatform): Promise<Buffer[]> {
  const app = await platform.administration.createApp({ name: 'Fuzz', capability: 'callback', ports: 5 });
  await platform.administration.addNumber('+8675528000003', app.appKey);
  const signed = platform.signed(app);
  const rest = '/rest/httpsessions';
  return [
    textOf('POST', `${rest}/click2Call/v2.0`, signed, JSON.stringify(callback)),
    textOf('POST', `/sandbox${rest}/click2Call/v2.0?app_key=1&app_key=2`, signed, JSON.stringify(callback)),
    textOf('POST', `${rest}/callnotify/v2.0`, signed, JSON.stringify(notify)),
    textOf('POST', `${rest}/callVerify/v1.0`, signed, '{"displayNbr":"+8675528000003","verifyCode":"1234"}'),
    textOf('POST', `${rest}/callStop/v2.0`, signed, '{"sessionid":"1","signal":"call_stop"}'),
    textOf('GET', '/rest/provision/voice/record/v1.0?fileName=a.wav&recordDomain=ovc.test', signed, ''),
    textOf('GET', '/admin/v1/apps', operator, ''),
    textOf(
      'POST',
      '/admin/v1/apps',
      json,
      '{"name":"x","capability":"callback","ports":1,"__proto__":{"polluted":1}}',
    ),
    textOf(
      'PATCH',
      `/admin/v1/apps/${app.appKey}`,
      json,
      '{"ports":2,"constructor":{"prototype":{"polluted":1}}}',
    ),
    textOf('POST', '/admin/v1/numbers', json, `{"number":"+8675528000004","appKey":"${app.appKey}"}`),
    textOf('GET', '/admin/v1/calls?limit=10&state=running&state=ended&appKey=__proto__', operator, ''),
    textOf('GET', '/admin/v1/calls/%C0%AF..%2f..%2fetc', operator, ''),
    textOf('POST', '/admin/v1/calls', json, JSON.stringify({ appKey: app.appKey, ...callback })),
    textOf(
      'POST',
      '/admin/v1/templates',
      json,
      '{"name":"t","language":"zh","content":"${TIME_1} ${NUM_2}"}',
    ),
    textOf('GET', '/admin/v1/voice-files', operator, ''),
    textOf(
      'POST',
      '/admin/v1/voice-files',
      { ...operator, 'Content-Type': 'multipart/form-data; boundary=b' },
      form,
    ),
    textOf('GET', '/events?sessionId=1&token=operator-token', {}, ''),
    textOf('GET', '/recordings/a.wav?expires=1&signature=2', { Range: 'bytes=0-1,5-' }, ''),
    textOf('GET', '/healthz', {}, ''),
    textOf('GET', '/metrics', {}, ''),
    textOf('OPTIONS', '*', { Expect: '100-continue', Upgrade: 'h2c', Connection: 'Upgrade' }, ''),
    Buffer.from(
      'POST /admin/v1/apps HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n0\r\n\r\n',
    ),
  ];
}

/** What is said on a connection until it is closed, or until it says nothing more. */
async function answerTo(url: string, input: Buffer): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  // A refused connection may be reset while we still write.
  socket.on('error', () => socket.destroy());
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  socket.end(input);
  return said(socket);
}

async function said(socket: Socket): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  let timer = setTimeout(() => reject(new Error('neither an answer nor an end')), PATIENCE);
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    clearTimeout(timer);
    timer = setTimeout(() => resolve(text), QUIET);
  });
  socket.on('close', () => resolve(text));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** The HTTP surface on a real socket: bytes in, and never a failure of ours out. */
export async function httpTarget(): Promise<FuzzTarget> {
  const platform = new HttpPlatform();
  await platform.listen({ createdWindow: Number.MAX_SAFE_INTEGER });
  return {
    name: 'http',
    sources: ['http/', 'accounts/', 'call/call-service'],
    seeds: await requestsTo(platform),
    words: [
      '__proto__',
      'constructor',
      'prototype',
      '{"__proto__":{"polluted":true}}',
      '\\u0000',
      '\\ud800',
      '\u202e',
      'null',
      '[]',
      '{}',
      '1e999',
      '%00',
      '%2e%2e%2f',
      'Content-Length: 0\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Range: bytes=-1\r\n',
      '\r\n',
      '"',
      '[['.repeat(50),
    ],
    longest: 8_192,
    run: async (input) => {
      const logged = platform.logged.length;
      const answer = await answerTo(platform.url, input);
      if (answer !== '') assert.match(answer, /^HTTP\/1\.[01] [1-5]\d\d /);
      assert.doesNotMatch(answer, /^HTTP\/1\.[01] 5(?!0[13])/, 'a failure of ours');
      assert.deepEqual(
        platform.logged.slice(logged).filter((line) => line.includes('a request failed')),
        [],
      );
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined, 'Object.prototype was changed');
      // Calls end, and failed signatures are forgotten, before the next one.
      await platform.clock.advance(3_600_000);
      platform.logged.length = 0;
    },
    close: () => platform.close(),
  };
}
