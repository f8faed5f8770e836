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
