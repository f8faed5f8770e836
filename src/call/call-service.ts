import { type Admission, type QueuePlace, unlimited } from './admission.ts';
import { Call, type CallSurroundings } from './call.ts';
import { type CallOwner, type CallRecord, type Order, type Verdict } from './call-record.ts';
import { type ResultCode, resultCodes } from './catalogue/result-codes.ts';
import { CutOffCalls } from './cut-off-calls.ts';
import { DatabaseWatch } from './database-watch.ts';
import { DoubtfulCalls } from './doubtful-calls.ts';
import { CallJournal } from './journal.ts';
import type { LegQuality } from './leg-quality.ts';
import type { CallStore, EventBus, Random } from './ports.ts';
import { verdicts } from './release-cause.ts';
import { patiently } from './patiently.ts';
import { type CountingRequest, placementOf } from './request-key.ts';
import { Released } from './released.ts';
import { StoreUnavailableError } from './store-unavailable-error.ts';
import { scenarioOf } from './scenarios/scenario-of.ts';
import { SessionIds } from './session-id.ts';
import { hasRung, isWaiting } from './unfinished-call.ts';
import { VoicePorts } from './voice-ports.ts';
import { WaitingCalls } from './waiting-calls.ts';

/** A request that passed every check of form and right. */
export interface CallRequest {
  readonly owner: CallOwner;
  /** Calls the app may hold at once. */
  readonly ports: number;
  readonly order: Order;
  readonly statusUrl?: string;
  readonly feeUrl?: string;
  readonly userData?: string;
  readonly sandbox: boolean;
  /** Display numbers of the app that are in use, for its pools to choose from. */
  readonly usableNumbers?: readonly string[];
  /** Where the customer gave the request a key: it is stored with the call. */
  readonly keyed?: CountingRequest;
}

export type Placement =
  | {
      readonly kind: 'accepted';
      readonly sessionId: string;
      /** Voice ports left to the app, this call counted. */
      readonly idlePort: number;
      /** Where it stands, where it has to wait for its turn. */
      readonly queue?: QueuePlace;
      /** Begins the call, or lets its turn come. The caller calls it once the answer is on its way, so that no push overtakes it. */
      readonly start: () => void;
    }
  | { readonly kind: 'refused'; readonly code: ResultCode };

/** What a start has to put in order. */
export interface Recovery {
  /** Calls that a crash cut off. */
  readonly calls: number;
  /** Resolves when all of them have their records. */
  readonly finished: Promise<void>;
}

export interface CallServiceOptions extends CallSurroundings {
  readonly store: CallStore;
  readonly bus: EventBus;
  readonly random: Random;
  /** Voice ports one callback takes. */
  readonly portsPerCallback: number;
  /** Those an app has, for its calls that waited when the platform stopped. */
  readonly portsOfApp?: (appKey: string) => Promise<number | undefined>;
}

/** How exactly a crash is dated, ms. */
const LIFE_INTERVAL = 5_000;

/** After the drain time, for BYEs and call records. */
const DRAIN_GRACE = 5_000;

/** How long a request to end a call that waits may last, ms. */
const STOP_PATIENCE = 5_000;

/** Accepts calls, runs their scenarios, stops them, and leaves no accepted call without its record. */
export class CallService {
  readonly #options: CallServiceOptions;
  readonly #sessionIds: SessionIds;
  readonly #running = new Map<string, Call>();
  /** When the record of each running call is stored. */
  readonly #ends = new Map<string, Promise<void>>();
  readonly #admission: Admission;
  readonly #waiting: WaitingCalls;
  readonly #ports = new VoicePorts();
  readonly #cutOff: CutOffCalls;
  #unrecordedSteps = 0;
  readonly #database: DatabaseWatch;
  readonly #doubtful: DoubtfulCalls;
  #draining = false;
  #recovering: Promise<void> | undefined;
  /** Called once each when no call runs any more. */
  readonly #whenIdle = new Set<() => void>();

  constructor(options: CallServiceOptions) {
    this.#options = options;
    this.#admission = options.admission ?? unlimited;
    this.#sessionIds = new SessionIds(options.random, options.hostName);
    this.#database = new DatabaseWatch(options);
    this.#doubtful = new DoubtfulCalls(options);
    this.#cutOff = new CutOffCalls(options, () => this.#journal(() => {}));
    this.#waiting = new WaitingCalls({
      admission: this.#admission,
      clock: options.clock,
      takePorts: (call, needed) => this.#ports.takeIfIdle(call, needed),
      begin: (call) => this.#begin(call),
      expire: (call, verdict) => this.#endUnmade(call, verdict),
    });
  }

  get runningCalls(): number {
    return this.#running.size;
  }

  /** Calls with something that is not stored yet; for longer than a moment only while the database is away. */
  get unrecordedCalls(): number {
    return this.#running.values().reduce((sum, call) => sum + (call.isRecorded ? 0 : 1), 0);
  }

  /** Binding steps taken since the start that could not be stored before (ADR 0014). */
  get unrecordedSteps(): number {
    return this.#unrecordedSteps;
  }

  /** Stores the call, durably, before it resolves. Refuses when a limit is reached or the database is away. */
  async place(request: CallRequest): Promise<Placement> {
    if (this.#draining) return { kind: 'refused', code: resultCodes.platformFlowControl };
    const { appKey } = request.owner;
    const needed = this.#portsOf(request.order);
    const acceptedAt = this.#options.clock.now();
    const choice = this.#admission.choose({ ...request, acceptedAt });
    if (choice.kind === 'refused') return choice;
    const call = this.#newCall({ ...request, order: choice.order }, acceptedAt);
    const { record } = call;
    const { sessionId } = record;
    this.#ports.know(appKey, request.ports);
    // What it takes is taken before the store is asked, so that simultaneous requests cannot share the last port.
    const decision = this.#admission.admit(record, { needed, idle: this.#ports.idle(appKey, request.ports) });
    if (decision.kind === 'refused') return decision;
    const { idlePort } = decision;
    const queue = decision.kind === 'queued' ? decision.place : undefined;
    if (queue === undefined) this.#ports.take(record, needed);
    else record.waitUntil = queue.expiresAt;
    const keyed = request.keyed && placementOf(request.keyed, record, idlePort);
    try {
      // Nothing changes the record before the call begins.
      await this.#options.store.create(record, keyed);
    } catch (error) {
      this.#admission.withdraw(record);
      this.#ports.give(record);
      if (error instanceof StoreUnavailableError && error.isInDoubt) this.#doubtful.add({ sessionId, keyed });
      this.#options.log.error({ sessionId, err: error }, 'a call was refused because it could not be stored');
      return { kind: 'refused', code: resultCodes.internalSystemError };
    }
    if (queue === undefined) this.#running.set(sessionId, call);
    else this.#waiting.add(call);
    let started = false;
    const start = (): void => {
      if (started) return;
      started = true;
      if (queue === undefined) this.#run(call, scenarioOf);
      else {
        this.#admission.ready(record);
        this.#waiting.look();
      }
    };
    return { kind: 'accepted', sessionId, idlePort, queue, start };
  }

  /** Resolves when nothing can be stored any more of calls that were refused; rejects while the database is away. */
  refusalsSettled(): Promise<void> {
    return this.#doubtful.settled();
  }

  /**
   * Ends a call of this app that runs or waits (spec 05). False when there is none: unknown, finished, or another app's. Of a
   * call that waits, its end is durable when this resolves: it must not ring anybody after a crash. Rejects when it is not in time.
   */
  async stop(appKey: string, sessionId: string): Promise<boolean> {
    const waiting = this.#waiting.get(sessionId);
    const call = waiting ?? this.#running.get(sessionId);
    if (call === undefined || call.record.owner.appKey !== appKey || call.signal.aborted) return false;
    if (waiting === undefined) call.release(verdicts.releasedOnRequest);
    else {
      this.#waiting.remove(waiting);
      this.#endUnmade(waiting, verdicts.releasedOnRequest);
    }
    // Also one whose turn has just come, and of which nothing is stored yet.
    if (call.record.waitUntil === undefined) return true;
    await patiently(this.#options.clock, this.#ends.get(sessionId) ?? Promise.resolve(), STOP_PATIENCE);
    if (this.#ends.has(sessionId) && !hasRung(call.record))
      throw new Error('The end of a call that waited could not be stored in time.');
    return true;
  }

  /** The media of a running call's legs second by second so far; undefined where no such call runs. */
  async quality(sessionId: string): Promise<LegQuality[] | undefined> {
    return this.#running.get(sessionId)?.quality();
  }

  /** Voice ports that calls of all apps hold. */
  get portsInUse(): number {
    return this.#ports.inUse;
  }

  /** Voice ports that calls of one app hold. */
  portsOf(appKey: string): number {
    return this.#ports.of(appKey);
  }

  /** Where a call stands that waits for its turn. */
  queuePlace(sessionId: string): QueuePlace | undefined {
    return this.#admission.place(sessionId, this.#options.clock.now());
  }

  /** Limits were changed: calls that wait may have to wait no longer. */
  lookAtWaiting(): void {
    this.#waiting.look();
  }

  /** Whether new calls are taken: not while they drain. */
  get accepting(): boolean {
    return !this.#draining;
  }

  /** Notes now and then that calls are alive, so that a crash can be dated; until the returned function is called. */
  noteLife(): () => void {
    const { store, clock, log } = this.#options;
    let stop = (): void => {};
    const note = (): void => {
      stop = clock.after(LIFE_INTERVAL, note);
      if (this.#running.size === 0) return;
      store.seenAlive(clock.now()).catch((error: unknown) => {
        this.#database.isAway = true;
        log.debug({ err: error }, 'the time could not be noted');
      });
    };
    note();
    return () => stop();
  }

  /**
   * Calls that waited for their turn wait on. What a crash cut off gets its last event and its record, with the default verdict, dated by when it was last known
   * to be alive: nobody is charged for the time until now. Before that its far ends are released, so that one more crash
   * repeats it. Its recordings stay where they are (`RecordingArchive.resume`). Call before accepting; calls may be accepted
   * as soon as it resolves.
   */
  async recover(): Promise<Recovery> {
    const { store } = this.#options;
    const unfinished = await store.unfinished();
    const lastSeen = (await store.lastSeenAlive()) ?? 0;
    await Promise.all(unfinished.map((record) => this.#cutOff.measureRecording(record)));
    const cutOff = unfinished.filter((record) => !isWaiting(record));
    for (const record of unfinished.filter(isWaiting)) {
      const ports = await this.#options.portsOfApp?.(record.owner.appKey);
      if (ports !== undefined) this.#ports.know(record.owner.appKey, ports);
      this.#admission.resume(record, this.#portsOf(record.order));
      this.#waiting.add(this.#callOf(record));
    }
    const all = Promise.all(
      cutOff.map(async (record) => {
        await this.#cutOff.end(record, lastSeen);
        this.#admission.ended(record);
      }),
    );
    this.#recovering = all.then(() => undefined);
    this.#waiting.look();
    return { calls: cutOff.length, finished: this.#recovering };
  }

  /**
   * Refuses new calls and waits for the running ones, at most `milliseconds`; what is left then is released and has five
   * more seconds. A call that cannot be recorded even then is recorded by the next start (`recover`), as far as it was stored.
   *
   * @returns how many those are
   */
  async drain(milliseconds: number): Promise<number> {
    this.#draining = true;
    this.#waiting.stop();
    if (this.#recovering) await patiently(this.#options.clock, this.#recovering, DRAIN_GRACE);
    if (this.#running.size === 0) return 0;
    const { clock, log } = this.#options;
    const drained = Promise.withResolvers<void>();
    this.#whenIdle.add(drained.resolve);
    const timers = [
      clock.after(milliseconds, () => {
        for (const call of this.#running.values()) call.release(verdicts.platformStopped);
      }),
      clock.after(milliseconds + DRAIN_GRACE, drained.resolve),
    ];
    await drained.promise;
    this.#whenIdle.delete(drained.resolve);
    for (const stop of timers) stop();
    const left = this.#running.size;
    if (left > 0) log.error({ calls: left }, 'calls could not be recorded before the stop');
    return left;
  }

  #newCall(request: CallRequest, now: number): Call {
    const { owner, order, statusUrl, feeUrl, userData, sandbox } = request;
    const { sessionId, icid } = this.#sessionIds.next(now);
    // Member by member: an object made of others takes several times the memory, and a call may wait for long.
    const record: CallRecord = {
      sessionId,
      icid,
      owner,
      order,
      statusUrl,
      feeUrl,
      userData,
      sandbox,
      acceptedAt: now,
      state: 'accepted',
      lastSequence: 0,
      legs: [],
      verdict: verdicts.internalError,
    };
    return this.#callOf(record);
  }

  #callOf(record: CallRecord): Call {
    return new Call(record, this.#options, this.#journalOf);
  }

  readonly #journalOf = (call: Call): CallJournal => this.#journal((verdict) => call.release(verdict));

  /** Its turn came; its ports are taken. */
  #begin(call: Call): void {
    this.#running.set(call.record.sessionId, call);
    this.#run(call, async () => {
      if (this.#database.isAway) await this.#database.back(call);
      await scenarioOf(call);
    });
  }

  /** A call that only waited. */
  #endUnmade(call: Call, verdict: Verdict): void {
    call.release(verdict);
    this.#running.set(call.record.sessionId, call);
    this.#run(call, async () => {});
  }

  #journal(release: (verdict: Verdict) => void): CallJournal {
    const { store, clock, log, bus } = this.#options;
    return new CallJournal({
      store,
      clock,
      log,
      committed: ({ event }) => {
        this.#database.isAway = false;
        if (event === undefined) return;
        const { sessionId, sequence, type, party } = event;
        log.debug({ sessionId, sequence, event: type, party }, 'an event of a call was stored');
        bus.publish(event);
      },
      release,
      failed: () => {
        this.#database.isAway = true;
      },
      tookUnrecorded: () => {
        this.#unrecordedSteps += 1;
      },
    });
  }

  #run(call: Call, scenario: (call: Call) => Promise<void>): void {
    const { sessionId } = call.record;
    const end = this.#runToEnd(call, scenario).finally(() => this.#ends.delete(sessionId));
    this.#ends.set(sessionId, end);
  }

  /** The runner, never the scenario, closes legs and writes the record. */
  async #runToEnd(call: Call, scenario: (call: Call) => Promise<void>): Promise<void> {
    const { sessionId } = call.record;
    try {
      call.record.state = 'running';
      await scenario(call);
    } catch (error) {
      if (!(error instanceof Released)) {
        this.#options.log.error({ sessionId, err: error }, 'a scenario failed');
      }
    } finally {
      await call.finish();
      this.#running.delete(sessionId);
      this.#ports.give(call.record);
      this.#admission.ended(call.record);
      this.#waiting.look();
      this.#options.log.info({ sessionId, ...call.record.verdict }, 'call ended');
      if (this.#running.size === 0) for (const tell of this.#whenIdle) tell();
    }
  }

  #portsOf({ capability }: Order): number {
    return capability === 'callback' ? this.#options.portsPerCallback : 1;
  }
}
