import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, HttpPlatform } from '../../../test/support/http-platform.ts';
import { addUser, ask, bearer, signIn } from '../../../test/support/signed-in.ts';
import { parseWav, wavSamples } from '../../audio/wav.ts';
import { PromptUnavailable } from '../../call/prompt-unavailable.ts';
import type { PromptRef } from '../../call/prompt.ts';

let platform: HttpPlatform;
const spoken: PromptRef[] = [];
const samples = Int16Array.from([100, -200, 300]);

beforeEach(async () => {
  spoken.length = 0;
  platform = new HttpPlatform();
  platform.prompts = {
    get: async (ref) => {
      spoken.push(ref);
      return { samples };
    },
  };
  await platform.listen();
});
afterEach(() => platform.close());

const operator = bearer(ADMIN_TOKEN);
const content = '您的码是${NUM_4}';

const listen = (body: object = { content }, headers: Record<string, string> = operator, query = '') =>
  fetch(`${platform.url}/admin/v1/templates/preview/audio${query}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('previews of templates', () => {
  it('are told with what is wrong, and are not on record', async () => {
    await addUser(platform, 'mei', 'reviewer');
    const headers = bearer(await signIn(platform, 'mei'));
    const preview = (body: object) => ask(platform, 'POST', '/templates/preview', { headers, body });
    expect(await preview({ content, values: ['1x'] })).toMatchObject({
      status: 200,
      body: {
        octets: 20,
        pieces: [{ text: '您的码是' }, { text: '1x', gap: 0 }],
        gaps: [{ name: '${NUM_4}', value: '1x', isAccepted: false }],
      },
    });
    expect((await preview({ content: 'Hi' })).body).toMatchObject({
      problem: { message: expect.stringContaining('Chinese character'), remedy: expect.any(String) },
    });
    expect((await preview({ content: 'Hi'.repeat(3_000) })).status).toBe(400);
    const entries = await platform.database.auditTrail.list({ limit: 100 });
    expect(entries.filter(({ action }) => action.includes('preview'))).toEqual([]);
  });

  it('are heard as calls speak them', async () => {
    const answer = await listen({ content, values: ['1234'], speed: 100 });
    expect(answer.headers.get('content-type')).toBe('audio/wav');
    expect(wavSamples(parseWav(new Uint8Array(await answer.arrayBuffer())))).toEqual(samples);
    expect(spoken).toEqual([{ kind: 'speech', text: '您的码是1234', speed: 100 }]);
    for (const body of [{ content: 'Hi' }, { content, values: ['x'] }, { content, speed: 501 }]) {
      expect([400, 422]).toContain((await listen(body)).status);
    }
    expect(spoken).toHaveLength(1);
  });

  it('that no voice can speak are refused as such', async () => {
    await platform.close();
    platform = new HttpPlatform();
    platform.prompts = { get: () => Promise.reject(new PromptUnavailable('speech-failed')) };
    await platform.listen();
    const answer = await listen();
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: 'speech-failed' } }]);
  });

  it('are so many a minute of one account, and of all', async () => {
    await ask(platform, 'POST', '/accounts', { headers: operator, body: { name: 'Cars', spId: 'cars' } });
    await ask(platform, 'POST', '/accounts', { headers: operator, body: { name: 'Ships', spId: 'ships' } });
    await ask(platform, 'POST', '/accounts', { headers: operator, body: { name: 'Trains', spId: 'trains' } });
    const ofAccount = async (account: string): Promise<number> =>
      (await listen({ content }, operator, `?account=${account}`)).status;
    for (const account of ['cars', 'ships', 'trains']) {
      for (let count = 0; count < 10; count += 1) expect(await ofAccount(account)).toBe(200);
      expect(await ofAccount(account)).toBe(429);
    }
    const refused = await listen();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('60');
    await platform.clock.advance(60_000);
    expect((await listen()).status).toBe(200);
  });

  it('are one at a time of an account, and two of all', async () => {
    const held = Promise.withResolvers<{ samples: Int16Array }>();
    const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let count = 0;
    await platform.close();
    platform = new HttpPlatform();
    platform.prompts = {
      get: () => {
        begun[count++]?.resolve();
        return held.promise;
      },
    };
    await platform.listen();
    for (const spId of ['cars', 'ships']) {
      await ask(platform, 'POST', '/accounts', { headers: operator, body: { name: spId, spId } });
    }
    const first = listen({ content }, operator, '?account=cars');
    await begun[0]?.promise;
    expect((await listen({ content }, operator, '?account=cars')).status).toBe(429);
    const second = listen({ content }, operator, '?account=ships');
    await begun[1]?.promise;
    expect((await listen()).status).toBe(429);
    held.resolve({ samples });
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect((await listen()).status).toBe(200);
  });
});
