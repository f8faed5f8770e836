import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, HttpPlatform } from '../../test/support/http-platform.ts';
import { type CliResult, runCli } from '../../test/support/run-cli.ts';
import { ask, PASSWORD } from '../../test/support/signed-in.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
});
afterEach(() => platform.close());

const run = (args: string[], token = ADMIN_TOKEN, stdin?: string): Promise<CliResult> =>
  runCli(args, { OVC_URL: platform.url, OVC_TOKEN: token }, stdin);

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await run([...args, '--json']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as T;
}

describe('account', () => {
  it('is created, listed, shown, frozen, activated and closed', async () => {
    expect(await json('account', 'create', '--name', 'Cars', '--id', 'cars')).toMatchObject({
      state: 'active',
    });
    expect(await json('account', 'list')).toMatchObject({ accounts: [{}, { spId: 'cars', name: 'Cars' }] });
    for (const [verb, state] of [
      ['freeze', 'frozen'],
      ['activate', 'active'],
      ['close', 'closed'],
    ] as const) {
      expect(await json('account', verb, 'cars')).toMatchObject({ state });
    }
    expect((await run(['account', 'show', 'cars'])).stdout).toMatch(
      /^account +cars\nname +Cars\nstate +closed\n/,
    );
    const refused = await run(['account', 'activate', 'cars']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/closed, for good. \(account-closed\) .*\n$/);
  });

  it('is named by --account', async () => {
    await json('account', 'create', '--name', 'Cars', '--id', 'cars');
    const app = await json('app', 'create', '--name', 'a', '--capability', 'callback', '--account', 'cars');
    expect(app).toMatchObject({ spId: 'cars' });
    expect(await json('app', 'list', '--account', 'cars')).toMatchObject({ apps: [{ spId: 'cars' }] });
    expect(await json('app', 'list', '--account', 'openvoicecall')).toEqual({ apps: [] });
  });
});

describe('user', () => {
  it('is added, listed, given a role and a password, disabled and enabled', async () => {
    const added = await json<{ password: string }>('user', 'add', 'mei', '--role', 'owner');
    expect(added.password).toMatch(/^\w{28}$/);
    await json('user', 'add', 'wang', '--role', 'owner');
    expect(await json('user', 'role', 'mei', 'read-only')).toMatchObject({ role: 'read-only' });
    expect(await json('user', 'disable', 'mei')).toMatchObject({ state: 'disabled' });
    expect(await json('user', 'enable', 'mei')).toMatchObject({ state: 'active' });
    expect(await json('user', 'totp-reset', 'mei')).toEqual({ name: 'mei', totp: false });
    const { stdout } = await run(['user', 'list']);
    expect(stdout).toMatch(
      /^ACCOUNT +NAME +ROLE +STATE +LAST SIGN-IN \(UTC\)\nopenvoicecall +mei +read-only +active +never\n/,
    );
    const piped = await run(
      ['user', 'password', 'mei', '--password-stdin', '--json'],
      ADMIN_TOKEN,
      `${PASSWORD}\n`,
    );
    expect(JSON.parse(piped.stdout)).toEqual({ name: 'mei' });
    const body = { name: 'mei', password: PASSWORD };
    expect((await ask(platform, 'POST', '/session', { body })).status).toBe(201);
    const empty = await run(['user', 'password', 'mei', '--password-stdin'], ADMIN_TOKEN, '');
    expect([empty.code, empty.stderr]).toEqual([1, expect.stringContaining('no password on standard input')]);
    expect((await run(['user', 'role', 'mei', 'king'])).code).toBe(1);
    expect((await run(['user', 'add', 'li'])).code).toBe(2);
  });
});

describe('token', () => {
  it('lets commands act as a user, until it is revoked', async () => {
    await json('user', 'add', 'mei', '--role', 'read-only');
    const made = await json<{ token: string; tokenId: string }>(
      ...'token create --user mei --name CI --days 30'.split(' '),
    );
    expect(await json('token', 'list', '--user', 'mei')).toMatchObject({ tokens: [{ name: 'CI' }] });
    expect((await run(['app', 'list'], made.token)).code).toBe(0);
    const forbidden = await run(['app', 'create', '--name', 'a', '--capability', 'callback'], made.token);
    expect([forbidden.code, forbidden.stderr]).toEqual([1, expect.stringContaining('(forbidden)')]);
    expect(await json('token', 'revoke', made.tokenId, '--user', 'mei')).toMatchObject({ revoked: true });
    expect((await run(['app', 'list'], made.token)).stderr).toContain('(unauthorized)');
  });
});

describe('audit', () => {
  it('tells who changed what', async () => {
    const app = await json<{ appKey: string }>('app', 'create', '--name', 'Cars', '--capability', 'callback');
    await json('app', 'update', app.appKey, '--ports', '3');
    const { stdout } = await run(['audit', '--object', `app/${app.appKey}`, '--limit', '1']);
    const [head, line] = stdout.split('\n');
    expect(head).toMatch(/^TIME \(UTC\) +WHO +FROM +DID +TO +BEFORE -> AFTER$/);
    expect(line).toMatch(
      /^2026-01-01T00:00:00.000Z +operator +127.0.0.1 +PATCH \/apps\/:appKey +app \w{28} +ports 10 -> 3$/,
    );
    expect(await json('audit', '--actor', 'nobody-of-this-name')).toEqual({ entries: [] });
    expect((await run(['audit', '--since', 'yesterday'])).code).toBe(1);
  });
});
