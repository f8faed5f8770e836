import type { Clock } from '../../src/call/ports.ts';

/** A clock that stands still until a test moves it; due actions run in order of their time. */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #due = new Map<number, { at: number; order: number; action: () => void }>();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, action: () => void): () => void {
    const order = this.#order++;
    this.#due.set(order, { at: this.#now + milliseconds, order, action });
    return () => this.#due.delete(order);
  }

  /** When the next action is due; undefined when there is none. */
  get nextAt(): number | undefined {
    const times = [...this.#due.values()].map(({ at }) => at);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  get pending(): number {
    return this.#due.size;
  }

  /** Moves on by `milliseconds` without running anything, as when the process stood still. */
  leap(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Moves on by `milliseconds`, running what falls due and letting promises settle after each. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    await settle();
    for (;;) {
      const next = [...this.#due.values()]
        .filter(({ at }) => at <= until)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (next === undefined) break;
      this.#due.delete(next.order);
      this.#now = next.at;
      next.action();
      await settle();
    }
    this.#now = until;
  }
}

/** Lets everything that hangs on already resolved promises happen. */
export async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
