import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { certificate, opensslMissing } from '../support/certificate.ts';
import { eventually, freePort, temporaryDirectory } from '../support/peer-process.ts';
import { CliProcess, runCli } from '../support/run-cli.ts';

function fingerprintAt(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
    resolve(socket.getPeerCertificate().fingerprint256);
    socket.destroy();
  });
  socket.on('error', reject);
  return promise;
}

describe.skipIf(opensslMissing)('a platform with a certificate', { timeout: 60_000 }, () => {
  it('is reached by the commands of its machine, whatever name is in it, and reads a new one at SIGHUP', async () => {
    using folder = temporaryDirectory();
    const tls = { cert: join(folder.path, 'cert.pem'), key: join(folder.path, 'key.pem') };
    const install = (files: { cert: Buffer; key: Buffer }): string => {
      writeFileSync(tls.cert, files.cert);
      writeFileSync(tls.key, files.key);
      return new X509Certificate(files.cert).fingerprint256;
    };
    install(certificate('voice.example.com'));
    const data = join(folder.path, 'data');
    const port = await freePort('127.0.0.1', 20);
    const places = ['--data', data, '--http', '127.0.0.1:0', '--sip', '127.0.0.1:0'];
    const media = ['--rtp', `127.0.0.1:${port}-${port + 19}`, '--media-workers', '1'];
    const files = ['--tls-cert', tls.cert, '--tls-key', tls.key];
    const served = new CliProcess(['serve', ...places, ...media, ...files]);
    try {
      await served.says('\n');
      const { http } = JSON.parse(served.stdout) as { http: string };
      expect(http).toMatch(/^https:/);
      const listed = await runCli(['app', 'list', '--data', data, '--json']);
      expect([listed.code, listed.stderr]).toEqual([0, '']);
      const voice = join(folder.path, 'voice.wav');
      writeFileSync(voice, 'no sound');
      const refused = await runCli(['voice', 'add', voice, '--name', 'a.wav', '--data', data]);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('voice-file-')]);
      const renewed = install(certificate('voice.example.com'));
      served.signal('SIGHUP');
      const tlsPort = Number(new URL(http).port);
      await eventually(async () => (await fingerprintAt(tlsPort)) === renewed, 'the new certificate is used');
      expect((await runCli(['app', 'list', '--data', data])).code).toBe(0);
      // Found through admin.json, not through the name: another server there is not taken for this one.
      install(certificate('voice.example.com'));
      expect((await runCli(['app', 'list', '--data', data])).code).toBe(1);
    } finally {
      served.signal('SIGTERM');
      await served.exited();
    }
  });
});
