/** The names by which browsers may reach the console: another one may be a trick (DNS rebinding). */
import { isIP } from 'node:net';

/** Of a Host header or a URL's host: its name or address, without port and brackets, in lower case. */
export function hostNameIn(host: string | undefined): string | undefined {
  if (host === undefined || !URL.canParse(`http://${host}`)) return undefined;
  return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '');
}

/**
 * A page of another site may have its own name lead to this machine, and then asks us as if it were ours. It cannot do so under
 * an address or a name that always is this machine's (RFC 6761 6.3), nor under names that belong to whoever runs the platform.
 */
export class KnownHosts {
  readonly #names: ReadonlySet<string>;

  /** @param names beside addresses and `localhost`; without ports */
  constructor(names: readonly string[]) {
    this.#names = new Set(names.map((name) => name.toLowerCase()));
  }

  /** @param host of a Host header */
  has(host: string | undefined): boolean {
    const name = hostNameIn(host);
    if (name === undefined) return false;
    return isIP(name) !== 0 || /(^|\.)localhost$/.test(name) || this.#names.has(name);
  }
}
