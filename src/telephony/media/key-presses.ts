/**
 * One press of a key may arrive in several ways: as a telephone-event, as the tone that leaked into the audio before it,
 * and in a SIP INFO. It is to be told once.
 */
import type { Key } from '../../rtp/telephone-event.ts';

export type KeySource = 'telephone-event' | 'in-band' | 'info';

/** Milliseconds within which the ways tell of the same press: INFO may come when the key is let go. */
const SAME_PRESS = 1000;

interface Press {
  readonly key: Key;
  readonly at: number;
  readonly sources: Set<KeySource>;
}

export class KeyPresses {
  readonly #recent: Press[] = [];

  /**
   * A source tells of each press once; so what it tells belongs to the oldest recent press it has not told of yet, and
   * is a new press where there is none.
   *
   * @param now milliseconds of any steady clock
   * @returns whether it is a press that no other source told of before
   */
  isNew(key: Key, source: KeySource, now: number): boolean {
    while (this.#recent.length > 0 && now - this.#recent[0]!.at > SAME_PRESS) this.#recent.shift();
    const told = this.#recent.find((press) => press.key === key && !press.sources.has(source));
    if (told !== undefined) {
      told.sources.add(source);
      return false;
    }
    this.#recent.push({ key, at: now, sources: new Set([source]) });
    return true;
  }
}
