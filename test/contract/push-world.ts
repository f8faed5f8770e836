/**
 * What the model of the delivery loop (delivery-model.test.ts) runs in: the real loop over a real database, simulated
 * receivers, one clock, and accidents.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outbox } from '../../src/call/outbox.ts';
import type { Clock, Logger } from '../../src/call/ports.ts';
import type { ReplaySelection } from '../../src/call/push-ledger.ts';
import type { CallHistory } from '../../src/call/queries.ts';
import { openSqliteStore, type Store } from '../../src/store/store.ts';
import { documentedRetries } from '../../src/webhooks/schedule.ts';
import { StoreUnavailableError } from '../../src/call/store-unavailable-error.ts';
import type { PushRequest, SendResult } from '../../src/webhooks/deliver.ts';
import { DeliveryLoop } from '../../src/webhooks/delivery-loop.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { sampleAccount, sampleApp, sampleCall, sampleChange, START } from './samples.ts';

/**
 * What a receiver does with a POST. `reset`, `hang` and `lost-answer` have taken it, `refused` has not; `slow` answers 200
 * after three seconds.
 */
export type Mood = 'well' | 'slow' | 'error' | 'not-found' | 'hang' | 'reset' | 'refused';

export const moods: readonly Mood[] = ['well', 'slow', 'error', 'not-found', 'hang', 'reset', 'refused'];

/** One push that a receiver took. */
export interface Receipt {
  readonly url: string;
  readonly sessionId: string;
  /** 1, 2, 3 ... within the call; the CDR is Infinity. */
  readonly sequence: number;
  readonly at: number;
  readonly answeredOk: boolean;
  /** Which process sent it: 0, 1, 2 ... */
  readonly process: number;
}

export interface ModelCall {
  readonly sessionId: string;
  readonly statusUrl: string;
  readonly feeUrl: string;
  /** Events told so far. */
  events: number;
  ended: boolean;
}

export const STATUS_MAX_AGE = 3_600_000;
const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const never = new Promise<never>(() => {});

/** One process: what it started ends with it, and what it waited for never comes. */
class Generation {
  alive = true;

  /** Nothing of a dead process happens any more. */
  async living<T>(work: () => Promise<T>): Promise<T> {
    if (!this.alive) return never;
    const result = await work();
    return this.alive ? result : never;
  }
}

/** ms, where status pushes are repeated. */
const STATUS_RETRY_INTERVAL = 2_000;

export class PushWorld {
  readonly clock = new ManualClock(START);
  readonly receipts: Receipt[] = [];
  readonly calls: ModelCall[] = [];
  readonly moods = new Map<string, Mood>();
  crashes = 0;
  /** Calls of which something was sent again on purpose. */
  readonly replayed = new Set<string>();
  /** The database fails while it is true. */
  away = false;
  /** When the database or the process was last missing. */
  lastTroubleAt = -Infinity;
  readonly #folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'ovc-model-'));
  #statusRetries = 0;
  #store: Store | undefined;
  #loop: DeliveryLoop | undefined;
  #generation = new Generation();
  #activity = 0;
  /** Questions that the database has not answered: a commit takes its time on the disk. */
  #asking = 0;

  /** @param statusRetries attempts of a status push after the first */
  static async open(statusRetries = 0): Promise<PushWorld> {
    const world = new PushWorld();
    world.#statusRetries = statusRetries;
    world.#store = await openSqliteStore({ path: join(world.#folder, 'store.db') });
    await world.store.accounts.putAccount(sampleAccount('sp-1'));
    await world.store.accounts.putApp(sampleApp('app-1'));
    world.#startProcess();
    return world;
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error('the world is not open');
    return this.#store;
  }

  async call(statusUrl: string, feeUrl: string): Promise<void> {
    const sessionId = `s${this.calls.length}`;
    await this.store.calls.create(sampleCall(sessionId, { acceptedAt: this.clock.now() }));
    this.calls.push({ sessionId, statusUrl, feeUrl, events: 0, ended: false });
  }

  async event(call: ModelCall, ends: boolean): Promise<void> {
    if (call.ended) return;
    call.events += 1;
    call.ended = ends;
    const { statusUrl, feeUrl, events: sequence } = call;
    const change = sampleChange(sampleCall(call.sessionId), {
      sequence,
      at: this.clock.now(),
      statusUrl,
      feeUrl,
      ends,
    });
    await this.store.calls.commit(change);
    this.#loop?.wake();
    await this.quiet();
  }

  async setAway(away: boolean): Promise<void> {
    this.away = away;
    this.lastTroubleAt = this.clock.now();
    this.#loop?.wake();
    await this.quiet();
  }

  /** SIGKILL and a new start: what was on its way may have arrived, and nobody knows. */
  async crash(): Promise<void> {
    this.crashes += 1;
    this.lastTroubleAt = this.clock.now();
    this.#generation.alive = false;
    this.#startProcess();
    await this.quiet();
  }

  /** SIGTERM and a new start. */
  async restart(): Promise<void> {
    this.lastTroubleAt = this.clock.now();
    const stopped = this.#loop?.stop();
    await this.pass(2_000);
    await stopped;
    await this.crash();
  }

  async replay(call: ModelCall, states: ReplaySelection['states'] = ['failed', 'dead']): Promise<void> {
    const { sessionId } = call;
    const order = { by: 'anna', at: this.clock.now() };
    const count = await this.store.pushLedger.replay({ sessionId, states }, order);
    if (count > 0) this.replayed.add(sessionId);
    this.#loop?.wakeForOld();
    await this.quiet();
  }

  /** Lets time go by, all that falls due on the way happening at its time. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.clock.now() + milliseconds;
    await this.quiet();
    for (;;) {
      const next = this.clock.nextAt;
      if (next === undefined || next > until) break;
      await this.clock.advance(Math.max(0, next - this.clock.now()));
      await this.quiet();
    }
    await this.clock.advance(until - this.clock.now());
    if (this.away) this.lastTroubleAt = this.clock.now();
  }

  async histories(): Promise<readonly { readonly call: ModelCall; readonly history: CallHistory }[]> {
    return Promise.all(
      this.calls.map(async (call) => {
        const history = await this.store.queries.history(call.sessionId);
        if (history === undefined) throw new Error(`there is no call ${call.sessionId}`);
        return { call, history };
      }),
    );
  }

  async close(): Promise<void> {
    this.#generation.alive = false;
    await this.store.close();
    rmSync(this.#folder, { recursive: true });
  }

  /** Waits until nothing goes on but the clock's waiting. */
  async quiet(): Promise<void> {
    for (let still = 0, seen = this.#activity; still < 6; still++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (seen !== this.#activity || this.#asking > 0) [still, seen] = [0, this.#activity];
    }
  }

  #startProcess(): void {
    const generation = new Generation();
    this.#generation = generation;
    const { accounts } = this.store;
    const clock: Clock = {
      now: () => this.clock.now(),
      after: (milliseconds, action) =>
        this.clock.after(milliseconds, () => {
          if (generation.alive) action();
        }),
    };
    const inFlight = new Set<(result: SendResult) => void>();
    this.#loop = new DeliveryLoop({
      outbox: this.#outbox(generation),
      accounts: { app: (appKey) => this.#ask(generation, () => accounts.app(appKey)) },
      sender: {
        send: (request) => generation.living(() => this.#receive(request, inFlight)),
        giveUp: () => {
          for (const end of inFlight) end({ error: 'given up' });
        },
      },
      clock,
      random: { integer: () => 7 },
      log: silent,
      statusMaxAge: STATUS_MAX_AGE,
      retries: {
        ...documentedRetries,
        status: { retries: this.#statusRetries, interval: STATUS_RETRY_INTERVAL },
      },
    });
    this.#loop.start();
  }

  #outbox(generation: Generation): Outbox {
    const { outbox } = this.store;
    return {
      lastId: () => this.#ask(generation, () => outbox.lastId()),
      arrivals: (query) => this.#ask(generation, () => outbox.arrivals(query)),
      agenda: (query) => this.#ask(generation, () => outbox.agenda(query)),
      ready: (query) => this.#ask(generation, () => outbox.ready(query)),
      record: (outcomes) => this.#ask(generation, () => outbox.record(outcomes)),
    };
  }

  #ask<T>(generation: Generation, question: () => Promise<T>): Promise<T> {
    return generation.living(async () => {
      this.#activity += 1;
      if (this.away) throw new StoreUnavailableError('The database cannot be used: reading the file failed.');
      this.#asking += 1;
      try {
        return await question();
      } finally {
        this.#asking -= 1;
        this.#activity += 1;
      }
    });
  }

  async #receive(request: PushRequest, inFlight: Set<(result: SendResult) => void>): Promise<SendResult> {
    this.#activity += 1;
    const mood = this.moods.get(request.url) ?? 'well';
    if (mood === 'refused') return { error: 'connect ECONNREFUSED' };
    const { promise, resolve } = Promise.withResolvers<SendResult>();
    inFlight.add(resolve);
    this.#note(request, mood === 'well' || mood === 'slow');
    switch (mood) {
      case 'well':
        resolve({ httpStatus: 200 });
        break;
      case 'slow':
        this.clock.after(3_000, () => resolve({ httpStatus: 200 }));
        break;
      case 'hang':
        this.clock.after(10_000, () => resolve({ error: 'no answer within 10 s' }));
        break;
      case 'reset':
        resolve({ error: 'other side closed' });
        break;
      case 'error':
        resolve({ httpStatus: 500, error: 'answered 500' });
        break;
      case 'not-found':
        resolve({ httpStatus: 404, error: 'answered 404' });
        break;
    }
    const result = await promise;
    inFlight.delete(resolve);
    this.#activity += 1;
    return result;
  }

  #note({ url, body }: PushRequest, answeredOk: boolean): void {
    const told = JSON.parse(body) as {
      sequence?: number;
      statusInfo?: { sessionId: string };
      feeLst?: { sessionId: string }[];
    };
    const sessionIds = told.feeLst?.map(({ sessionId }) => sessionId) ?? [told.statusInfo?.sessionId ?? ''];
    for (const sessionId of sessionIds) {
      this.receipts.push({
        url,
        sessionId,
        sequence: told.sequence ?? Infinity,
        at: this.clock.now(),
        answeredOk,
        process: this.crashes,
      });
    }
  }
}
