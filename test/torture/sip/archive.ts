/**
 * The messages of RFC 4475 and RFC 5118 as their archives (appendix A of each) hold them, byte for byte, and what must be
 * done to a few before they are what the RFC says of them. README.md tells where the files come from.
 */
import { readdirSync, readFileSync } from 'node:fs';

export type Folder = 'rfc4475' | 'rfc5118';

const directory = (folder: Folder): URL => new URL(`./${folder}/`, import.meta.url);

export function namesIn(folder: Folder): string[] {
  return readdirSync(directory(folder))
    .map((name) => name.replace(/\.dat$/, ''))
    .sort();
}

export function archived(folder: Folder, name: string): Buffer {
  return readFileSync(new URL(`${name}.dat`, directory(folder)));
}

/** The archive leaves out the empty line after the headers, which is not the fault that the RFC speaks of. */
const unfinished: ReadonlySet<string> = new Set([
  'baddn',
  'ipv6-bug-abnf-3-colons',
  'ipv6-correct-abnf-2-colons',
]);

/**
 * As it would be sent. The archive of RFC 5118 has lines of LF alone, which are no lines of SIP, and a Content-Length that
 * fits none of the bodies: with CRLF `ipv6-in-sdp` says 268 of 251, `mult-ip-in-sdp` 181 of 189, `ipv4-mapped-ipv6` 236 of
 * 245. The RFC calls these messages well-formed, so that the length is that of the body here.
 */
export function onTheWire(folder: Folder, name: string): Buffer {
  const bytes = archived(folder, name);
  if (folder === 'rfc4475') return unfinished.has(name) ? Buffer.concat([bytes, Buffer.from('\r\n')]) : bytes;
  const text = bytes.toString('latin1').replaceAll('\n', '\r\n') + (unfinished.has(name) ? '\r\n' : '');
  const bodyStart = text.indexOf('\r\n\r\n') + 4;
  const head = text.slice(0, bodyStart).replace(/^(Content-Length: )\d+/m, `$1${text.length - bodyStart}`);
  return Buffer.from(head + text.slice(bodyStart), 'latin1');
}
