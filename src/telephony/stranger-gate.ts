/**
 * Keeps floods away from the parser. An address that we have sent a request to, or that has shown that it is a party of
 * one of our dialogs, is an acquaintance and passes; all others are strangers and share out little: each address has a
 * rate of its own, all of them together another, for addresses can be forged. What is over it is dropped unread.
 */

/** Messages and new connections a second, and how many may come at once after a pause. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface StrangerLimits {
  readonly each: Rate;
  readonly together: Rate;
  /** Addresses whose rate is remembered; the one that was new longest ago is forgotten first. */
  readonly sources: number;
  /** Connections that one address may hold. */
  readonly connections: number;
}

/** @param perSecond what a single stranger may send; all of them together twenty times that */
export function strangerLimits(perSecond: number): StrangerLimits {
  return Object.freeze({
    each: { perSecond, burst: 5 * perSecond },
    together: { perSecond: 20 * perSecond, burst: 40 * perSecond },
    sources: 10_000,
    connections: 64,
  });
}

/** How long an acquaintance is one after the last request to it, ms: longer than any session timer of ours. */
const acquaintance = 86_400_000;
/** An acquaintance is noted anew at most so often, ms. */
const noting = 60_000;
const acquaintances = 10_000;

class Bucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  take(now: number): boolean {
    const { perSecond, burst } = this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) * perSecond) / 1_000);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

export class StrangerGate {
  /** What was not let in: `flooded` messages, and `floodedConnection`s. */
  readonly counters = { flooded: 0, floodedConnection: 0 };
  readonly #limits: StrangerLimits;
  readonly #clock: () => number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #together: Bucket;
  /** When each was noted; the one that was noted longest ago is first. */
  readonly #known = new Map<string, number>();
  readonly #connections = new Map<string, number>();

  /** @param clock ms, monotonic, from any origin */
  constructor(limits: StrangerLimits, clock: () => number) {
    this.#limits = limits;
    this.#clock = clock;
    this.#together = new Bucket(limits.together, clock());
  }

  /** What is kept at the moment. */
  get size(): { readonly sources: number; readonly known: number; readonly connections: number } {
    return { sources: this.#buckets.size, known: this.#known.size, connections: this.#connections.size };
  }

  /** @param host an IP address; from now on it is no stranger */
  know(host: string): void {
    const now = this.#clock();
    const noted = this.#known.get(host);
    if (noted !== undefined && now - noted < noting) return;
    this.#known.delete(host);
    makeRoom(this.#known, acquaintances);
    this.#known.set(host, now);
  }

  isKnown(host: string): boolean {
    const noted = this.#known.get(host);
    return noted !== undefined && this.#clock() - noted < acquaintance;
  }

  /** Whether a message from there is to be looked at. */
  admits(host: string): boolean {
    if (this.isKnown(host) || this.#take(networkOf(host))) return true;
    this.counters.flooded += 1;
    return false;
  }

  /** Whether a connection from there may be kept; if so, `disconnected` is to be called when it has ended. */
  connects(host: string): boolean {
    const network = networkOf(host);
    const held = this.#connections.get(network) ?? 0;
    if (!this.isKnown(host) && (held >= this.#limits.connections || !this.#take(network))) {
      this.counters.floodedConnection += 1;
      return false;
    }
    this.#connections.set(network, held + 1);
    return true;
  }

  disconnected(host: string): void {
    const network = networkOf(host);
    const held = this.#connections.get(network) ?? 0;
    if (held > 1) this.#connections.set(network, held - 1);
    else this.#connections.delete(network);
  }

  #take(network: string): boolean {
    const now = this.#clock();
    let bucket = this.#buckets.get(network);
    if (bucket === undefined) {
      bucket = new Bucket(this.#limits.each, now);
      makeRoom(this.#buckets, this.#limits.sources);
      this.#buckets.set(network, bucket);
    }
    // Its own rate first: one that is over it must not use up what all the others share.
    return bucket.take(now) && this.#together.take(now);
  }
}

function makeRoom(table: Map<string, unknown>, capacity: number): void {
  if (table.size < capacity) return;
  const [oldest] = table.keys();
  if (oldest !== undefined) table.delete(oldest);
}

/** An IPv4 address; of an IPv6 address, as the system writes it, the /64 that one customer holds. */
function networkOf(host: string): string {
  if (!host.includes(':')) return host;
  const [before = ''] = host.split('::', 1);
  return before.split(':').slice(0, 4).join(':');
}
