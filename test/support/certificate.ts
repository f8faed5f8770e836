import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installed, temporaryDirectory } from './peer-process.ts';

/** Why tests with certificates cannot run here; undefined where they can. */
export const opensslMissing: string | undefined = installed('openssl')
  ? undefined
  : 'openssl is not installed';

/** A new certificate that signs itself, for a name and 127.0.0.1, in PEM. */
export function certificate(name = 'localhost'): { readonly key: Buffer; readonly cert: Buffer } {
  using folder = temporaryDirectory();
  const [key, cert] = [join(folder.path, 'key.pem'), join(folder.path, 'cert.pem')];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' ');
  execFileSync('openssl', [...kind, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}
