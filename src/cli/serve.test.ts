import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../test/support/peer-process.ts';
import { CliProcess, runCli } from '../../test/support/run-cli.ts';
import { callApi } from '../../test/support/signed-request.ts';

interface Ready {
  readonly event: 'ready';
  readonly http: string;
  readonly sip: string;
  readonly sandbox?: { readonly appKey: string; readonly appSecret: string; readonly displayNumber: string };
}

/** A pair for each of ten legs. */
const MEDIA_PORTS = 20;

let folder: string;
let rtp: number;
let server: CliProcess | undefined;

beforeEach(async () => {
  rtp = await freePort('127.0.0.1', MEDIA_PORTS);
  folder = mkdtempSync(join(tmpdir(), 'serve-'));
});
afterEach(async () => {
  server?.signal('SIGKILL');
  await server?.exited();
  server = undefined;
  rmSync(folder, { recursive: true });
});

const settings = (): string[] =>
  `--data ${folder} --http 127.0.0.1:0 --sip 127.0.0.1:0 --rtp 127.0.0.1:${rtp}-${rtp + MEDIA_PORTS - 1} --media-workers 1`.split(
    ' ',
  );

async function serve(...flags: string[]): Promise<Ready> {
  server = new CliProcess(['serve', ...settings(), ...flags]);
  await server.says('\n');
  return JSON.parse(server.stdout) as Ready;
}

const run = (...args: string[]) => runCli([...args, '--data', folder]);

const call = ({ sandbox }: Ready, to: string): string[] => [
  'call',
  '--app',
  sandbox?.appKey ?? '',
  '--display',
  sandbox?.displayNumber ?? '',
  '--from',
  '+8613500000001',
  '--to',
  to,
];

describe('serve', () => {
  it('says on standard output where it listens, and nothing else', async () => {
    const ready = await serve();
    expect(ready).toMatchObject({
      event: 'ready',
      http: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      sip: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      mediaDriver: expect.stringMatching(/^(direct|dgram)$/),
      sandbox: { appKey: expect.any(String), appSecret: expect.any(String), displayNumber: '+8675528000001' },
    });
    expect((await fetch(`${ready.http}/readyz`)).status).toBe(200);
    await run('app', 'list');
    server?.signal('SIGTERM');
    const { code, stdout, stderr } = await (server as CliProcess).exited();
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    for (const text of [ready.http, ready.sandbox?.appKey, ready.sandbox?.appSecret])
      expect(stderr).toContain(text);
  });

  it('keeps its token to its owner, and its sandbox app over a restart', async () => {
    const first = await serve();
    expect(statSync(join(folder, 'admin.json')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(folder, 'admin.json'), 'utf8'))).toMatchObject({ url: first.http });
    server?.signal('SIGINT');
    expect((await server?.exited())?.code).toBe(0);
    expect((await serve()).sandbox).toEqual(first.sandbox);
  });

  it('rings two phones by the command that it prints', async () => {
    await serve();
    await expect.poll(() => server?.stderr).toContain('--watch');
    const printed = /npx openvoicecall (call .*)/.exec(server?.stderr ?? '')?.[1];
    const { code, stdout } = await runCli(printed?.split(' ') ?? []);
    expect(code).toBe(0);
    const told = stdout.split('\n').map((line) => line.replace(/^[\d:.]+Z +/, ''));
    expect(told.slice(1, 8)).toEqual([
      'A is dialled +8613500000001 showing +8675528000001',
      'A rings +8613500000001',
      'A answers +8613500000001',
      'B is dialled +8613500000015 showing +8675528000001',
      'B rings +8613500000015',
      'B answers +8613500000015',
      'call ended: The user releases the call. (0)',
    ]);
    expect(stdout).toMatch(/\nulFailReason +0\n/);
    for (const [, file = ''] of stdout.matchAll(/[AB] heard (.*)/g))
      expect(statSync(file).size).toBeGreaterThan(20_000);
    expect(stdout.match(/[AB] heard /g)).toHaveLength(2);
  });

  it('takes a signed call of a customer’s program', async () => {
    const ready = await serve();
    if (ready.sandbox === undefined) throw new Error('no sandbox app');
    const { displayNumber } = ready.sandbox;
    const answer = await callApi(ready.http, '/rest/httpsessions/click2Call/v2.0', ready.sandbox, {
      displayNbr: displayNumber,
      callerNbr: '+8613500000001',
      displayCalleeNbr: displayNumber,
      calleeNbr: '+8613500000010',
    });
    expect(answer).toMatchObject({ status: 200, body: { resultcode: '0' } });
    const { stdout } = await run('calls', 'watch', answer.body.sessionId ?? '');
    expect(stdout).toContain('(8102)');
  });

  it('drains on SIGTERM: no new calls, running ones go on to their end', async () => {
    const ready = await serve();
    const watching = new CliProcess([...call(ready, '+8613500000002'), '--watch', '--data', folder]);
    await watching.says('B answers');
    server?.signal('SIGTERM');
    await expect.poll(() => server?.stderr).toContain('Stopping');
    const refused = await run(...call(ready, '+8613500000002'));
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('1010010') });
    const sessionId = /Accepted: (.*)/.exec(watching.stdout)?.[1] ?? '';
    expect((await run('stop', sessionId)).code).toBe(0);
    expect((await watching.exited()).stdout).toContain('(8017)');
    expect((await server?.exited())?.code).toBe(0);
  });

  it.each([
    ['after --drain-seconds', '0', 1],
    ['at the second signal', '300', 2],
  ] as const)('ends running calls %s, with their records', async (_case, seconds, signals) => {
    const ready = await serve('--drain-seconds', seconds);
    const watching = new CliProcess([...call(ready, '+8613500000002'), '--watch', '--data', folder]);
    await watching.says('B answers');
    const sessionId = /Accepted: (.*)/.exec(watching.stdout)?.[1] ?? '';
    watching.signal('SIGKILL');
    server?.signal('SIGTERM');
    await expect.poll(() => server?.stderr).toContain('Stopping');
    // Not at once: two signals of one moment are one Ctrl-C.
    const again = (): boolean => {
      server?.signal('SIGINT');
      return server?.running ?? false;
    };
    if (signals === 2) await expect.poll(again, { timeout: 10_000 }).toBe(false);
    expect((await server?.exited())?.code).toBe(0);
    await serve();
    const { stdout } = await run('calls', 'show', sessionId, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ state: 'ended', cdr: { sessionId } });
  });

  it('refuses a second server on the same data, and an address that is taken', async () => {
    const ready = await serve();
    const second = await runCli(['serve', ...settings()]);
    expect(second).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`at ${ready.http}`),
    });
    const other = join(folder, 'other');
    const taken = await runCli(['serve', ...settings(), '--data', other, '--http', new URL(ready.http).host]);
    expect(taken).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('is in use. Choose another'),
    });
    const nowhere = await runCli(['serve', ...settings(), '--data', other, '--sip', '192.0.2.1:5060']);
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('no address of this machine') });
    expect(existsSync(join(other, 'admin.json'))).toBe(false);
  });

  it.each(['', '/below', '/far/below'])('refuses a data directory that is a file%s', async (below) => {
    const file = join(folder, 'file');
    writeFileSync(file, 'kept');
    const refused = await runCli(['serve', ...settings(), '--data', file + below]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^error: There can be no directory .*: a file is in its place\. Give --data another directory\.\n$/,
    );
    expect(readFileSync(file, 'utf8')).toBe('kept');
    const unknown = await runCli(['calls', 'list', '--data', file + below]);
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: No server is known: .*\n$/),
    });
  });

  it('has no sandbox where calls leave on a trunk', async () => {
    const ready = await serve('--trunk', 'sip:127.0.0.1:9');
    expect(ready).not.toHaveProperty('sandbox');
    expect((await run('app', 'list', '--json')).stdout.trim()).toBe('{"apps":[]}');
  });
});
