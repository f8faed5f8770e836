import { existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleCall, sampleChange } from '../../../test/contract/samples.ts';
import { ADMIN_TOKEN, HttpPlatform } from '../../../test/support/http-platform.ts';
import { runCli } from '../../../test/support/run-cli.ts';
import { addUser, ask, bearer, signIn } from '../../../test/support/signed-in.ts';

const NUMBER = '+8613500000001';

let platform: HttpPlatform;
let recording: string;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
  const { calls } = platform.database;
  const sessionId = '1200_366_0_20260101000000@ovc.test';
  const { objectName, file, bucketName, domain } = platform.recordings.begin(sessionId);
  recording = file;
  writeFileSync(file, 'what was said');
  const call = sampleCall(sessionId, {
    owner: { appKey: 'app-1', spId: 'openvoicecall' },
    recording: { startedAt: 0, objectName, bucketName, domain },
  });
  await calls.create(call);
  await calls.commit(sampleChange(call, { sequence: 1, ends: true }));
});
afterEach(() => platform.close());

const operator = bearer(ADMIN_TOKEN);

const post = <T>(path: string, number: string, headers = operator) =>
  ask<T>(platform, 'POST', `/personal-data/${path}`, { headers, body: { number } });

describe('what is known of one number', () => {
  it('is exported, a call a line', async () => {
    const { status, body } = await post<string>('export', '+86 135 0000 0001');
    expect(status).toBe(200);
    // One line of JSON Lines is a JSON document.
    const line = typeof body === 'string' ? (JSON.parse(body) as object) : body;
    expect(line).toMatchObject({ kind: 'call', order: { callerNbr: NUMBER }, cdr: { calleeNum: NUMBER } });
    expect(JSON.stringify((await post('export', '+8613500000009')).body)).toBe('""');
  });

  it('is erased with the recordings, and the trail tells so without the number', async () => {
    expect((await post('erase', NUMBER)).body).toEqual({
      calls: 1,
      postponed: 0,
      refusals: 0,
      auditEntries: 0,
    });
    expect(existsSync(recording)).toBe(false);
    const { body } = await ask<{ entries: object[] }>(platform, 'GET', '/audit', { headers: operator });
    expect(body.entries[0]).toMatchObject({
      action: 'POST /personal-data/erase',
      object: { kind: 'phone-number', id: expect.stringMatching(/^[0-9a-f]{32}$/) },
      after: { calls: 1 },
    });
    expect(JSON.stringify(body)).not.toMatch(/135\*|13500000001/);
    expect(platform.logged.join('\n')).not.toContain('13500000001');
  });

  it('is for owners and the operator, each of his own account', async () => {
    for (const role of ['administrator', 'read-only'] as const) {
      await addUser(platform, role, role);
      const headers = bearer(await signIn(platform, role));
      expect((await post('erase', NUMBER, headers)).status).toBe(403);
    }
    await addUser(platform, 'stranger', 'owner', 'other');
    const stranger = bearer(await signIn(platform, 'stranger', 'other'));
    expect((await post('erase', NUMBER, stranger)).body).toMatchObject({ calls: 0 });
    expect(existsSync(recording)).toBe(true);
  });

  it('is not asked for of what is no number, or one of ours', async () => {
    expect((await post('erase', '13500000001')).status).toBe(422);
    const app = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
    await platform.administration.addNumber('+8675528000001', app.appKey);
    expect((await post('erase', '+8675528000001')).status).toBe(409);
  });

  it('is exported and erased by commands', async () => {
    const env = { OVC_URL: platform.url, OVC_TOKEN: ADMIN_TOKEN };
    const exported = await runCli(['export-number', NUMBER], env);
    expect([exported.code, JSON.parse(exported.stdout)]).toMatchObject([0, { kind: 'call' }]);
    const asked = await runCli(['erase-number', NUMBER], env);
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    const erased = await runCli(['erase-number', NUMBER, '--yes', '--json'], env);
    expect([erased.code, JSON.parse(erased.stdout)]).toMatchObject([0, { calls: 1, postponed: 0 }]);
  });
});
