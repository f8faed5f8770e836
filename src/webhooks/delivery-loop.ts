import type { App } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/ports.ts';
import type { AttemptOutcome, Outbox, OutboxAgenda, OutboxMoment } from '../call/outbox.ts';
import type { Clock, Logger, Random } from '../call/ports.ts';
import { isDelivered, type PushSender, type SendResult } from './deliver.ts';
import { bodyOf, mergePushes, type Post } from './merge.ts';
import { documentedRetries, nextStep, type RetryPolicies } from './schedule.ts';
import { createdTimestamp, nonce, signatureHeaders, type CreatedZone } from './sign.ts';

export interface DeliveryLoopOptions {
  readonly outbox: Outbox;
  /** Whose secret signs. */
  readonly accounts: Pick<AccountStore, 'app'>;
  readonly sender: PushSender;
  readonly clock: Clock;
  /** Cryptographically strong. */
  readonly random: Random;
  readonly log: Logger;
  readonly retries?: RetryPolicies;
  /** Which clock the signature's `Created` shows; UTC by default. */
  readonly created?: CreatedZone;
  /** Milliseconds a CDR waits for others of its app and URL; 200 by default, 0 for none. */
  readonly gatheringWindow?: number;
  /** Milliseconds a push waits at most for earlier pushes of its call to other receivers; 5,000 by default. */
  readonly orderPatience?: number;
  /** POSTs on their way to one receiver at a time; 32 by default. */
  readonly perReceiver?: number;
  /** Milliseconds `stop` waits for POSTs on their way; 2,000 by default. */
  readonly stopGrace?: number;
}

/** Pushes read from the outbox at once, at most. */
const PAGE = 256;

/** How long to leave the database alone after it failed. */
const DATABASE_PAUSE = 1_000;

/** Beyond 2^31 ms a timer of the platform fires at once; looking in vain once an hour costs nothing. */
const LONGEST_SLEEP = 3_600_000;

/** What is on its way to one receiver. */
type Lane = Set<Post>;

/**
 * Sends what the outbox holds. It keeps nothing but the POSTs that are on their way: what is due, and in which order, the
 * outbox is asked for anew each time. So a crash loses nothing, and a receiver with a million pushes waiting costs no
 * memory and delays nobody else.
 */
export class DeliveryLoop {
  readonly #options: DeliveryLoopOptions;
  readonly #clock: Clock;
  readonly #patience: number;
  readonly #perReceiver: number;
  readonly #stop = new AbortController();
  readonly #lanes = new Map<string, Lane>();
  readonly #onTheirWay = new Set<Promise<void>>();
  #running = false;
  #startedAt = 0;
  #looking: Promise<void> | undefined;
  #gathering: number;
  #lookAgain = false;
  #databaseAwayUntil = -Infinity;
  #stopTimer: (() => void) | undefined;

  constructor(options: DeliveryLoopOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#patience = options.orderPatience ?? 5_000;
    this.#perReceiver = options.perReceiver ?? 32;
    this.#gathering = options.gatheringWindow ?? 200;
  }

  /** Begins with what an earlier run left. */
  start(): void {
    this.#running = true;
    this.#startedAt = this.#clock.now();
    this.wake();
  }

  /** To be called after pushes were committed: they go out now and not when the next is due. */
  wake(): void {
    if (!this.#running) return;
    if (this.#looking === undefined) this.#looking = this.#look();
    else this.#lookAgain = true;
  }

  /** Sends what is due without waiting for company, for at most `milliseconds`: a stop leaves little to the next start. */
  async finish(milliseconds: number): Promise<void> {
    this.#gathering = 0;
    this.wake();
    const { promise: over, resolve } = Promise.withResolvers<'over'>();
    const stopTimer = this.#clock.after(milliseconds, () => resolve('over'));
    const nothingLeft = async (): Promise<void> => {
      while (this.#looking !== undefined || this.#onTheirWay.size > 0) {
        await this.#looking;
        await Promise.allSettled(this.#onTheirWay);
      }
    };
    await Promise.race([nothingLeft(), over]);
    stopTimer();
  }

  /** Sends nothing new, waits a little for what is on its way, and leaves the rest pending. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    this.#stopTimer?.();
    await this.#looking;
    const { promise: graceOver, resolve } = Promise.withResolvers<void>();
    const stopTimer = this.#clock.after(this.#options.stopGrace ?? 2_000, resolve);
    await Promise.race([Promise.allSettled(this.#onTheirWay), graceOver]);
    stopTimer();
    this.#stop.abort();
    await Promise.allSettled(this.#onTheirWay);
  }

  async #look(): Promise<void> {
    do {
      this.#lookAgain = false;
      await this.#lookOnce();
    } while (this.#lookAgain && this.#running);
    this.#looking = undefined;
  }

  async #lookOnce(): Promise<void> {
    const now = this.#clock.now();
    if (now < this.#databaseAwayUntil) return;
    try {
      const moment = { now, patienceEndedAt: this.#patienceEndedAt(now) };
      let next = Infinity;
      for (const entry of await this.#options.outbox.agenda(moment)) {
        next = Math.min(next, await this.#serve(entry, moment));
      }
      this.#lookAt(next);
    } catch (error) {
      this.#options.log.error({ err: error }, 'pushes could not be read, trying again');
      this.#databaseAwayUntil = now + DATABASE_PAUSE;
      this.#lookAt(this.#databaseAwayUntil);
    }
  }

  /** After a start, what was left over is new to us: order is worth waiting for again. */
  #patienceEndedAt(now: number): number {
    const ended = now - this.#patience;
    return ended >= this.#startedAt ? ended : 0;
  }

  #lookAt(time: number): void {
    this.#stopTimer?.();
    if (time === Infinity || !this.#running) return;
    const sleep = Math.min(Math.max(0, time - this.#clock.now()), LONGEST_SLEEP);
    this.#stopTimer = this.#clock.after(sleep, () => this.wake());
  }

  /** Fills the free places of one receiver; returns when to look again if nothing happens before. */
  async #serve(entry: OutboxAgenda, moment: OutboxMoment): Promise<number> {
    const { receiver, earliest, next = Infinity, waitingSince = Infinity } = entry;
    const lane = this.#lanes.get(receiver);
    const free = this.#perReceiver - (lane?.size ?? 0);
    // With every place taken, the end of an attempt wakes the loop.
    if (free === 0) return Infinity;
    if (earliest > moment.now) return next;
    const except = [...(lane ?? [])].flatMap((post) => post.pushes.map(({ id }) => id));
    const query = { ...moment, receiver, except };
    let pushes = await this.#options.outbox.ready({ ...query, limit: free });
    // CDRs share POSTs: a free place may take fifty of them.
    if (pushes.length === free && pushes.some(({ kind }) => kind === 'fee')) {
      pushes = await this.#options.outbox.ready({ ...query, limit: PAGE });
    }
    // A full page leaves no room to wait for company.
    const window = pushes.length < PAGE ? this.#gathering : 0;
    const { posts, gatheredAt } = mergePushes(pushes, moment.now, window);
    for (const post of posts.slice(0, free)) {
      const app = await this.#options.accounts.app(post.appKey);
      if (!this.#running) return Infinity;
      this.#dispatch(receiver, post, app);
    }
    const patienceEnds = Math.max(waitingSince, this.#startedAt) + this.#patience;
    return Math.min(next, gatheredAt, patienceEnds);
  }

  #dispatch(receiver: string, post: Post, app: App | undefined): void {
    const lane = this.#lanes.get(receiver) ?? new Set();
    this.#lanes.set(receiver, lane.add(post));
    const onItsWay = this.#attempt(post, app).finally(() => {
      lane.delete(post);
      if (lane.size === 0) this.#lanes.delete(receiver);
      this.#onTheirWay.delete(onItsWay);
      this.wake();
    });
    this.#onTheirWay.add(onItsWay);
  }

  async #attempt(post: Post, app: App | undefined): Promise<void> {
    const at = this.#clock.now();
    const result = await this.#send(post, app);
    // Given up by `stop`: the receiver may or may not have it, so it stays pending and is sent again.
    if (this.#stop.signal.aborted) return;
    const endedAt = this.#clock.now();
    const attempt = { delivered: isDelivered(result), endedAt };
    const { retries = documentedRetries } = this.#options;
    const outcomes = post.pushes.map((push) => ({
      pushId: push.id,
      attempt: push.attempts + 1,
      at,
      duration: endedAt - at,
      ...result,
      next: nextStep(push, attempt, retries),
    }));
    this.#report(post, outcomes);
    await this.#record(outcomes);
  }

  async #send(post: Post, app: App | undefined): Promise<SendResult> {
    if (app === undefined) return { error: 'not sent: the application is unknown' };
    const { appKey, url } = post;
    const { clock, random, created = 'utc', sender } = this.#options;
    const headers = signatureHeaders({
      url,
      appKey,
      appSecret: app.appSecret,
      form: app.pushSignature,
      nonce: nonce(random),
      created: createdTimestamp(clock.now(), created),
    });
    return sender.send({ url, headers, body: bodyOf(post) }, this.#stop.signal);
  }

  /** Until it is written, the pushes keep their places: they are neither sent again nor followed by later ones. */
  async #record(outcomes: readonly AttemptOutcome[]): Promise<void> {
    for (;;) {
      try {
        return await this.#options.outbox.record(outcomes);
      } catch (error) {
        this.#options.log.error({ err: error }, 'attempts to push could not be stored, trying again');
        if (this.#stop.signal.aborted) return;
        await this.#pause(DATABASE_PAUSE);
      }
    }
  }

  /** Ends early when the loop is stopped. */
  async #pause(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopTimer = this.#clock.after(milliseconds, resolve);
    const endEarly = (): void => resolve();
    this.#stop.signal.addEventListener('abort', endEarly);
    await promise;
    this.#stop.signal.removeEventListener('abort', endEarly);
    stopTimer();
  }

  #report(post: Post, outcomes: readonly AttemptOutcome[]): void {
    const { log } = this.#options;
    for (const [index, push] of post.pushes.entries()) {
      const outcome = outcomes[index];
      const { sessionId, kind, id } = push;
      const fields = {
        sessionId,
        kind,
        push: id,
        attempt: outcome?.attempt,
        httpStatus: outcome?.httpStatus,
      };
      if (outcome?.next.state === 'dead') log.warn(fields, 'a push was given up');
      else log.debug(fields, 'attempted to push');
    }
  }
}
