import type { OutboxPush } from '../call/outbox.ts';
import type { ReceiverHealth } from '../call/push-ledger.ts';
import { Breaker } from './breaker.ts';
import { mergePushes, type Post } from './merge.ts';

/** Pushes of one receiver that are kept in memory; what is beyond stays in the outbox until there is room. */
export const LONGEST_QUEUE = 256;

/** What is known of one receiver: its pushes that may be sent, those on their way, and whether it is well. */
export class Lane {
  readonly receiver: string;
  readonly breaker = new Breaker();
  /** POSTs on their way, or answered and not yet written down. */
  readonly onTheirWay = new Set<Post>();
  /** The outbox may hold pushes that are due and not in this queue. */
  more = false;
  #statuses: OutboxPush[] = [];
  #cdrs: OutboxPush[] = [];
  #gatheredAt = Infinity;
  #lookAt = Infinity;
  /** Pushes behind pushes to other receivers, by id: when they wait for them no longer. In the order of these times. */
  readonly #heldBack = new Map<number, number>();

  constructor(receiver: string) {
    this.receiver = receiver;
  }

  /** Pushes in the queue. */
  get waiting(): number {
    return this.#statuses.length + this.#cdrs.length;
  }

  get full(): boolean {
    return this.waiting >= LONGEST_QUEUE;
  }

  /** Nothing would be forgotten with it. */
  get forgettable(): boolean {
    const { waiting, onTheirWay, more, lookAt, breaker } = this;
    return waiting === 0 && onTheirWay.size === 0 && !more && lookAt === Infinity && breaker.failures === 0;
  }

  health(now: number): ReceiverHealth {
    const { receiver, breaker } = this;
    // App keys have no blanks.
    const blank = receiver.indexOf(' ');
    const state = breaker.state(now);
    return {
      appKey: receiver.slice(0, blank),
      url: receiver.slice(blank + 1),
      breaker: state,
      failures: breaker.failures,
      probeAt: state === 'open' ? breaker.until : undefined,
      onTheirWay: this.onTheirWay.size,
    };
  }

  /** When to look into the outbox in any case: something becomes due, or patience ends. */
  get lookAt(): number {
    const [patienceEnd = Infinity] = this.#heldBack.values();
    return Math.min(this.#lookAt, patienceEnd);
  }

  add(push: OutboxPush): void {
    this.#heldBack.delete(push.id);
    (push.kind === 'status' ? this.#statuses : this.#cdrs).push(push);
  }

  lookBy(time: number): void {
    this.#lookAt = Math.min(this.#lookAt, time);
  }

  /** A push that waits for others until `time`, unless it is added before. */
  holdBack(id: number, time: number): void {
    if (this.#heldBack.size < LONGEST_QUEUE) this.#heldBack.set(id, time);
    else this.lookBy(time);
  }

  /** To be called before the outbox is asked: it says anew when to look next. */
  forgetTimes(): void {
    this.#lookAt = Infinity;
    this.#heldBack.clear();
  }

  /** Takes at most `places` POSTs out of the queue; CDRs are held for `window` ms, for others to join them. */
  take(places: number, now: number, window: number): Post[] {
    const posts: Post[] = [];
    if (this.#cdrs.length > 0) {
      // With more waiting outside there is no room to wait for company.
      const merged = mergePushes(this.#cdrs, now, this.more ? 0 : window);
      posts.push(...merged.posts.slice(0, places));
      const taken = new Set(posts.flatMap(({ pushes }) => pushes));
      this.#cdrs = this.#cdrs.filter((push) => !taken.has(push));
      this.#gatheredAt = merged.posts.length > posts.length ? now : merged.gatheredAt;
    }
    for (const push of this.#statuses.splice(0, places - posts.length)) {
      posts.push({ appKey: push.appKey, url: push.url, pushes: [push] });
    }
    return posts;
  }

  /** Takes the status pushes out that were queued before `time`. */
  takeOlderThan(time: number): OutboxPush[] {
    if (!this.#statuses.some(({ queuedAt }) => queuedAt < time)) return [];
    const old = this.#statuses.filter(({ queuedAt }) => queuedAt < time);
    this.#statuses = this.#statuses.filter(({ queuedAt }) => queuedAt >= time);
    return old;
  }

  /** When there is something to do though nothing else happens. */
  nextTime(now: number): number {
    const held = this.waiting > 0 || this.more;
    const probe = held && this.breaker.state(now) === 'open' ? this.breaker.until : Infinity;
    const gathered = this.#cdrs.length > 0 && this.#gatheredAt > now ? this.#gatheredAt : Infinity;
    return Math.min(this.lookAt, probe, gathered);
  }
}
