/** Counts failures to sign in, and locks out after too many. What is counted survives a restart. */
import { createHash } from 'node:crypto';
import { Turns } from './turns.ts';
import type { PeopleStore } from './user.ts';

const MINUTE = 60_000;

interface Limit {
  readonly failures: number;
  /** ms in which they count. */
  readonly window: number;
  /** ms */
  readonly lockedFor: number;
}

/** Of a name it makes no difference whether it exists: neither the answers nor the locks tell. */
export const lockOutLimits: Readonly<Record<'name' | 'address', Limit>> = {
  name: { failures: 5, window: 15 * MINUTE, lockedFor: 15 * MINUTE },
  address: { failures: 20, window: 5 * MINUTE, lockedFor: 30 * MINUTE },
};

export interface SignInAttempt {
  readonly spId: string;
  readonly name: string;
  readonly address: string;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const subjectsOf = ({ spId, name, address }: SignInAttempt) =>
  [
    [`name:${digest(`${spId}/${name}`)}`, lockOutLimits.name],
    [`address:${digest(address)}`, lockOutLimits.address],
  ] as const;

export class LockOut {
  readonly #store: PeopleStore;
  /** Attempts at the same time must not count as one. */
  readonly #turns = new Turns();

  constructor(store: PeopleStore) {
    this.#store = store;
  }

  /**
   * Counts an attempt as a failure until it has succeeded, so that no more than the limit are ever under way.
   * @returns ms until the next one may be made; undefined when this one may
   */
  begin(attempt: SignInAttempt, now: number): Promise<number | undefined> {
    return this.#turns.take(async () => {
      const known = await Promise.all(subjectsOf(attempt).map(([subject]) => this.#store.failures(subject)));
      const lockedUntil = Math.max(...known.map((failures) => failures?.lockedUntil ?? 0));
      if (lockedUntil > now) return lockedUntil - now;
      for (const [index, [subject, limit]] of subjectsOf(attempt).entries()) {
        const old = known[index];
        const current =
          old !== undefined && old.since > now - limit.window && old.lockedUntil === 0 ? old : undefined;
        const failures = (current?.failures ?? 0) + 1;
        const locked = failures >= limit.failures ? now + limit.lockedFor : 0;
        await this.#store.putFailures(subject, {
          failures,
          since: current?.since ?? now,
          lockedUntil: locked,
        });
      }
      return undefined;
    });
  }

  /** The attempt was none to be counted; with `forget`, nothing before it counts against the name either. */
  undo(attempt: SignInAttempt, { forget }: { readonly forget: boolean }): Promise<void> {
    return this.#turns.take(async () => {
      for (const [subject, limit] of subjectsOf(attempt)) {
        const known = await this.#store.failures(subject);
        if (known === undefined) continue;
        const failures = forget && limit === lockOutLimits.name ? 0 : Math.max(0, known.failures - 1);
        await this.#store.putFailures(subject, { failures, since: known.since, lockedUntil: 0 });
      }
    });
  }
}
