import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

export interface DnsCacheOptions {
  /** Addresses of this IP version only: that of the sockets which send to them. */
  readonly family: 4 | 6;
  /** ms, from any origin. */
  readonly clock: () => number;
  /** How long an address is used without asking again, ms. */
  readonly lifetime?: number;
  /** Resolves one name or rejects; the system's resolver unless a test brings its own. */
  readonly resolve?: (host: string, family: 4 | 6) => Promise<string>;
}

interface Entry {
  readonly address: string;
  readonly until: number;
}

const defaultLifetime = 30_000;
const capacity = 1_000;

/**
 * Turns the host of a flow into an IP address when something is sent to it. Names are asked for once at a time and
 * kept for a short while, so that a trunk's name costs no lookup per message; failures are not kept.
 */
export class DnsCache {
  readonly #options: DnsCacheOptions;
  readonly #known = new Map<string, Entry>();
  readonly #asked = new Map<string, Promise<string>>();

  constructor(options: DnsCacheOptions) {
    this.#options = options;
  }

  /**
   * The address, at once where it is known.
   *
   * @returns a promise that rejects with the resolver's error when the name has no address
   */
  resolve(host: string): string | Promise<string> {
    if (isIP(host) !== 0) return host;
    const name = host.toLowerCase();
    const entry = this.#known.get(name);
    if (entry !== undefined && this.#options.clock() < entry.until) return entry.address;
    const asked = this.#asked.get(name) ?? this.#ask(name).finally(() => this.#asked.delete(name));
    this.#asked.set(name, asked);
    return asked;
  }

  async #ask(name: string): Promise<string> {
    const { family, clock, lifetime = defaultLifetime, resolve = systemResolver } = this.#options;
    const address = await resolve(name, family);
    const oldest = this.#known.keys().next();
    if (this.#known.size >= capacity && !oldest.done) this.#known.delete(oldest.value);
    this.#known.set(name, { address, until: clock() + lifetime });
    return address;
  }
}

async function systemResolver(host: string, family: 4 | 6): Promise<string> {
  return (await lookup(host, { family })).address;
}
