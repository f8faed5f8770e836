import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { SipRequest } from '../../src/sip/message/message.ts';
import { eventually, freePort } from '../support/peer-process.ts';
import { numbers } from '../support/platform-client.ts';
import { type Reply, RawTrunk } from '../support/raw-trunk.ts';
import { Receiver } from '../support/receiver.ts';
import { ServedPlatform, type ServeOptions } from '../support/served-platform.ts';
import { ask, bearer } from '../support/signed-in.ts';
import { signedHeaders } from '../support/signed-request.ts';

const words = 'private-words';
const pathWord = 'secret-path';
const queryWord = 'secret-query';
const trunkUser = 'trunk-user-name';
const trunkPassword = 'trunk-password';
const keys = '739104';
const busy = '+8613500000010';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What nobody may find in a log. Numbers without plus sign and country code, as somebody might write them. */
function secretsOf({ app, access }: ServedPlatform): string[] {
  const everybody = [...Object.values(numbers), busy, ...trunkNumbers].map((number) => number.slice(3));
  const ours = [app.appKey, app.appSecret, access.token, trunkUser, trunkPassword];
  return [...everybody, ...ours, words, pathWord, queryWord, keys, 'receiver.invalid'];
}

/** Standard error holds no secret, but for what people are told at the start, which is indented. */
function expectPrivate(platform: ServedPlatform): void {
  const { logged, process } = platform;
  expect(logged.map((line) => JSON.parse(line) as { level: number }).length).toBeGreaterThan(0);
  const lines = process.stderr.split('\n').filter((line) => !line.startsWith('  '));
  const found = secretsOf(platform).filter((secret) => lines.join('\n').includes(secret));
  expect(found).toEqual([]);
}

async function serve(level: string, options: ServeOptions = {}): Promise<ServedPlatform> {
  return ServedPlatform.start({ ...options, flags: ['--log-level', level, ...(options.flags ?? [])] });
}

/** Calls whose receivers fail in every way. */
async function failingReceivers(platform: ServedPlatform): Promise<void> {
  await using failing = await Receiver.start({ behaviour: () => ({ answer: 500, body: words }) });
  await using closing = await Receiver.start({ behaviour: () => 'close' });
  const location = `http://127.0.0.1:1/${pathWord}?${queryWord}`;
  await using moving = await Receiver.start({ behaviour: () => ({ answer: 302, location }) });
  const path = `/${pathWord}?q=${queryWord}`;
  const urls = [
    ...[failing, closing, moving].map((receiver) => receiver.url(path)),
    `http://127.0.0.1:1${path}`,
    `http://receiver.invalid${path}`,
    failing.url(path).replace('http:', 'https:'),
  ].map(base64);
  const sessions = await Promise.all(
    urls.map((url) => platform.accepted({ callerNbr: busy, statusUrl: url, feeUrl: url, userData: words })),
  );
  await eventually(async () => {
    const calls = await Promise.all(sessions.map((sessionId) => platform.call(sessionId)));
    const pushes = calls.flatMap((call) => call.pushes);
    return pushes.length === 3 * sessions.length && pushes.every(({ deliveries }) => deliveries.length > 0);
  }, 'every push was tried');
}

/** Requests that no customer's program should make. */
async function badRequests(platform: ServedPlatform): Promise<void> {
  const { app, access } = platform;
  const signed = signedHeaders(app.appKey, app.appSecret);
  const post = async (path: string, headers: Record<string, string>, body: string): Promise<void> => {
    await fetch(access.http + path, { method: 'POST', headers, body }).then((response) => response.text());
  };
  const click2Call = '/rest/httpsessions/click2Call/v2.0';
  await post(click2Call, signed, `{"callerNbr":"${numbers.a}","userData":"${words}"`);
  await post(click2Call, signed, '['.repeat(50_000) + numbers.a);
  await post(click2Call, signed, numbers.a.repeat(10_000));
  await post(click2Call, { 'x-aksk': signed['X-AKSK'] ?? '' }, '{}');
  await post(click2Call, signedHeaders(app.appKey, `${words}`), '{}');
  await post(click2Call, signedHeaders(numbers.a, app.appSecret), '{}');
  await post(`/rest/${numbers.a}/%`, signed, '{}');
  await platform.click2Call({ callerNbr: `${numbers.a}x`, userData: words });
  await platform.click2Call({ userData: `{${words}}` });
  await platform.stop(`${numbers.a}@${words}`);
  const operator = { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' };
  await post('/admin/v1/calls', operator, `{"appKey":"${numbers.a}"}`);
  await post('/admin/v1/calls', operator, `{"appKey":"${numbers.a}`);
  await post(`/admin/v1/numbers/${numbers.a}`, operator, '{}');
  await post('/admin/v1/apps', { authorization: `Bearer ${words}` }, `{"name":"${words}"}`);
  await fetch(`${access.http}/events?token=${words}&sessionId=${numbers.a}`).then((answer) => answer.text());
  const raw = connect(Number(new URL(access.http).port), '127.0.0.1');
  raw.end(`POST /${pathWord}?${queryWord} HTTP/1.1\r\nX-${numbers.a} : ${words}\r\n\r\n`);
  await once(raw.resume(), 'close');
}

/** People sign in, rightly and wrongly; nothing of what they type or get may be read in its database either. */
async function people(platform: ServedPlatform): Promise<void> {
  const { access, data } = platform;
  const operator = bearer(access.token);
  const at = { url: access.http };
  const password = `${words} and more of them`;
  const made = { headers: operator, body: { name: 'mei', role: 'owner', password } };
  expect((await ask(at, 'POST', '/users', made)).status).toBe(201);
  const signIn = (body: object) =>
    ask<{ token: string }>(at, 'POST', '/session', {
      body: { name: 'mei', password, bearer: true, ...body },
    });
  for (const wrong of [{ name: words }, { password: pathWord }, { code: keys }]) await signIn(wrong);
  const { token } = (await signIn({})).body;
  const headers = bearer(token);
  const kept = await ask<{ token: string }>(at, 'POST', '/tokens', { headers, body: { name: 'CI' } });
  const totp = await ask<{ secret: string }>(at, 'POST', '/session/totp', { headers, body: { password } });
  expect(totp.body.secret).toMatch(/^[A-Z2-7]{32}$/);
  const key = readFileSync(join(data, 'secret.key'), 'utf8').trim();
  const files = ['', '-wal'].map((suffix) => readFileSync(join(data, `openvoicecall.db${suffix}`)));
  for (const secret of [password, token, kept.body.token, totp.body.secret, platform.app.appSecret, key]) {
    expect(files.some((file) => file.includes(secret))).toBe(false);
    expect(platform.process.stderr.replaceAll(/^ {2}.*$/gm, '')).not.toContain(secret);
  }
}

/** SIP from strangers, over UDP and TCP. */
async function strangers(platform: ServedPlatform): Promise<void> {
  const message = (method: string, extra = ''): string =>
    [
      `${method} sip:${numbers.b}@127.0.0.1 SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK${method}`,
      `From: "${words}" <sip:${numbers.a}@127.0.0.1>;tag=1`,
      `To: <sip:${numbers.b}@127.0.0.1>`,
      `Call-ID: ${numbers.a}`,
      `CSeq: 1 ${method}${extra}`,
      `Contact: <sip:${numbers.a}@127.0.0.1>`,
      '',
      `Signal=${keys}`,
    ].join('\r\n');
  const hostile = [
    ...['INVITE', 'BYE', 'INFO', 'REGISTER', 'CANCEL', 'ACK'].map((method) => message(method)),
    message('INVITE', ` ${words}`),
    `SIP/2.0 200 ${numbers.a}\r\n\r\n`,
    `${numbers.a} ${words}`,
  ];
  const socket = createSocket('udp4');
  for (const text of hostile) socket.send(text, platform.sipPort, '127.0.0.1');
  const connection = connect(platform.sipPort, '127.0.0.1').on('error', () => {});
  connection.end(hostile.join('\r\n\r\n'));
  await once(connection.resume(), 'close');
  const malformed = 'openvoicecall_sip_refusals_total{reason="malformed"}';
  await eventually(async () => ((await platform.metric(malformed)) ?? 0) >= 3, 'the strangers were heard');
  socket.close();
}

/** Calls while another program locks the database, and while phones cannot write their recordings. */
async function failingDisk(platform: ServedPlatform): Promise<void> {
  const recordings = join(platform.data, 'phones');
  rmSync(recordings, { recursive: true, force: true });
  writeFileSync(recordings, '');
  await platform.ended(await platform.accepted({ calleeNbr: busy }));
  const other = new DatabaseSync(join(platform.data, 'openvoicecall.db'), { timeout: 5_000 });
  other.exec('begin immediate');
  const refused = await platform.click2Call({ userData: words });
  other.exec('rollback');
  other.close();
  expect(refused.body).toMatchObject({ resultcode: '1010001' });
}

/** What is called on the trunk, and what comes of it. */
const trunkNumbers = ['101', '102', '103', '104', '105'].map((suffix) => `+8613500000${suffix}`);
const [lyingSdp = '', chatty = '', challenging = '', garbled = '', pressing = ''] = trunkNumbers;

const infoOf = (invite: SipRequest): string =>
  [
    `INFO ${invite.contact?.uri.toString()} SIP/2.0`,
    'Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKinfo',
    `From: ${invite.headers.get('To')};tag=trunk`,
    `To: ${invite.headers.get('From')}`,
    `Call-ID: ${invite.callId}`,
    'CSeq: 1 INFO',
    'Max-Forwards: 70',
    'Content-Type: application/dtmf-relay',
    '',
    `Signal=${keys}`,
  ].join('\r\n');

const badTrunk: Reply = (request, trunk) => {
  if (request.method === 'ACK') return [];
  if (request.method !== 'INVITE') return [trunk.respond(request, 200)];
  const called = trunkNumbers.find((number) => request.uri.includes(number));
  if (called === lyingSdp) {
    const answer = trunk.answer(request, words);
    answer.setBody('application/sdp', answer.text.replace('m=audio 4000', `m=audio ${numbers.a}`));
    return [answer];
  }
  if (called === challenging && request.headers.get('Authorization') === undefined) {
    const challenge = trunk.respond(request, 401);
    challenge.headers.set('WWW-Authenticate', `Digest realm="${words}", nonce="${keys}"`);
    return [challenge];
  }
  if (called === garbled)
    return [`SIP/2.0 180 ${numbers.a}\r\n${words}\r\n\r\n`, trunk.respond(request, 404)];
  if (called === pressing) return [trunk.answer(request, words), infoOf(request)];
  return [trunk.respond(request, 500, `${words} ${numbers.a}`)];
};

describe('the log', { concurrent: true, timeout: 120_000 }, () => {
  it.each(['info', 'debug'])('at %s tells no secret of calls in the sandbox', async (level) => {
    await using platform = await serve(level);
    await platform.ended(await platform.accepted({ callerNbr: busy, userData: words }));
    await Promise.all([
      failingReceivers(platform),
      badRequests(platform),
      strangers(platform),
      people(platform),
    ]);
    await failingDisk(platform);
    await platform.terminated();
    expect(platform.logged.some((line) => line.includes('the sandbox phones report a problem'))).toBe(true);
    expect(platform.logged.some((line) => line.includes('could not be stored'))).toBe(true);
    expect(platform.logged.some((line) => line.includes('attempted to push'))).toBe(level === 'debug');
    expectPrivate(platform);
  });

  it('tells no secret of calls on a trunk that says anything', async () => {
    using trunk = await RawTrunk.start(badTrunk);
    const env = { OVC_TRUNK_USER: trunkUser, OVC_TRUNK_PASSWORD: trunkPassword };
    await using platform = await serve('debug', { flags: ['--trunk', `sip:127.0.0.1:${trunk.port}`], env });
    const orders = [
      { callerNbr: lyingSdp },
      { callerNbr: chatty },
      { callerNbr: challenging },
      { callerNbr: garbled },
      { callerNbr: pressing, calleeNbr: chatty },
    ];
    for (const order of orders) await platform.ended(await platform.accepted({ ...order, userData: words }));
    await platform.terminated();
    expect(trunk.heard.some((request) => request.headers.get('Authorization')?.includes(trunkUser))).toBe(
      true,
    );
    expect(platform.logged.some((line) => line.includes('an SDP answer is unacceptable'))).toBe(true);
    expectPrivate(platform);
  });

  it('tells no secret of calls on a trunk that is down', async () => {
    const port = await freePort();
    const env = { OVC_TRUNK_USER: trunkUser, OVC_TRUNK_PASSWORD: trunkPassword };
    const flags = ['--trunk', `sip:127.0.0.1:${port};transport=tcp`];
    await using platform = await serve('debug', { flags, env });
    const call = await platform.ended(await platform.accepted({ userData: words }));
    expect(call.cdr).toMatchObject({ sipStatusCode: 503 });
    await platform.terminated();
    expectPrivate(platform);
  });
});
