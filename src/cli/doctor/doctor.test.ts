import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, HttpPlatform } from '../../../test/support/http-platform.ts';
import { freePort } from '../../../test/support/peer-process.ts';
import { postgresMissing, PostgresServer } from '../../../test/support/postgres.ts';
import { runCli } from '../../../test/support/run-cli.ts';
import { writeAdminFile } from '../admin-file.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('doctor', () => {
  const settings = (): string[] => ['--data', folder, '--http', '127.0.0.1:0', '--sip', '127.0.0.1:0'];
  const findings = async (...args: string[]) => {
    const { code, stdout } = await runCli(['doctor', ...settings(), '--json', ...args]);
    const { checks } = JSON.parse(stdout) as {
      checks: { name: string; ok: boolean; detail: string; remedy?: string }[];
    };
    return { code, of: (name: string) => checks.find((check) => check.name === name) };
  };

  beforeEach(() => rmSync(join(folder, 'admin.json'), { force: true }));

  it('finds nothing wrong where nothing is', async () => {
    const { code, stdout } = await runCli(['doctor', ...settings()]);
    expect(stdout).toMatch(/\nCalls can be made\.\n$/);
    expect(code).toBe(0);
  });

  it('says how media reach the network', async () => {
    expect((await findings()).of('media driver')).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^(direct|dgram, not direct: .+)$/),
    });
    expect((await findings('--media-driver', 'dgram')).of('media driver')).toMatchObject({ detail: 'dgram' });
  });

  it('lets every voice say a word', async () => {
    const port = await freePort();
    const { code, of } = await findings('--speech-url', `http://127.0.0.1:${port}`);
    expect(of('speech espeak')).toMatchObject({ ok: true, detail: expect.stringMatching(/^speaks \(\d+/) });
    expect(of('speech openai')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('does not speak'),
      remedy: expect.stringContaining('--speech-url'),
    });
    expect(code).toBe(1);
    expect((await findings('--speech-models', folder)).of('speech')).toMatchObject({ ok: false });
  });

  it('asks the running server instead of trying its ports', async () => {
    const platform = new HttpPlatform();
    await platform.listen();
    platform.readiness.push({ name: 'database', check: async () => 'the disk is full' });
    writeAdminFile(folder, { url: platform.url, token: ADMIN_TOKEN });
    const { code, of } = await findings();
    await platform.close();
    expect(code).toBe(1);
    expect(of('server')).toMatchObject({ ok: true });
    expect(of('server database')).toMatchObject({ ok: false, detail: 'the disk is full' });
    expect(of('http')).toBeUndefined();
  });

  it('finds ports in use and addresses that are not ours', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { code, of } = await findings('--http', `127.0.0.1:${port}`, '--sip', '192.0.2.1:5060');
    taken.close();
    expect(code).toBe(1);
    expect(of('http')).toMatchObject({ ok: false, detail: expect.stringContaining('EADDRINUSE') });
    expect(of('sip udp')).toMatchObject({ ok: false, remedy: expect.stringContaining('--sip') });
  });

  it('passes over media ports in use, unless all are', async () => {
    const port = await freePort();
    const taken = createSocket('udp4').bind(port, '127.0.0.1');
    await once(taken, 'listening');
    const rtp = async (last: number) => (await findings('--rtp', `127.0.0.1:${port}-${last}`)).of('rtp');
    expect(await rtp(port + 20)).toMatchObject({ ok: true });
    expect(await rtp(port + 1)).toMatchObject({ ok: false, detail: expect.stringContaining('in use') });
    taken.close();
  });

  it('finds a damaged database', async () => {
    const path = join(folder, 'damaged.db');
    writeFileSync(path, 'SQLite format 3\0 and then rubbish'.repeat(100));
    const { of } = await findings('--database', `sqlite:${path}`);
    expect(of('database')).toMatchObject({ ok: false, remedy: expect.stringContaining('restore') });
  });

  it('finds a database server that nobody can reach, without showing the password', async () => {
    const { code, of } = await findings('--database', 'postgres://user:secret@127.0.0.1:1/name');
    expect(code).toBe(1);
    expect(of('database')).toMatchObject({ ok: false, detail: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify(of('database'))).not.toContain('secret');
  });

  it.skipIf(postgresMissing)('asks a database server', { timeout: 60_000 }, async () => {
    await using server = await PostgresServer.start();
    const { of } = await findings('--database', server.url());
    expect(of('database')).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^postgres, PostgreSQL 1\d/),
    });
  });

  it.each([
    ['200 OK', true],
    ['405 Method Not Allowed', true],
    ['503 Service Unavailable', false],
  ])('asks the trunk over UDP, which answers %s', async (status, ok) => {
    const trunk = createSocket('udp4');
    trunk.bind(0, '127.0.0.1');
    await once(trunk, 'listening');
    const requests: string[] = [];
    trunk.on('message', (message, peer) => {
      requests.push(message.toString());
      // The first one is lost.
      if (requests.length < 2) return;
      trunk.send('SIP/2.0 100 Trying\r\n\r\n', peer.port, peer.address);
      trunk.send(`SIP/2.0 ${status}\r\n\r\n`, peer.port, peer.address);
    });
    const { of } = await findings('--trunk', `sip:127.0.0.1:${trunk.address().port}`);
    trunk.close();
    expect(of('trunk')).toMatchObject({ ok, detail: expect.stringContaining(status) });
    expect(requests[0]).toMatch(
      /^OPTIONS sip:127\.0\.0\.1:\d+ SIP\/2\.0\r\nVia: SIP\/2\.0\/UDP 127\.0\.0\.1:\d+;branch=z9hG4bK/,
    );
    expect(requests[1]).toBe(requests[0]);
  });

  it('asks the trunk over TCP', async () => {
    const trunk = createServer((socket) => socket.once('data', () => socket.write('SIP/2.0 200 OK\r\n\r\n')));
    trunk.listen(0, '127.0.0.1');
    await once(trunk, 'listening');
    const { port } = trunk.address() as { port: number };
    const { of } = await findings('--trunk', `sip:127.0.0.1:${port};transport=tcp`);
    trunk.close();
    expect(of('trunk')).toMatchObject({ ok: true, detail: expect.stringContaining('200 OK') });
  });

  it.each([
    ['trunk', 'sip:127.0.0.1:9', 'ECONNREFUSED'],
    ['trunk', 'sip:127.0.0.1:9;transport=tcp', 'ECONNREFUSED'],
    ['trunk name', 'sip:nowhere.invalid', 'does not resolve'],
    ['trunk route', 'sip:192.0.2.1', 'cannot be reached'],
  ])('finds what is wrong with a %s: %s', async (name, uri, detail) => {
    const { code, of } = await findings('--trunk', uri);
    expect(code).toBe(1);
    expect(of(name)).toMatchObject({
      ok: false,
      detail: expect.stringContaining(detail),
      remedy: expect.any(String),
    });
  });
});
