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
import { RawTrunk } from '../../../test/support/raw-trunk.ts';
import { runCli } from '../../../test/support/run-cli.ts';
import { SipEndpoint } from '../../telephony/sip-endpoint.ts';
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

  it('asks the running server for each of its trunks', async () => {
    const platform = new HttpPlatform();
    await platform.listen();
    await platform.admin('POST', '/admin/v1/trunks', { name: 'alpha', addresses: ['a.example'] });
    platform.trunks.findings = [
      { name: 'resolution', ok: true, detail: 'udp:192.0.2.1:5060' },
      { name: 'registration', ok: false, detail: 'refused with 403', remedy: 'check the password' },
    ];
    writeAdminFile(folder, { url: platform.url, token: ADMIN_TOKEN });
    const { code, of } = await findings();
    await platform.close();
    expect(code).toBe(1);
    expect(of('trunk alpha resolution')).toMatchObject({ ok: true });
    expect(of('trunk alpha registration')).toMatchObject({ ok: false, remedy: 'check the password' });
  });

  it('says what is wrong with the file of authorities', async () => {
    const file = join(folder, 'none.pem');
    writeFileSync(file, 'no certificate');
    const uri = 'sip:127.0.0.1:9;transport=tls';
    const { of } = await findings('--trunk', uri, '--sip-tls-authorities', file);
    expect(of('trunk')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('no certificate in PEM'),
    });
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
    [200, 'OK', true],
    [405, 'Method Not Allowed', true],
    [503, 'Service Unavailable', false],
  ])('asks the trunk over UDP, which answers %i', async (status, reason, ok) => {
    let copies = 0;
    using trunk = await RawTrunk.start((request, self) => {
      copies += 1;
      // The first one is lost.
      return copies < 2 ? [] : [self.respond(request, status)];
    });
    const { of } = await findings('--trunk', `sip:127.0.0.1:${trunk.port}`);
    const gateway = `udp:127.0.0.1:${trunk.port}`;
    expect(of(`trunk options ${gateway}`)).toMatchObject({
      ok,
      detail: expect.stringContaining(`${status} ${reason}`),
    });
    // Each is spoken of, also where the answer says nothing of it.
    for (const what of ['transport', 'timers', 'codecs', 'telephone-event', 'nat']) {
      expect(of(`trunk ${what} ${gateway}`)).toMatchObject({ ok: true });
    }
    expect(of('trunk resolution')).toMatchObject({ ok: true });
    expect(trunk.heard[0]).toMatchObject({ method: 'OPTIONS', uri: `sip:127.0.0.1:${trunk.port}` });
    expect(trunk.heard[1]?.headers.get('Via')).toBe(trunk.heard[0]?.headers.get('Via'));
  });

  it('says what the answer of the trunk means for calls', async () => {
    using trunk = await RawTrunk.start((request, self) => {
      const response = self.respond(request, 200);
      response.headers.set('Allow', 'INVITE, ACK, CANCEL');
      response.headers.replaceFirst('Via', `${response.headers.get('Via')};received=198.51.100.1`);
      const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n';
      response.setBody('application/sdp', `${sdp}m=audio 4000 RTP/AVP 9 18\r\n`);
      return [response];
    });
    const { code, of } = await findings('--trunk', `sip:127.0.0.1:${trunk.port}`);
    expect(code).toBe(1);
    const said = (what: string) => of(`trunk ${what} udp:127.0.0.1:${trunk.port}`);
    expect(said('methods')).toMatchObject({ ok: false, detail: 'it does not allow BYE' });
    expect(said('codecs')).toMatchObject({ ok: false, remedy: expect.stringContaining('G.711') });
    expect(said('telephone-event')).toMatchObject({ ok: false });
    expect(said('timers')).toMatchObject({ ok: true });
    expect(said('nat')).toMatchObject({
      ok: false,
      remedy: expect.stringContaining('--public-address 198.51.100.1'),
    });
  });

  it('asks the trunk over TCP', async () => {
    const peer = await SipEndpoint.start({
      listen: { host: '127.0.0.1', port: 0 },
      userAgent: { product: 'carrier', inbound: 'accept', redirects: 'refuse' },
    });
    const { port } = peer.address;
    const { of } = await findings('--trunk', `sip:127.0.0.1:${port};transport=tcp`);
    await peer.close();
    expect(of(`trunk options tcp:127.0.0.1:${port}`)).toMatchObject({
      ok: true,
      detail: expect.stringContaining('200 OK'),
    });
  });

  it.each([
    ['trunk transport tcp:127.0.0.1:9', 'sip:127.0.0.1:9;transport=tcp', 'no TCP to it'],
    ['trunk resolution', 'sip:nowhere.invalid', 'cannot be resolved'],
    ['trunk transport udp:192.0.2.1:5060', 'sip:192.0.2.1', 'cannot be reached'],
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
