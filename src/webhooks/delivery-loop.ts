import type { AttemptOutcome, Outbox, OutboxMoment, OutboxPush } from '../call/outbox.ts';
import type { Clock, Logger } from '../call/ports.ts';
import type { Deliveries, ReceiverHealth } from '../call/push-ledger.ts';
import { Courier, type CourierOptions } from './courier.ts';
import { KnownPushes } from './known-pushes.ts';
import { Lane, LONGEST_QUEUE } from './lane.ts';
import type { Post } from './merge.ts';
import { OutcomeWriter } from './outcome-writer.ts';
import { Patience } from './patience.ts';

export interface DeliveryLoopOptions extends CourierOptions {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  /** Milliseconds after which a status push that could not be sent is given up; never by default. */
  readonly statusMaxAge?: number;
  /** Milliseconds a CDR waits for others of its app and URL; 200 by default, 0 for none. */
  readonly gatheringWindow?: number;
  /** Milliseconds a push waits at most for earlier pushes of its call to other receivers; 5,000 by default. */
  readonly orderPatience?: number;
  /** POSTs on their way to one receiver at a time; 32 by default. */
  readonly perReceiver?: number;
  /** Milliseconds `stop` waits for POSTs on their way; 2,000 by default. */
  readonly stopGrace?: number;
}

/** New pushes read from the outbox at once, at most. */
const PAGE = 1_000;

/** Lanes filled from the outbox at once: then it is time to look for new pushes again. */
const REFILLS = 16;

/** How long to leave the database alone after it failed, and a push whose turn it is not although the outbox gave it, ms. */
const PAUSE = 1_000;

/** Milliseconds between looks at everything, though nobody said that there is something new. */
const ROUND = 60_000;

/**
 * Sends what the outbox holds. Each receiver has a lane: a short queue of pushes that may be sent, places for POSTs on
 * their way, and a breaker. New pushes are read in the order of their commits and put into their lanes; what follows a
 * settled push comes with the confirmation that its outcome is written. All else (a start, a lane whose queue overflowed,
 * a repetition that falls due) is asked of the outbox. So a crash loses nothing, and a receiver with a million pushes
 * waiting costs no memory and delays nobody else.
 */
export class DeliveryLoop implements Deliveries {
  readonly #options: DeliveryLoopOptions;
  readonly #clock: Clock;
  readonly #patience: Patience;
  readonly #perReceiver: number;
  readonly #courier: Courier;
  readonly #writer: OutcomeWriter;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes with room for what the outbox holds. */
  readonly #hungry = new Set<Lane>();
  readonly #known = new KnownPushes();
  readonly #onTheirWay = new Set<Promise<void>>();
  #running = false;
  #stopped = false;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #gathering: number;
  /** The last push that was read; undefined at the start, when all that is there is asked for. */
  #lastId: number | undefined;
  /** When every receiver is to be asked for. */
  #roundAt = -Infinity;
  #databaseAwayUntil = -Infinity;
  #alarmAt = Infinity;
  #stopAlarm: (() => void) | undefined;

  constructor(options: DeliveryLoopOptions) {
    const { outbox, clock, log } = options;
    this.#options = options;
    this.#clock = clock;
    this.#patience = new Patience(options.orderPatience ?? 5_000);
    this.#perReceiver = options.perReceiver ?? 32;
    this.#gathering = options.gatheringWindow ?? 200;
    this.#courier = new Courier(options);
    this.#writer = new OutcomeWriter({
      outbox,
      clock,
      log,
      written: (settled, released) => {
        this.#known.delete(settled);
        this.#takeIn(released);
      },
    });
  }

  /** Begins with what an earlier run left. */
  start(): void {
    this.#running = true;
    this.#patience.since = this.#clock.now();
    this.wake();
  }

  /** To be called after pushes were committed: they go out now and not when the next is due. */
  wake(): void {
    if (!this.#running) return;
    if (this.#looking === undefined) this.#looking = this.#look();
    else this.#lookAgain = true;
  }

  /** Receivers that are left alone because they fail: until a time, or while a probe finds out whether they are back. */
  get failingReceivers(): { readonly open: number; readonly probing: number } {
    const now = this.#clock.now();
    const failing = { open: 0, probing: 0 };
    for (const { breaker } of this.#lanes.values()) {
      const state = breaker.state(now);
      if (state !== 'closed') failing[state] += 1;
    }
    return failing;
  }

  wakeForOld(): void {
    this.#roundAt = -Infinity;
    this.wake();
  }

  receivers(): ReceiverHealth[] {
    const now = this.#clock.now();
    const busy = [...this.#lanes.values()].filter(
      ({ onTheirWay, breaker }) => onTheirWay.size > 0 || breaker.failures > 0,
    );
    return busy.map((lane) => lane.health(now));
  }

  /** Sends what is due without waiting for company, for at most `milliseconds`: a stop leaves little to the next start. */
  async finish(milliseconds: number): Promise<void> {
    this.#gathering = 0;
    this.wake();
    for (const lane of this.#lanes.values()) this.#serve(lane);
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
    this.#stopAlarm?.();
    await this.#looking;
    const { promise: graceOver, resolve } = Promise.withResolvers<void>();
    const stopTimer = this.#clock.after(this.#options.stopGrace ?? 2_000, resolve);
    await Promise.race([Promise.allSettled(this.#onTheirWay), graceOver]);
    stopTimer();
    this.#stopped = true;
    this.#writer.stop();
    this.#options.sender.giveUp();
    await Promise.allSettled(this.#onTheirWay);
  }

  async #look(): Promise<void> {
    do {
      this.#lookAgain = false;
      await this.#lookOnce();
    } while (this.#lookAgain && this.#running);
    this.#known.endLook();
    this.#looking = undefined;
  }

  async #lookOnce(): Promise<void> {
    const now = this.#clock.now();
    const alarmed = now >= this.#alarmAt;
    if (alarmed) this.#alarmAt = Infinity;
    if (now < this.#databaseAwayUntil) return this.#alarm(this.#databaseAwayUntil);
    this.#known.beginLook();
    try {
      const moment = { now, patienceEndedAt: this.#patience.endedAt(now) };
      // First, so that no later push of a call is met before an earlier one.
      const isAllRead = await this.#readArrivals(now);
      if (isAllRead && now >= this.#roundAt) await this.#askAll(moment);
      if (alarmed) this.#checkTimes(now);
      for (const lane of Array.from(this.#hungry).slice(0, REFILLS)) await this.#refill(lane, moment);
      if (this.#hungry.size > 0) this.#lookAgain = true;
      this.#alarm(this.#roundAt);
    } catch (error) {
      this.#options.log.error({ err: error }, 'pushes could not be read, trying again');
      this.#databaseAwayUntil = now + PAUSE;
      this.#patience.since = now;
      this.#alarm(this.#databaseAwayUntil);
    }
  }

  #alarm(time: number): void {
    if (!this.#running || time >= this.#alarmAt || time === Infinity) return;
    this.#stopAlarm?.();
    this.#alarmAt = time;
    this.#stopAlarm = this.#clock.after(Math.max(0, time - this.#clock.now()), () => {
      // It rang, also where the clock that tells the time is behind that of timers.
      this.#alarmAt = -Infinity;
      this.wake();
    });
  }

  async #askAll(moment: OutboxMoment): Promise<void> {
    const { outbox } = this.#options;
    // First, so that what is committed from now on is new.
    const lastId = await outbox.lastId();
    for (const { receiver, earliest, next = Infinity, waitingSince } of await outbox.agenda(moment)) {
      const lane = this.#laneOf(receiver);
      lane.lookBy(Math.min(next, this.#patience.end(waitingSince)));
      if (earliest <= moment.now) this.#wants(lane);
      this.#alarm(lane.nextTime(moment.now));
    }
    this.#lastId ??= lastId;
    this.#roundAt = moment.now + ROUND;
  }

  /** @returns whether no more are waiting to be read */
  async #readArrivals(now: number): Promise<boolean> {
    const { outbox } = this.#options;
    if (this.#lastId === undefined) return true;
    const lastId = await outbox.lastId();
    if (lastId <= this.#lastId) return true;
    const arrivals = await outbox.arrivals({ after: this.#lastId, limit: PAGE });
    const ready: OutboxPush[] = [];
    for (const { push, waits } of arrivals) {
      this.#lastId = push.id;
      if (!waits && push.dueAt <= now) ready.push(push);
      else if (waits) this.#holdBack(push);
      else this.#lookLater(push.receiver, push.dueAt);
    }
    const isAllRead = arrivals.length < PAGE;
    // Most pushes wait behind another of their call and are no arrivals: they are not to be read again for each look.
    if (isAllRead) this.#lastId = Math.max(this.#lastId, lastId);
    else this.#lookAgain = true;
    this.#takeIn(ready);
    return isAllRead;
  }

  #holdBack({ id, receiver, dueAt }: OutboxPush): void {
    const until = this.#patience.end(dueAt);
    this.#laneOf(receiver).holdBack(id, until);
    this.#alarm(until);
  }

  #lookLater(receiver: string, time: number): void {
    const lane = this.#laneOf(receiver);
    lane.lookBy(time);
    this.#alarm(time);
  }

  #checkTimes(now: number): void {
    for (const lane of this.#lanes.values()) {
      if (lane.lookAt <= now) {
        lane.forgetTimes();
        this.#wants(lane);
      }
      this.#serve(lane);
    }
  }

  #laneOf(receiver: string): Lane {
    let lane = this.#lanes.get(receiver);
    if (lane === undefined) {
      lane = new Lane(receiver);
      this.#lanes.set(receiver, lane);
    }
    return lane;
  }

  /** The outbox has something for this lane; it is read when there is room for it. */
  #wants(lane: Lane): void {
    lane.more = true;
    if (lane.waiting === 0 && this.#free(lane) > 0) this.#hungry.add(lane);
  }

  #free(lane: Lane): number {
    return lane.breaker.allowed(lane.onTheirWay.size, this.#perReceiver, this.#clock.now());
  }

  /** Puts pushes that may be sent into their lanes, and sends what there is room for. */
  #takeIn(pushes: readonly OutboxPush[]): void {
    const lanes = new Set<Lane>();
    for (const push of pushes) {
      const lane = this.#laneOf(push.receiver);
      // What waits in the outbox goes first.
      if (lane.more || lane.full) lane.more = true;
      else this.#queue(lane, push);
      lanes.add(lane);
    }
    for (const lane of lanes) this.#serve(lane);
  }

  #queue(lane: Lane, push: OutboxPush): void {
    if (this.#known.has(push.id)) return;
    const now = this.#clock.now();
    if (this.#known.isHeldUp(push, this.#patience.endedAt(now)))
      return this.#lookLater(push.receiver, now + PAUSE);
    this.#known.add(push, now);
    lane.add(push);
  }

  async #refill(lane: Lane, moment: OutboxMoment): Promise<void> {
    const { outbox } = this.#options;
    const { receiver } = lane;
    this.#hungry.delete(lane);
    lane.more = false;
    lane.forgetTimes();
    try {
      const [outlook] = await outbox.agenda({ ...moment, receiver });
      const except = [...lane.onTheirWay].flatMap(({ pushes }) => pushes.map(({ id }) => id));
      const pushes = await outbox.ready({ ...moment, receiver, except, limit: LONGEST_QUEUE });
      lane.lookBy(Math.min(outlook?.next ?? Infinity, this.#patience.end(outlook?.waitingSince)));
      if (pushes.length === LONGEST_QUEUE) lane.more = true;
      for (const push of pushes) this.#queue(lane, push);
    } catch (error) {
      this.#wants(lane);
      throw error;
    }
    this.#serve(lane);
  }

  /** Sends what the lane has places for. */
  #serve(lane: Lane): void {
    if (!this.#running) return;
    const now = this.#clock.now();
    this.#giveUpOld(lane, now);
    const free = this.#free(lane);
    if (free > 0) for (const post of lane.take(free, now, this.#gathering)) this.#dispatch(lane, post);
    if (lane.more) {
      this.#wants(lane);
      if (this.#hungry.has(lane)) this.wake();
    }
    this.#alarm(lane.nextTime(now));
    if (lane.forgettable) this.#lanes.delete(lane.receiver);
  }

  /** A status of long ago helps nobody. */
  #giveUpOld(lane: Lane, now: number): void {
    const { statusMaxAge } = this.#options;
    if (statusMaxAge === undefined) return;
    // What could not be sent because we or the database were away has waited for nobody.
    if (now - this.#patience.since < statusMaxAge) return;
    for (const push of lane.takeOlderThan(now - statusMaxAge)) {
      const { appKey, url } = push;
      this.#follow(
        this.#write([push], this.#courier.tooOld({ appKey, url, pushes: [push] }, now, statusMaxAge)),
      );
    }
  }

  #dispatch(lane: Lane, post: Post): void {
    lane.onTheirWay.add(post);
    lane.breaker.sent(this.#clock.now());
    const attempted = this.#attempt(lane, post).finally(() => {
      lane.onTheirWay.delete(post);
      this.#serve(lane);
    });
    this.#follow(attempted);
  }

  #follow(work: Promise<void>): void {
    const followed = work.finally(() => this.#onTheirWay.delete(followed));
    this.#onTheirWay.add(followed);
  }

  /** Until it resolves, the pushes are neither sent again nor followed by later ones of their calls. */
  #write(pushes: readonly OutboxPush[], outcomes: readonly AttemptOutcome[]): Promise<void> {
    this.#known.answered(pushes);
    return this.#writer.write(pushes, outcomes);
  }

  async #attempt(lane: Lane, post: Post): Promise<void> {
    let attempt: Awaited<ReturnType<Courier['deliver']>>;
    try {
      attempt = await this.#courier.deliver(post);
    } catch (error) {
      // Not even its app could be read: it stays in the outbox.
      const sessionIds = post.pushes.map(({ sessionId }) => sessionId);
      this.#options.log.error({ sessionIds, err: error }, 'a push could not be prepared, trying again');
      lane.breaker.ended('unsent', this.#clock.now());
      this.#patience.since = this.#clock.now();
      this.#known.delete(post.pushes);
      this.#lookLater(lane.receiver, this.#clock.now() + PAUSE);
      return;
    }
    // Given up by `stop`: the receiver may or may not have it, so it stays pending and is sent again.
    if (this.#stopped) return;
    lane.breaker.ended(attempt.receiver, this.#clock.now());
    await this.#write(post.pushes, attempt.outcomes);
    for (const { next } of attempt.outcomes) {
      if (next.state === 'pending') this.#lookLater(lane.receiver, next.nextAttemptAt);
    }
  }
}
