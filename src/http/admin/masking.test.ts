/** Whoever does not see numbers: roles that only look, and everybody at a screen until a call is revealed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, HttpPlatform } from '../../../test/support/http-platform.ts';
import { settle } from '../../../test/support/manual-clock.ts';
import { addUser, ask, bearer, PASSWORD, signIn } from '../../../test/support/signed-in.ts';

const [CALLER, CALLEE] = ['+8613500000001', '+8613500000002'];
let platform: HttpPlatform;
let sessionId: string;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen({ commercial: true });
  const { appKey } = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
  await platform.administration.addNumber('+8675528000001', appKey);
  const shown = { displayNbr: '+8675528000001', displayCalleeNbr: '+8675528000001' };
  const { body } = await ask<{ sessionId: string }>(platform, 'POST', '/calls', {
    headers: bearer(ADMIN_TOKEN),
    body: { appKey, ...shown, callerNbr: CALLER, calleeNbr: CALLEE },
  });
  ({ sessionId } = body);
  await settle();
});
afterEach(() => platform.close());

const callPath = (): string => `/calls/${encodeURIComponent(sessionId)}`;

/** What somebody reads of the call, in the list, by itself and in its events. */
async function read(headers: Record<string, string>): Promise<string> {
  const texts = [];
  for (const path of ['/calls', callPath()])
    texts.push(JSON.stringify((await ask(platform, 'GET', path, { headers })).body));
  const events = await fetch(`${platform.url}/events?sessionId=${encodeURIComponent(sessionId)}`, {
    headers,
  });
  const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; ; ) {
    text += (await reader.read()).value ?? '';
    if (!text.includes('"called"')) continue;
    await reader.cancel();
    return [...texts, text].join('\n');
  }
}

/** The cookie of a sign-in at the console. */
async function atScreen(name: string): Promise<Record<string, string>> {
  const body = { account: 'openvoicecall', name, password: PASSWORD };
  const { headers } = await ask(platform, 'POST', '/session', { body });
  return { cookie: headers.get('set-cookie')?.split(';')[0] ?? '', 'sec-fetch-site': 'same-origin' };
}

describe('the numbers of calls', () => {
  it('are shown to programs of roles that may manage', async () => {
    await addUser(platform, 'wei', 'administrator');
    for (const token of [ADMIN_TOKEN, await signIn(platform, 'wei')]) {
      const text = await read(bearer(token));
      for (const number of [CALLER, CALLEE]) expect(text).toContain(number);
    }
  });

  it.each(['reviewer', 'read-only'] as const)(
    'are masked for the role %s, which cannot search or reveal',
    async (role) => {
      await addUser(platform, 'li', role);
      const headers = bearer(await signIn(platform, 'li'));
      const text = await read(headers);
      for (const number of [CALLER, CALLEE]) expect(text).not.toContain(number);
      expect(text).toContain('+8613*******01');
      const search = `/calls?number=${encodeURIComponent(CALLER)}`;
      expect((await ask(platform, 'GET', search, { headers })).status).toBe(403);
      expect((await ask(platform, 'POST', `${callPath()}/reveal`, { headers })).status).toBe(403);
    },
  );

  it('are masked at a screen until the call is revealed, which goes on record', async () => {
    await addUser(platform, 'wei', 'administrator');
    const headers = await atScreen('wei');
    expect(await read(headers)).not.toContain(CALLER);
    const revealed = await ask<object>(platform, 'POST', `${callPath()}/reveal`, { headers });
    expect([revealed.status, JSON.stringify(revealed.body)]).toEqual([200, expect.stringContaining(CALLER)]);
    const { body } = await ask<object>(platform, 'GET', '/audit', { headers: bearer(ADMIN_TOKEN) });
    expect(body).toMatchObject({
      entries: [
        {
          action: 'POST /calls/:sessionId/reveal',
          actor: { name: 'wei' },
          object: { kind: 'call', id: sessionId },
        },
        expect.anything(),
        expect.anything(),
        expect.anything(),
      ],
    });
  });

  it('stay shown to a page with its key, once on record, until it is closed or looks no longer', async () => {
    await addUser(platform, 'wei', 'administrator');
    await addUser(platform, 'li', 'administrator');
    const [wei, li] = [await atScreen('wei'), await atScreen('li')];
    const reveal = async (): Promise<string> => {
      const asked = await ask<{ revealKey: string }>(platform, 'POST', `${callPath()}/reveal`, {
        headers: wei,
      });
      return asked.body.revealKey;
    };
    const sees = async (who: Record<string, string>, key: string): Promise<boolean> => {
      const headers = { ...who, 'x-reveal-key': key };
      return JSON.stringify((await ask(platform, 'GET', callPath(), { headers })).body).includes(CALLER);
    };
    const key = await reveal();
    for (let minutes = 0; minutes < 12; minutes += 4) {
      expect(await sees(wei, key)).toBe(true);
      await platform.clock.advance(4 * 60_000);
    }
    const { body } = await ask<{ entries: { action: string }[] }>(platform, 'GET', '/audit', {
      headers: bearer(ADMIN_TOKEN),
    });
    expect(body.entries.filter(({ action }) => action.endsWith('/reveal'))).toHaveLength(1);
    expect([await sees(li, key), await sees(wei, `${key}x`)]).toEqual([false, false]);
    await ask(platform, 'POST', `${callPath()}/conceal`, { headers: wei, body: { revealKey: key } });
    expect(await sees(wei, key)).toBe(false);
    const left = await reveal();
    await platform.clock.advance(5 * 60_000 + 1);
    expect(await sees(wei, left)).toBe(false);
  });

  it('are masked in SIP messages too, with keys, until the call is revealed; a capture goes on record', async () => {
    platform.messages = [`INVITE sip:${CALLER}@192.0.2.1 SIP/2.0`, 'INFO sip:x SIP/2.0\r\n\r\nSignal=7\r\n'];
    const session = await ask(platform, 'POST', '/session/operator', { body: { token: ADMIN_TOKEN } });
    const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
    const headers = { cookie, 'sec-fetch-site': 'same-origin' };
    const messages = async (more = {}): Promise<string> =>
      JSON.stringify(
        (await ask(platform, 'GET', `${callPath()}/messages`, { headers: { ...headers, ...more } })).body,
      );
    const masked = await messages();
    expect([masked.includes(CALLER), masked.includes('Signal=7')]).toEqual([false, false]);
    const { body } = await ask<{ revealKey: string }>(platform, 'POST', `${callPath()}/reveal`, { headers });
    const seen = await messages({ 'x-reveal-key': body.revealKey });
    expect([seen.includes(CALLER), seen.includes('Signal=7')]).toEqual([true, true]);
    await ask(platform, 'GET', `${callPath()}/capture`, { headers });
    const trail = await ask<{ entries: { action: string }[] }>(platform, 'GET', '/audit', { headers });
    expect(trail.body.entries.map(({ action }) => action)).toContain('GET /calls/:sessionId/capture');
  });

  it('stand with the carriers in SIP messages, which only the operator reads', async () => {
    await addUser(platform, 'wei', 'owner');
    for (const path of ['messages', 'capture']) {
      const asked = (token: string) =>
        ask(platform, 'GET', `${callPath()}/${path}`, { headers: bearer(token) });
      expect((await asked(await signIn(platform, 'wei'))).status).toBe(403);
      expect((await asked(ADMIN_TOKEN)).status).not.toBe(403);
    }
  });
});
