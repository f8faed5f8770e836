import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

export interface DnsCacheOptions {
  /** Addresses of this IP version only: that of the sockets which send to them. */
  readonly family: 4 | 6;
  /** ms, from any origin. */
  readonly clock: () => number;
  /** How long an address is used without asking again, ms. */
  readonly lifetime?: number;
  /** The addresses of one name, best first, or rejects; the system's resolver unless a test brings its own. */
  readonly resolve?: AddressResolver | undefined;
}

export type AddressResolver = (host: string, family: 4 | 6) => Promise<readonly string[]>;

/** One address at least. */
type Addresses = readonly [string, ...string[]];

interface Entry {
  readonly addresses: Addresses;
  readonly until: number;
}

const defaultLifetime = 30_000;
const capacity = 1_000;

/**
 * Turns the host of a flow into IP addresses: all of them before a call is dialled, which keeps to one from then on, or
 * the first when something is sent to a name that came up in between. Names are asked for once at a time and
 * kept for a short while, so that a trunk's name costs no lookup per message; failures are not kept.
 */
export class DnsCache {
  readonly #options: DnsCacheOptions;
  readonly #known = new Map<string, Entry>();
  readonly #asked = new Map<string, Promise<Addresses>>();

  constructor(options: DnsCacheOptions) {
    this.#options = options;
  }

  /**
   * The first address, at once where it is known.
   *
   * @returns a promise that rejects with the resolver's error when the name has no address
   */
  resolve(host: string): string | Promise<string> {
    const addresses = this.#lookUp(host);
    return addresses instanceof Promise ? addresses.then(([first]) => first) : addresses[0];
  }

  /** The first address where it is known, without asking for it. */
  known(host: string): string | undefined {
    return isIP(host) === 0 ? this.#fresh(host.toLowerCase())?.[0] : host;
  }

  /** All addresses, in the resolver's order. Rejects as `resolve` does. */
  async addresses(host: string): Promise<Addresses> {
    return this.#lookUp(host);
  }

  #lookUp(host: string): Addresses | Promise<Addresses> {
    if (isIP(host) !== 0) return [host];
    const name = host.toLowerCase();
    const fresh = this.#fresh(name);
    if (fresh !== undefined) return fresh;
    const asked = this.#asked.get(name) ?? this.#ask(name).finally(() => this.#asked.delete(name));
    this.#asked.set(name, asked);
    return asked;
  }

  #fresh(name: string): Addresses | undefined {
    const entry = this.#known.get(name);
    return entry !== undefined && this.#options.clock() < entry.until ? entry.addresses : undefined;
  }

  async #ask(name: string): Promise<Addresses> {
    const { family, clock, lifetime = defaultLifetime, resolve = systemResolver } = this.#options;
    const [first, ...others] = await resolve(name, family);
    if (first === undefined) throw new Error(`${name} has no IPv${family} address`);
    const addresses: Addresses = [first, ...others];
    const oldest = this.#known.keys().next();
    if (this.#known.size >= capacity && !oldest.done) this.#known.delete(oldest.value);
    this.#known.set(name, { addresses, until: clock() + lifetime });
    return addresses;
  }
}

async function systemResolver(host: string, family: 4 | 6): Promise<string[]> {
  const found = await lookup(host, { family, all: true });
  return found.map(({ address }) => address);
}
