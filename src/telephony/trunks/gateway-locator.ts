import { isIP } from 'node:net';
import type { Random } from '../../call/ports.ts';
import { defaultPort, type Flow, type Transport } from '../../sip/flow.ts';
import { HostUnresolvedError } from '../sip-sockets.ts';
import type { TrunkAddress } from '../trunk.ts';
import type { Names, Service } from './names.ts';

export interface GatewayLocatorOptions {
  readonly names: Names;
  /** The same flow to each address of its host, best first; rejects with HostUnresolvedError. */
  readonly resolve: (flow: Flow) => Promise<readonly Flow[]>;
  /** ms, from any origin. */
  readonly clock: () => number;
  readonly random: Random;
}

/** How long what was found is used without asking again, ms. */
const LIFETIME = 30_000;

/** RFC 3263 section 4.1. */
const services: Readonly<Record<Transport, string>> = {
  UDP: '_sip._udp',
  TCP: '_sip._tcp',
  TLS: '_sips._tcp',
};

/** Servers tried for one name; more would be tried longer than a phone rings. */
const most = 10;

/**
 * Where a trunk's gateways are (RFC 3263 section 4.2): SRV records of a name without a port, in the order of RFC 2782,
 * then the addresses of the hosts they name. What was known before is used while name servers do not answer.
 */
export class GatewayLocator {
  readonly #options: GatewayLocatorOptions;
  readonly #known = new Map<string, { readonly services: readonly Service[]; readonly until: number }>();

  constructor(options: GatewayLocatorOptions) {
    this.#options = options;
  }

  /**
   * Every gateway of an address, best first; at least one.
   *
   * @throws {HostUnresolvedError}
   */
  async locate({ host, port }: TrunkAddress, transport: Transport): Promise<readonly Flow[]> {
    const { resolve } = this.#options;
    const plain: Flow = { transport, host, port: port ?? defaultPort(transport) };
    if (port !== undefined || isIP(host) !== 0) return resolve(plain);
    const found = await this.#services(`${services[transport]}.${host}`);
    if (found.length === 0) return resolve(plain);
    // RFC 2782: a lone "." says that the service is decidedly not there.
    const offered = found.filter(({ name }) => name !== '' && name !== '.');
    if (offered.length === 0) throw new HostUnresolvedError(host, `it offers no SIP over ${transport}`);
    return this.#resolveAll(host, inOrder(offered, this.#options.random).slice(0, most), transport);
  }

  async #resolveAll(
    host: string,
    wanted: readonly Service[],
    transport: Transport,
  ): Promise<readonly Flow[]> {
    const settled = await Promise.allSettled(
      wanted.map(({ name, port }) => this.#options.resolve({ transport, host: name, port })),
    );
    const flows = settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    const failure = settled.find((one) => one.status === 'rejected');
    if (flows.length === 0) throw new HostUnresolvedError(host, failure?.reason);
    // The domain is what URIs name: what belongs to the session goes to the gateway that has it.
    return flows.map((flow) => ({ ...flow, name: host }));
  }

  async #services(name: string): Promise<readonly Service[]> {
    const { names, clock } = this.#options;
    const known = this.#known.get(name);
    if (known !== undefined && clock() < known.until) return known.services;
    try {
      const found = await names.services(name);
      this.#known.set(name, { services: found, until: clock() + LIFETIME });
      return found;
    } catch {
      // The addresses decide whether the name leads anywhere; without old records the name itself is tried.
      return known?.services ?? [];
    }
  }
}

/** RFC 2782: by priority; within one, drawn by weight, so that a heavier server comes first more often. */
export function inOrder(wanted: readonly Service[], random: Random): Service[] {
  const ordered: Service[] = [];
  const priorities = [...new Set(wanted.map(({ priority }) => priority))].sort((a, b) => a - b);
  for (const priority of priorities)
    ordered.push(
      ...drawn(
        wanted.filter((service) => service.priority === priority),
        random,
      ),
    );
  return ordered;
}

/** Draws all of them one after the other, each with a chance by its weight; 0 has a small one (RFC 2782). */
export function drawn<T extends { readonly weight: number }>(wanted: readonly T[], random: Random): T[] {
  const left = wanted.filter(({ weight }) => weight === 0);
  left.push(...wanted.filter(({ weight }) => weight > 0));
  const ordered: T[] = [];
  while (left.length > 0) {
    const sum = left.reduce((total, { weight }) => total + weight, 0);
    const mark = random.integer(sum + 1);
    let running = 0;
    const index = left.findIndex(({ weight }) => (running += weight) >= mark);
    ordered.push(...left.splice(index, 1));
  }
  return ordered;
}
