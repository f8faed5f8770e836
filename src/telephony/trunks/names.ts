import { Resolver } from 'node:dns/promises';
import type { AddressResolver } from '../dns-cache.ts';

/** An SRV record (RFC 2782). */
export interface Service {
  /** Host, without the dot at its end. */
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** What trunks ask name servers. */
export interface Names {
  /** The SRV records of `_sip._udp.example.com` and its like; empty when there are none. Rejects when nobody knows. */
  services(name: string): Promise<readonly Service[]>;
}

export interface NodeNamesOptions {
  /** `HOST:PORT` of name servers; absent: those of the system. */
  readonly servers?: readonly string[];
  /** For one question, ms. */
  readonly timeout?: number;
}

/** Neither the name nor records of the type: an answer, not a failure. */
const none = new Set(['ENOTFOUND', 'ENODATA']);

/** Asks name servers over the network. */
export class NodeNames implements Names {
  readonly #resolver: Resolver;

  constructor({ servers, timeout = 1_500 }: NodeNamesOptions = {}) {
    this.#resolver = new Resolver({ timeout, tries: 2 });
    if (servers !== undefined) this.#resolver.setServers([...servers]);
  }

  async services(name: string): Promise<readonly Service[]> {
    try {
      return await this.#resolver.resolveSrv(name);
    } catch (error) {
      if (error instanceof Error && 'code' in error && none.has(String(error.code))) return [];
      throw error;
    }
  }

  /** Addresses of hosts from the same servers, past the system's hosts file. */
  readonly addresses: AddressResolver = (host, family) =>
    family === 6 ? this.#resolver.resolve6(host) : this.#resolver.resolve4(host);
}
