import type { OutboxPush } from '../call/outbox.ts';

interface KnownPush {
  readonly id: number;
  /** When it was queued here, ms since the epoch. */
  readonly since: number;
  /** What became of it is known, and not yet written. */
  answered: boolean;
}

/** Pushes in a queue or on their way. */
export class KnownPushes {
  readonly #pushes = new Map<number, KnownPush>();
  /** The same by the calls they tell of. */
  readonly #calls = new Map<string, Set<KnownPush>>();

  /** While the outbox is being looked into: those that went meanwhile, for what it tells may be older than that. */
  #goneMeanwhile: Set<number> | undefined;

  beginLook(): void {
    this.#goneMeanwhile = new Set();
  }

  endLook(): void {
    this.#goneMeanwhile = undefined;
  }

  /** Whether it is here, or was when the present look began. */
  has(id: number): boolean {
    return this.#pushes.has(id) || this.#goneMeanwhile?.has(id) === true;
  }

  add({ id, sessionId }: OutboxPush, now: number): void {
    const push: KnownPush = { id, since: now, answered: false };
    this.#pushes.set(id, push);
    const ofCall = this.#calls.get(sessionId);
    if (ofCall === undefined) this.#calls.set(sessionId, new Set([push]));
    else ofCall.add(push);
  }

  answered(pushes: readonly OutboxPush[]): void {
    for (const { id } of pushes) {
      const push = this.#pushes.get(id);
      if (push !== undefined) push.answered = true;
    }
  }

  delete(pushes: readonly OutboxPush[]): void {
    for (const { id, sessionId } of pushes) {
      this.#goneMeanwhile?.add(id);
      const push = this.#pushes.get(id);
      if (push === undefined) continue;
      this.#pushes.delete(id);
      const ofCall = this.#calls.get(sessionId);
      ofCall?.delete(push);
      if (ofCall?.size === 0) this.#calls.delete(sessionId);
    }
  }

  /**
   * Whether a push has to wait for an earlier one of its call: always for one whose outcome is not yet written, for others
   * that came here after `patienceEndedAt`. The outbox counts patience from when a push fell due, which may be long before
   * anybody could read it.
   */
  isHeldUp({ id, sessionId }: OutboxPush, patienceEndedAt: number): boolean {
    for (const earlier of this.#calls.get(sessionId) ?? []) {
      if (earlier.id < id && (earlier.answered || earlier.since > patienceEndedAt)) return true;
    }
    return false;
  }
}
