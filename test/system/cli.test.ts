import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directory } from '../../src/phones/directory.ts';
import { eventually, temporaryDirectory } from '../support/peer-process.ts';
import { CliProcess, runCli } from '../support/run-cli.ts';

const data = temporaryDirectory();
let server: CliProcess;
let appKey: string;

interface Ready {
  readonly event: string;
  readonly http: string;
  readonly sandbox: { readonly appKey: string; readonly appSecret: string; readonly displayNumber: string };
}

beforeAll(async () => {
  server = new CliProcess(`serve --data ${data.path} --http 127.0.0.1:0 --sip 127.0.0.1:0`.split(' '));
  await server.says('\n');
  ({ appKey } = (JSON.parse(server.stdout) as Ready).sandbox);
}, 30_000);
afterAll(async () => {
  server.signal('SIGKILL');
  await server.exited();
  data[Symbol.dispose]();
});

const run = (line: string, ...more: string[]) => runCli([...line.split(' '), ...more, '--data', data.path]);

/** The one document that a command prints; it did what it was told. */
async function json<T = Record<string, unknown>>(line: string, ...more: string[]): Promise<T> {
  const { code, stdout } = await run(line, ...more, '--json');
  expect(code).toBe(0);
  return JSON.parse(stdout) as T;
}

const call = (to: string): string =>
  `call --app ${appKey} --display +8675528000001 --from +8613500000001 --to ${to}`;

describe('the command line', { concurrent: true, timeout: 120_000 }, () => {
  it('starts with one line of JSON, and keeps the token to its owner', async () => {
    const ready = JSON.parse(server.stdout) as Ready;
    expect(ready).toMatchObject({ event: 'ready', sandbox: { displayNumber: '+8675528000001' } });
    const command = `npx openvoicecall ${call('+8613500000015')} --watch`;
    await eventually(() => server.stderr.includes(command), 'the command that rings two phones is printed');
    const file = join(data.path, 'admin.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ url: ready.http });
  });

  it('places a call, follows it to its end, and shows it afterwards', async () => {
    interface Followed {
      readonly resultcode: string;
      readonly sessionId: string;
      readonly call: { readonly state: string; readonly cdr: object; readonly legs: readonly object[] };
    }
    const followed = await json<Followed>(`${call('+8613500000010')} --watch`);
    const { sessionId } = followed;
    expect(followed).toMatchObject({
      resultcode: '0',
      call: { state: 'ended', cdr: { sessionId, ulFailReason: 8102 } },
    });
    const shown = await json<{ sessionId: string; events: { type: string }[] }>('calls show', sessionId);
    expect(shown.events.map(({ type }) => type).join(' ')).toBe('callout alerting answer callout disconnect');
    const { stdout: text } = await run('calls show', sessionId);
    expect(text).toMatch(/\nAudio\n {2}A (both-ways|to-far-end)/);
    expect(text).toMatch(/\nPrompts\n {2}[\d:.]+Z {2}A hears waiting\n/);
    const { calls } = await json<{ calls: { sessionId: string }[] }>('calls list --limit 100');
    expect(calls.map((each) => each.sessionId)).toContain(sessionId);
    const searched = await json<{ calls: { sessionId: string }[] }>(
      'calls list --number +8613500000010 --cause 8102 --since 2020-01-01T00:00:00Z --session',
      sessionId,
    );
    expect(searched.calls.map((each) => each.sessionId)).toEqual([sessionId]);
    expect(await json('calls list --cause 8102 --until 2020-01-01T00:00:00Z')).toEqual({ calls: [] });
    const { code, stdout } = await run('calls watch', sessionId, '--json');
    expect(code).toBe(0);
    const events = stdout.trim().split('\n');
    expect(events.map((line) => (JSON.parse(line) as { type: string }).type)).toHaveLength(5);
  });

  it('tells people what it tells programs', async () => {
    const { code, stdout } = await run(`${call('+8613500000010')} --watch`);
    expect(code).toBe(0);
    const told = stdout.split('\n').map((line) => line.replace(/^[\d:.]+Z +/, ''));
    expect(told.slice(1, 6)).toEqual([
      'A is dialled +8613500000001 showing +8675528000001',
      'A rings +8613500000001',
      'A answers +8613500000001',
      'B is dialled +8613500000010 showing +8675528000001',
      'call ended: The callee is busy. (8102)',
    ]);
    expect(stdout).toMatch(/\nulFailReason +8102\n/);
    const list = (await run('calls list --state ended')).stdout.split('\n');
    expect(list[0]).toMatch(/^ACCEPTED \(UTC\) +CALLER \(A\)/);
    expect((await run('phones')).stdout).toContain('+8613500000010');
  });

  it('stops a call, once', async () => {
    const { sessionId } = await json<{ sessionId: string }>(call('+8613500000011'));
    expect(await json('stop', sessionId)).toEqual({ sessionId });
    const watched = await run('calls watch', sessionId);
    expect(watched.stdout).toContain('(8017)');
    const again = await run('stop', sessionId, '--json');
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({ error: { code: 'call-ended' } });
  });

  it('manages apps and numbers', async () => {
    const created = await json<{ appKey: string; appSecret: string }>(
      'app create --name Orders --capability callback --status-url http://127.0.0.1:9/status',
    );
    expect(created.appSecret).toMatch(/^\w{28}$/);
    const key = created.appKey;
    expect(await json('number add +8675528000041 --app', key)).toMatchObject({ appKey: key });
    expect(await json('app update', key, '--ports', '3')).toMatchObject({ ports: 3 });
    const [shown, apps, numbers] = await Promise.all([
      json('app show', key),
      json<{ apps: { appKey: string }[] }>('app list'),
      json('number list --app', key),
    ]);
    expect(shown).toMatchObject({ name: 'Orders', ports: 3, statusUrl: 'http://127.0.0.1:9/status' });
    expect(shown).not.toHaveProperty('appSecret');
    expect(apps.apps.map((app) => app.appKey)).toEqual(expect.arrayContaining([appKey, key]));
    expect(numbers).toMatchObject({ numbers: [{ number: '+8675528000041' }] });
  });

  it('lists the phones, and says that all is well', async () => {
    const { phones } = await json<{ phones: { number: string; behaviour: string }[] }>('phones');
    expect(phones.map(({ number, behaviour }) => [number, behaviour])).toEqual(
      directory.map(({ number, behaviour }) => [number, behaviour]),
    );
    const doctor = await json<{ ok: boolean; checks: { name: string; ok: boolean }[] }>('doctor');
    expect(doctor.ok).toBe(true);
    expect(doctor.checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['server', 'server database', 'database']),
    );
  });

  it.each([
    ['calls show nobody@nowhere', 'There is no call'],
    ['app show nobody', 'app'],
    ['number add +8675528000001 --app nobody', 'app'],
    ['stop nobody@nowhere', 'There is no call'],
    ['doctor --sip 192.0.2.1:5060 --data /nowhere', 'sip udp'],
  ])('exits 1 with one line and one document when refused: %s', async (line, why) => {
    const { code, stdout, stderr } = await (line.includes('--data')
      ? runCli([...line.split(' '), '--json'])
      : run(line, '--json'));
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toBeTypeOf('object');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(why);
  });

  it.each(['call --app x', 'app create --name x --capability none', 'nonsense', 'serve --http nowhere'])(
    'exits 2 when used wrongly: %s',
    async (line) => {
      const { code, stdout, stderr } = await run(line);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('error:');
    },
  );
});
