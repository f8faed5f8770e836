/** What an operator does with trunks, in whole steps over the store. */
import { RuleViolation } from './rule-violation.ts';
import {
  changedTrunk,
  newTrunk,
  type NewTrunk,
  type Trunk,
  type TrunkChange,
  type TrunkStore,
} from './trunk.ts';
import { Turns } from './turns.ts';

export interface TrunkAdministrationOptions {
  readonly store: TrunkStore;
  readonly now: () => number;
  /** Puts the trunks there are now in force. */
  readonly apply: (trunks: readonly Trunk[]) => void;
}

/** Applies the rules, keeps the result and puts it in force. Rejects with RuleViolation when a rule forbids it. */
export class TrunkAdministration {
  readonly #options: TrunkAdministrationOptions;
  readonly #turns = new Turns();

  constructor(options: TrunkAdministrationOptions) {
    this.#options = options;
  }

  trunks(): Promise<Trunk[]> {
    return this.#options.store.trunks();
  }

  async trunk(name: string): Promise<Trunk> {
    const trunk = await this.#options.store.trunk(name);
    if (trunk !== undefined) return trunk;
    throw new RuleViolation('trunk-unknown', 'There is no trunk of this name to be changed.', {
      field: 'name',
      remedy: 'openvoicecall trunk list shows the trunks; that of --trunk is changed in the settings.',
    });
  }

  create(wanted: NewTrunk): Promise<Trunk> {
    return this.#turns.take(async () => {
      const trunk = newTrunk(wanted, this.#options.now());
      if ((await this.#options.store.trunk(trunk.name)) !== undefined) {
        throw new RuleViolation('trunk-taken', 'There is a trunk of this name.', {
          field: 'name',
          remedy: 'Choose another name, or update that trunk.',
        });
      }
      await this.#put(trunk);
      return trunk;
    });
  }

  update(name: string, change: TrunkChange): Promise<Trunk> {
    return this.#turns.take(async () => {
      const trunk = changedTrunk(await this.trunk(name), change);
      await this.#put(trunk);
      return trunk;
    });
  }

  remove(name: string): Promise<Trunk> {
    return this.#turns.take(async () => {
      const trunk = await this.trunk(name);
      await this.#options.store.removeTrunk(name);
      await this.#apply();
      return trunk;
    });
  }

  async #put(trunk: Trunk): Promise<void> {
    await this.#options.store.putTrunk(trunk);
    await this.#apply();
  }

  async #apply(): Promise<void> {
    this.#options.apply(await this.#options.store.trunks());
  }
}
