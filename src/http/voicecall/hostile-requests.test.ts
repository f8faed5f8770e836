import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';
import type { App } from '../../accounts/account.ts';

const CLICK2CALL = '/rest/httpsessions/click2Call/v2.0';
const wanted = {
  displayNbr: '+8675528000003',
  callerNbr: '+8613500000001',
  displayCalleeNbr: '+8675528000003',
  calleeNbr: '+8613500000002',
};

let platform: HttpPlatform;
let app: App;

beforeEach(async () => {
  platform = new HttpPlatform();
  app = await platform.administration.createApp({ name: 'Cars', capability: 'callback', ports: 9 });
  await platform.administration.addNumber(wanted.displayNbr, app.appKey);
  await platform.listen({ rejectReplays: true });
});
afterEach(async () => {
  expect(platform.logged.filter((line) => line.includes('a request failed'))).toEqual([]);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  await platform.close();
});

/** Status and result code of click2Call with these headers, or this body as it stands. */
async function codeOf(
  headers: Record<string, string> = platform.signed(app),
  body: unknown = wanted,
): Promise<string> {
  const response = await platform.post(CLICK2CALL, headers, body);
  return ((await response.json()) as { resultcode: string }).resultcode;
}

/** What is answered to bytes on a connection, until it is closed. */
async function raw(lines: readonly string[], body = ''): Promise<string> {
  const socket = connect(Number(new URL(platform.url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.write([...lines, '', body].join('\r\n'));
  await once(socket, 'close');
  return text;
}

/** The head of a signed click2Call, with further lines. */
const head = (body: string, further: readonly string[] = []): string[] => [
  `POST ${CLICK2CALL} HTTP/1.1`,
  'Host: x',
  ...Object.entries(platform.signed(app)).map(([name, value]) => `${name}: ${value}`),
  `Content-Length: ${Buffer.byteLength(body)}`,
  ...further,
];

describe('a signature', () => {
  const token = (): string => platform.signed(app)['x-aksk'] ?? '';
  const changed = (change: (token: string) => string): Record<string, string> => ({
    ...platform.signed(app),
    'x-aksk': change(token()),
  });

  it('is good once where replays are refused, also for another body and by another spelling', async () => {
    expect(await codeOf()).toBe('0');
    expect(await codeOf()).toBe('1023006');
    expect(await codeOf(platform.signed(app), { ...wanted, calleeNbr: '+8613500000009' })).toBe('1023006');
    expect(await codeOf(changed((text) => text.replaceAll(',', ' , ')))).toBe('1023006');
    expect(await codeOf(changed((text) => text.replace('Nonce=', 'NONCE=')))).toBe('1023006');
  });

  it('does not move from Nonce to Created, though both are hashed as one text', async () => {
    const moved = changed((text) =>
      text.replace(/Nonce="([^"]*)(.)",Created="([^"]*)"/, 'Nonce="$1",Created="$2$3"'),
    );
    const back = changed((text) =>
      text.replace(/Nonce="([^"]*)",Created="(.)([^"]*)"/, 'Nonce="$1$2",Created="$3"'),
    );
    expect([await codeOf(moved), await codeOf(back)]).toEqual(['1010013', '1010013']);
  });

  it('is read from the first of two attributes, whichever the second is', async () => {
    expect(await codeOf(changed((text) => `${text},PasswordDigest="x",Username="y"`))).toBe('0');
    expect(
      await codeOf(changed((text) => text.replace('PasswordDigest', 'PasswordDigest="x",PasswordDigest'))),
    ).toBe('1023006');
  });

  it.each([
    [
      'of a shortened digest',
      (text: string) => text.replace(/(PasswordDigest="[^"]{20})[^"]*/, '$1'),
      '1023006',
    ],
    [
      'of no digest',
      (text: string) => text.replace(/PasswordDigest="[^"]*"/, 'PasswordDigest=""'),
      '1023037',
    ],
    [
      'of a giant nonce',
      (text: string) => text.replace('Nonce="', `Nonce="${'9'.repeat(10_000)}`),
      '1023006',
    ],
    [
      'of a key that is a member of Object',
      (text: string) => text.replace(/Username="[^"]*/, 'Username="__proto__'),
      '1010003',
    ],
    [
      'of a key with other letters that look alike',
      (text: string) => text.replace(/Username="./, 'Username="\u00e4'),
      '1010003',
    ],
  ])('%s is refused', async (_case, change, code) => {
    expect(await codeOf(changed(change))).toBe(code);
  });

  it('sent twice is that of the first, with nothing of the second', async () => {
    const body = JSON.stringify(wanted);
    const second = 'x-aksk: UsernameToken Username="y",PasswordDigest="z",Nonce="1",Created="2"';
    expect(await raw(head(body, [second]), body)).toContain('"resultcode":"0"');
    expect(await raw([...head(body).slice(0, 2), second, ...head(body).slice(2)], body)).not.toContain(
      '"resultcode":"0"',
    );
  });
});

describe('a body', () => {
  it.each([
    [
      'with members that would change every object',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}',
    ],
    ['with members nobody knows', '{"toString":1,"hasOwnProperty":null,"\u202ecallerNbr":"+1"'],
  ])('%s is a call like any other', async (_case, start) => {
    expect(await codeOf(platform.signed(app), `${start},${JSON.stringify(wanted).slice(1)}`)).toBe('0');
  });

  it.each([
    ['whose parameters come from its prototype', `{"__proto__":${JSON.stringify(wanted)}}`],
    ['of a member that looks alike', JSON.stringify(wanted).replace('callerNbr', '\uff43allerNbr')],
    ['with half a letter', JSON.stringify(wanted).replace('+8613500000001', '\\ud800')],
    ['of a name in place of a number', JSON.stringify(wanted).replace('"+8613500000001"', '{}')],
    ['of nothing but depth', '['.repeat(30_000) + ']'.repeat(30_000)],
    ['of a number without end', `{"maxDuration":${'9'.repeat(60_000)}}`],
    ['of a list', '[{}]'],
  ])('%s is refused', async (_case, body) => {
    expect(await codeOf(platform.signed(app), body)).toBe('1010002');
    expect(platform.telephony.legs).toEqual([]);
  });

  it.each([
    ['with an invisible letter in a number', JSON.stringify(wanted).replace('+86135', '+86\u200b135')],
    ['with digits of another script', JSON.stringify(wanted).replace('+8613500000001', '+\u0668\u0666135')],
    ['with a NUL', JSON.stringify(wanted).replace('+8613500000001', '+861350000\\u0000')],
  ])('%s has no number to dial', async (_case, body) => {
    expect(await codeOf(platform.signed(app), body)).toBe('1010024');
    expect(platform.telephony.legs).toEqual([]);
  });
});

describe('a request', () => {
  it.each([
    ['with both ways to tell its length', ['Transfer-Encoding: chunked'], /^HTTP\/1\.1 400 /],
    ['with two lengths', ['Content-Length: 1'], /^HTTP\/1\.1 400 /],
    ['with a header line that is folded', ['X-Folded: a', ' b'], /^HTTP\/1\.1 400 /],
    ['with a header without end', [`X-Long: ${'x'.repeat(20_000)}`], /^HTTP\/1\.1 431 /],
    [
      'with headers without end',
      Array.from({ length: 3_000 }, (_, index) => `X-${index}: yyyy`),
      /^HTTP\/1\.1 431 /,
    ],
  ])('%s is refused, and what follows it is not read as another', async (_case, further, expected) => {
    const body = JSON.stringify(wanted);
    const answer = await raw(head(body, further), body + head('{}').join('\r\n'));
    expect(answer).toMatch(expected);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(platform.telephony.legs).toEqual([]);
  });

  it('on one connection too many is turned away; when others have gone, there is room again', async () => {
    const crowded = new HttpPlatform();
    await crowded.listen({ mostConnections: 3 });
    const port = Number(new URL(crowded.url).port);
    const open = async () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => socket.destroy());
      // Half a request shows that the connection was kept.
      socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n');
      const said = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
      return { socket, isKept: said[0] instanceof Buffer };
    };
    const first = [await open(), await open(), await open(), await open()];
    expect(first.map(({ isKept }) => isKept)).toEqual([true, true, true, false]);
    for (const { socket } of first) socket.destroy();
    await expect.poll(async () => (await open()).isKept).toBe(true);
    await crowded.close();
  });

  it('of the operator with a parameter twice, or one of Object, is refused', async () => {
    expect((await platform.admin('GET', '/admin/v1/calls?limit=1&limit=2')).status).toBe(400);
    expect((await platform.admin('GET', '/admin/v1/calls?state=ended&state=running')).status).toBe(400);
    expect((await platform.admin('GET', '/admin/v1/calls?__proto__[polluted]=1&constructor=1')).status).toBe(
      400,
    );
    expect((await platform.admin('GET', '/admin/v1/apps/__proto__')).status).toBe(404);
    expect((await platform.admin('GET', '/admin/v1/calls/%00')).status).toBe(404);
    const polluting = JSON.stringify({ name: 'x', capability: 'callback', ports: 1 }).replace(
      '{',
      '{"__proto__":{"polluted":1},',
    );
    const headers = { authorization: 'Bearer operator-token', 'content-type': 'application/json' };
    expect((await platform.post('/admin/v1/apps', headers, polluting)).status).toBe(400);
  });

  it('of an operator whose token is nearly right is refused', async () => {
    for (const token of [
      '',
      'operator-toke',
      'operator-token2',
      'OPERATOR-TOKEN',
      'operator-token\u00e4',
      'x'.repeat(9_000),
    ]) {
      const response = await fetch(`${platform.url}/admin/v1/apps`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(response.status).toBe(401);
    }
  });
});
