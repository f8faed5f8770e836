import type { BlockedUntil } from '../../limits/ports.ts';
import { plainAddress } from './client-address.ts';

export interface FailureGuardLimits {
  /** Failures within `window` that block an address. */
  readonly failures: number;
  /** ms */
  readonly window: number;
  /** ms */
  readonly blockedFor: number;
  /** Addresses remembered at most; the oldest is forgotten first. */
  readonly addresses: number;
}

/** Spec 01 section 2: lifted after 30 minutes; the threshold is the recommended one. */
export const defaultFailureLimits: FailureGuardLimits = {
  failures: 20,
  window: 5 * 60_000,
  blockedFor: 30 * 60_000,
  addresses: 10_000,
};

/**
 * Counts authentication failures per client address and blocks an address that has too many. Memory is bounded: both
 * tables forget their oldest entry when full. Addresses of one IPv6 /64, which one customer holds, count as one.
 */
export class FailureGuard {
  readonly #limits: FailureGuardLimits;
  /** Times of recent failures, oldest first. */
  readonly #failures = new Map<string, number[]>();
  /** When the block ends. */
  readonly #blocked = new Map<string, number>();

  readonly #onBlocked: (blocked: BlockedUntil) => void;

  /** @param onBlocked called with each address when it is blocked */
  constructor(
    limits: FailureGuardLimits = defaultFailureLimits,
    onBlocked: (blocked: BlockedUntil) => void = () => {},
  ) {
    this.#limits = limits;
    this.#onBlocked = onBlocked;
  }

  /** Those that are blocked at this moment. */
  blocked(now: number): BlockedUntil[] {
    return [...this.#blocked].flatMap(([address, until]) => (now < until ? [{ address, until }] : []));
  }

  /** Blocks it, as an earlier process did. */
  block({ address, until }: BlockedUntil): void {
    this.#remember(this.#blocked, address, until);
  }

  /** Serves an address again. @returns what it was blocked as; undefined when it was not */
  unblock(address: string): string | undefined {
    const key = address.endsWith('/64') ? address : keyOf(address);
    this.#failures.delete(key);
    return this.#blocked.delete(key) ? key : undefined;
  }

  isBlocked(address: string, now: number): boolean {
    const key = keyOf(address);
    const until = this.#blocked.get(key);
    if (until === undefined) return false;
    if (now < until) return true;
    this.#blocked.delete(key);
    return false;
  }

  /** @returns true when this failure is the one that blocks the address */
  failed(address: string, now: number): boolean {
    const { failures, window, blockedFor } = this.#limits;
    const key = keyOf(address);
    const recent = (this.#failures.get(key) ?? []).filter((at) => at > now - window);
    recent.push(now);
    this.#failures.delete(key);
    if (recent.length < failures) {
      this.#remember(this.#failures, key, recent);
      return false;
    }
    const blocked = { address: key, until: now + blockedFor };
    this.block(blocked);
    this.#onBlocked(blocked);
    return true;
  }

  #remember<T>(table: Map<string, T>, key: string, value: T): void {
    const [oldest] = table.keys();
    if (table.size >= this.#limits.addresses && oldest !== undefined) table.delete(oldest);
    table.set(key, value);
  }
}

/** An IPv4 address as it is; of an IPv6 address the first four groups, the shortened zeros written out. */
export function keyOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(':')) return plain;
  const [before = [], after = []] = plain.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}/64`;
}
