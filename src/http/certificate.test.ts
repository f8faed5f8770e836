import { writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { join } from 'node:path';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificate, opensslMissing } from '../../test/support/certificate.ts';
import { HttpPlatform } from '../../test/support/http-platform.ts';
import { temporaryDirectory } from '../../test/support/peer-process.ts';

describe.skipIf(opensslMissing)(`HTTPS (${opensslMissing ?? 'openssl is installed'})`, () => {
  let platform: HttpPlatform;
  let folder: ReturnType<typeof temporaryDirectory>;
  let tls: { readonly cert: string; readonly key: string };

  function install(files: { readonly cert: Buffer; readonly key: Buffer }): string {
    writeFileSync(tls.cert, files.cert);
    writeFileSync(tls.key, files.key);
    return new X509Certificate(files.cert).fingerprint256;
  }

  beforeEach(() => {
    folder = temporaryDirectory();
    tls = { cert: join(folder.path, 'cert.pem'), key: join(folder.path, 'key.pem') };
    platform = new HttpPlatform();
  });
  afterEach(async () => {
    await platform.close();
    folder[Symbol.dispose]();
  });

  /** Shakes hands. @returns the protocol and the certificate's fingerprint */
  function handshake(version?: SecureVersion): Promise<{ protocol: string | null; fingerprint: string }> {
    const port = Number(new URL(platform.url).port);
    const limits = version === undefined ? {} : { minVersion: version, maxVersion: version };
    const { promise, resolve, reject } = Promise.withResolvers<{
      protocol: string | null;
      fingerprint: string;
    }>();
    const socket: TLSSocket = connect(
      { host: '127.0.0.1', port, rejectUnauthorized: false, ciphers: 'DEFAULT@SECLEVEL=0', ...limits },
      () => {
        const { fingerprint256: fingerprint } = socket.getPeerCertificate();
        resolve({ protocol: socket.getProtocol(), fingerprint });
        socket.destroy();
      },
    );
    socket.on('error', reject);
    return promise;
  }

  /** A request over a connection that is kept. @returns the status and whether the connection was there already */
  function request(agent: Agent): Promise<{ status: number | undefined; reused: boolean }> {
    const { promise, resolve, reject } = Promise.withResolvers<{
      status: number | undefined;
      reused: boolean;
    }>();
    const sent = get(`${platform.url}/healthz`, { agent }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode, reused: sent.reusedSocket }));
    });
    sent.on('error', reject);
    return promise;
  }

  it('is spoken in TLS 1.2 and 1.3, and in nothing older', async () => {
    const fingerprint = install(certificate());
    await platform.listen({ tls });
    expect(platform.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(await handshake('TLSv1.2')).toEqual({ protocol: 'TLSv1.2', fingerprint });
    expect(await handshake('TLSv1.3')).toEqual({ protocol: 'TLSv1.3', fingerprint });
    await expect(handshake('TLSv1.1')).rejects.toThrow();
  });

  it('takes over a certificate that has changed, and connections go on', async () => {
    install(certificate());
    await platform.listen({ tls });
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    expect(await request(agent)).toEqual({ status: 200, reused: false });
    const renewed = install(certificate());
    expect((await handshake()).fingerprint).not.toBe(renewed);
    await platform.clock.advance(60_000);
    expect((await handshake()).fingerprint).toBe(renewed);
    expect(await request(agent)).toEqual({ status: 200, reused: true });
    agent.destroy();
  });

  it('keeps the certificate it has where the new one cannot be used, and takes the next', async () => {
    const first = install(certificate());
    await platform.listen({ tls });
    writeFileSync(tls.key, certificate().key);
    await platform.clock.advance(60_000);
    expect((await handshake()).fingerprint).toBe(first);
    expect(platform.logged.join('\n')).toContain('the certificate cannot be read');
    const next = install(certificate());
    await platform.clock.advance(60_000);
    expect((await handshake()).fingerprint).toBe(next);
  });

  it('is not begun with files that do not belong together, or are not there', async () => {
    const { cert } = certificate();
    install({ cert, key: certificate().key });
    await expect(platform.listen({ tls })).rejects.toThrow(/key values mismatch/);
    await expect(platform.listen({ tls: { ...tls, key: `${tls.key}.none` } })).rejects.toThrow(/ENOENT/);
  });
});
