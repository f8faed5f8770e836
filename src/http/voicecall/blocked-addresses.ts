import type { Clock, Logger } from '../../call/ports.ts';
import type { BlockedUntil, LimitStore, SettingName } from '../../limits/ports.ts';
import { defaultFailureLimits, FailureGuard } from './failure-guard.ts';

export interface BlockedAddressesOptions {
  readonly store: LimitStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

const nameOf = (address: string): SettingName & { kind: 'blocked' } => ({
  kind: 'blocked',
  owner: '',
  name: address,
});

/** Addresses that failed too often: counted in memory, and kept once they are blocked, so that a restart frees nobody. */
export class BlockedAddresses {
  readonly guard: FailureGuard;
  readonly #options: BlockedAddressesOptions;

  constructor(options: BlockedAddressesOptions) {
    this.#options = options;
    this.guard = new FailureGuard(defaultFailureLimits, (blocked) => this.#keep(blocked));
  }

  async load(): Promise<void> {
    const now = this.#options.clock.now();
    for (const blocked of await this.#options.store.settings('blocked')) {
      if (now < blocked.until) this.guard.block(blocked);
    }
  }

  list(): BlockedUntil[] {
    return this.guard.blocked(this.#options.clock.now());
  }

  /** @returns what it was blocked as; undefined when it was not */
  async unblock(address: string): Promise<string | undefined> {
    const blocked = this.guard.unblock(address);
    if (blocked !== undefined) await this.#options.store.remove(nameOf(blocked));
    return blocked;
  }

  /** Nobody waits for it: the address is refused already. */
  #keep(blocked: BlockedUntil): void {
    const { store, log } = this.#options;
    store.put(nameOf(blocked.address), blocked).catch((error: unknown) => {
      log.warn({ err: error }, 'a blocked address could not be kept');
    });
  }
}

/** Forgets the addresses that are served again. */
export async function removeUnblocked(store: LimitStore, now: number): Promise<void> {
  for (const { address, until } of await store.settings('blocked')) {
    if (until <= now) await store.remove(nameOf(address));
  }
}
