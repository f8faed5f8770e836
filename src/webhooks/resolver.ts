import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Clock } from '../call/ports.ts';

/** Asks the system for all addresses of a name. */
export type ResolveAll = (
  name: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** Milliseconds after which a name is asked for again, while its last addresses still serve. */
const FRESH = 10_000;

/** Milliseconds that the last addresses of a name serve at most, where nobody knows it any more. */
const LONGEST_MEMORY = 3_600_000;

/**
 * Questions to the system at a time. Each occupies one of four threads that files and ciphers need too, for as long as a
 * name server is silent; the others wait here.
 */
const AT_ONCE = 2;

type Answer = readonly [error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]];

const askSystem: ResolveAll = (name, callback) => systemLookup(name, { all: true }, callback);

interface Name {
  addresses: readonly LookupAddress[];
  /** When they were learnt. */
  at: number;
  asking: Promise<Answer> | undefined;
}

/**
 * Resolves the names of receivers. Who asks for the same name shares the question, and nobody whose name is known waits for
 * a name server: not for his own, and not for that of others. Every connection still goes to an address that was judged
 * for it (connector.ts).
 */
export class Resolver {
  readonly #clock: Clock;
  readonly #ask: ResolveAll;
  readonly #names = new Map<string, Name>();
  readonly #waiting: (() => void)[] = [];
  #asking = 0;

  constructor(clock: Clock, ask: ResolveAll = askSystem) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** As `net.connect` wants it. */
  readonly lookup: LookupFunction = (name, options, callback) => {
    void this.#tell(name, options, callback);
  };

  async #tell(...[name, options, callback]: Parameters<LookupFunction>): Promise<void> {
    const [error, addresses] = await this.#resolve(name);
    const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : options.family;
    const wanted = family ? addresses.filter((address) => address.family === family) : [...addresses];
    const [first] = wanted;
    const failure = error ?? (first === undefined ? noAddress(name) : null);
    if (failure !== null || first === undefined) callback(failure, []);
    else if (options.all === true) callback(null, wanted);
    else callback(null, first.address, first.family);
  }

  #resolve(text: string): Promise<Answer> {
    const name = text.toLowerCase();
    const now = this.#clock.now();
    const entry = this.#names.get(name) ?? { addresses: [], at: -Infinity, asking: undefined };
    this.#names.set(name, entry);
    if (now - entry.at >= FRESH) entry.asking ??= this.#learn(name, entry);
    const serves = entry.addresses.length > 0 && now - entry.at < LONGEST_MEMORY;
    return serves || entry.asking === undefined ? Promise.resolve([null, entry.addresses]) : entry.asking;
  }

  async #learn(name: string, entry: Name): Promise<Answer> {
    const answer = await this.#question(name);
    const [error, addresses] = answer;
    const now = this.#clock.now();
    entry.asking = undefined;
    if (error === null) [entry.addresses, entry.at] = [addresses, now];
    for (const [old, { at, asking }] of this.#names) {
      if (asking === undefined && now - at >= LONGEST_MEMORY) this.#names.delete(old);
    }
    return answer;
  }

  async #question(name: string): Promise<Answer> {
    if (this.#asking >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#asking += 1;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#ask(name, (error, addresses) => resolve([error, addresses ?? []]));
    const answer = await promise;
    // The place goes to the next in line.
    const next = this.#waiting.shift();
    if (next === undefined) this.#asking -= 1;
    else next();
    return answer;
  }
}

const noAddress = (name: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' });
