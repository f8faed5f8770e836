/** The limits that are set, applied to each call: the implementation of `Admission`. */
import type {
  Admission,
  AskedCall,
  Decision,
  DueCalls,
  NumberChoice,
  PortsAsked,
  QueuePlace,
} from '../call/admission.ts';
import type { CallRecord, Verdict } from '../call/call-record.ts';
import { type ResultCode, resultCodes } from '../call/catalogue/result-codes.ts';
import { verdicts } from '../call/release-cause.ts';
import type { NumberPools } from './number-pools.ts';
import type { Guards } from './guards.ts';
import type { BlackLists } from './black-lists.ts';
import { isQuiet, type LimitRule, type LimitScope, refusalCodes } from './limit-rule.ts';
import type { CountedRule, LimitRules } from './limit-rules.ts';
import { longestWaitOf, PacingQueue, type WaitingCall } from './pacing-queue.ts';
import type { CarryingTrunks } from './ports.ts';
import { type Objection, type Refusal, refusalOf, type RefusalReason } from './refusal.ts';

export interface LimitsOptions {
  readonly rules: LimitRules;
  readonly guards: Guards;
  readonly pools: NumberPools;
  readonly blackLists: BlackLists;
  /** Absent: trunks carry everything. */
  readonly trunks?: CarryingTrunks | undefined;
  readonly refused: (refusal: Refusal) => void;
}

/** What a call holds until it is over. */
interface Lease {
  readonly counted: readonly CountedRule[];
  readonly ports: number;
  /** When it was let go, by rule; undefined while it waits. */
  letGoAt: readonly (readonly number[])[] | undefined;
}

/** What keeps a call that waits from beginning. */
interface Hold {
  /** When to look again; Infinity: when a call ends. */
  readonly until: number;
  readonly verdict: Verdict;
}

/** Admissions between looks for subjects that nothing is counted of. */
const SWEEP_EVERY = 10_000;

/** ms between looks whether trunks have room again. */
const TRUNK_LOOK = 500;

/** ms between looks whether quiet hours are over. */
const QUIET_LOOK = 15_000;

const named: Readonly<Record<LimitScope, string>> = {
  platform: 'the platform',
  trunk: 'the trunk',
  account: 'the account',
  app: 'the application',
  number: 'the display number',
  callee: 'this callee',
};

const expiryVerdicts: Readonly<Record<LimitScope, Verdict>> = {
  platform: verdicts.rateControlled,
  trunk: verdicts.rateControlled,
  account: verdicts.accountRateControlled,
  app: verdicts.appRateControlled,
  number: verdicts.displayNumberRateControlled,
  callee: verdicts.rateControlled,
};

export class Limits implements Admission {
  readonly #options: LimitsOptions;
  readonly #leases = new Map<string, Lease>();
  readonly #queue = new PacingQueue();
  readonly #refusals = new Map<RefusalReason, number>();
  #admissions = 0;

  constructor(options: LimitsOptions) {
    this.#options = options;
  }

  get waitingCalls(): number {
    return this.#queue.size;
  }

  /** Calls refused since the start. */
  get refusals(): ReadonlyMap<RefusalReason, number> {
    return this.#refusals;
  }

  /** Calls that wait, in the order of their turns. */
  waiting(now: number): { readonly call: CallRecord; readonly place: QueuePlace }[] {
    return [...this.#queue.places(now)];
  }

  /** Counts and keeps a refusal: ours, or one of whoever reads requests. */
  noteRefusal(refusal: Refusal): void {
    this.#refusals.set(refusal.reason, (this.#refusals.get(refusal.reason) ?? 0) + 1);
    this.#options.refused(refusal);
  }

  /** Whether one more request of this app may be served; a code where not. */
  takeRequest(owner: CallRecord['owner'], now: number): ResultCode | undefined {
    const scope = this.#options.rules.takeRequest(owner, now);
    if (scope === undefined) return undefined;
    return scope === 'platform' ? resultCodes.platformFlowControl : resultCodes.apiQuotaReached;
  }

  /** The numbers that share a pool with this one of the app. */
  companions(appKey: string, number: string): readonly string[] {
    return this.#options.pools.companions(appKey, number);
  }

  choose(asked: AskedCall): NumberChoice {
    const chosen = this.#options.pools.choose(asked);
    if (!('code' in chosen)) return { kind: 'chosen', order: chosen };
    this.#refuse(asked, chosen);
    return { kind: 'refused', code: chosen.code };
  }

  admit(call: CallRecord, { needed, idle }: PortsAsked): Decision {
    const { rules, guards, pools } = this.#options;
    const now = call.acceptedAt;
    this.#admissions += 1;
    if (this.#admissions % SWEEP_EVERY === 0) rules.sweep(now);
    const counted = rules.of(call);
    const objection = this.#objectionTo(call, counted, { needed, idle }) ?? guards.objection(call);
    if (objection !== undefined) {
      this.#refuse(call, objection);
      return { kind: 'refused', code: objection.code };
    }
    let waits = this.#mustWait(call, counted);
    const inVain = waits ? this.#queue.inVain(call, counted) : undefined;
    if (inVain !== undefined) {
      const waiting = waitObjection(inVain, longestWaitOf(counted));
      this.#refuse(call, waiting);
      return { kind: 'refused', code: waiting.code };
    }
    if (!waits && !this.#reserve(call)) {
      if (!counted.some(({ active: { rule } }) => rule.scope === 'trunk' && rule.excess === 'queue')) {
        this.#refuse(call, trunksFull);
        return { kind: 'refused', code: trunksFull.code };
      }
      waits = true;
    }
    this.#accept(call, counted, needed);
    guards.admitted(call);
    pools.admitted(call);
    if (!waits) {
      this.#letGo(call.sessionId, now);
      return { kind: 'admitted', idlePort: Math.min(idle, this.#idlePorts(counted) + needed) - needed };
    }
    const expiresAt = now + longestWaitOf(counted);
    const waiting = { call, ports: needed, counted, expiresAt, ready: false };
    return { kind: 'queued', place: this.#queue.add(waiting, now), idlePort: idle };
  }

  withdraw(call: CallRecord): void {
    const lease = this.#free(call);
    if (lease === undefined) return;
    for (const [index, { active, counter, legs }] of lease.counted.entries()) {
      counter.unaccept(active.day.startOf(call.acceptedAt), legs);
      for (const time of lease.letGoAt?.[index] ?? []) counter.takeBack(time);
    }
    this.#options.guards.withdrawn(call);
    this.#options.pools.withdrawn(call);
  }

  ended(call: CallRecord): void {
    this.#free(call);
    this.#options.guards.ended(call);
    this.#options.pools.ended(call);
  }

  objection(call: CallRecord): Verdict | undefined {
    return this.#options.blackLists.verdict(call);
  }

  ready(call: CallRecord): void {
    this.#queue.setReady(call);
  }

  resume(call: CallRecord, needed: number): void {
    const counted = this.#options.rules.of(call);
    this.#leases.set(call.sessionId, { counted, ports: needed, letGoAt: undefined });
    this.#options.pools.resume(call);
    const expiresAt = call.waitUntil ?? call.acceptedAt;
    this.#queue.add({ call, ports: needed, counted, expiresAt, ready: true }, call.acceptedAt);
  }

  leave(call: CallRecord): boolean {
    return this.#queue.remove(call);
  }

  place(sessionId: string, now: number): QueuePlace | undefined {
    if (this.#queue.find(sessionId) === undefined) return undefined;
    return this.#queue.places(now).find(({ call }) => call.sessionId === sessionId)?.place;
  }

  due(now: number, fits: (call: CallRecord, needed: number) => boolean): DueCalls {
    const start: CallRecord[] = [];
    const expired: { call: CallRecord; verdict: Verdict }[] = [];
    let next = Infinity;
    for (const waiting of this.#queue.all()) {
      if (!waiting.ready) continue;
      const { call, expiresAt } = waiting;
      const hold = this.#hold(waiting, now) ?? this.#lastHold(waiting, now, fits);
      if (hold === undefined) {
        this.#queue.remove(call);
        this.#letGo(call.sessionId, now);
        start.push(call);
      } else if (expiresAt <= now) {
        this.#queue.remove(call);
        expired.push({ call, verdict: hold.verdict });
      } else next = Math.min(next, hold.until, expiresAt);
    }
    return { start, expired, next: next === Infinity ? undefined : next };
  }

  /**
   * Counts a call that was accepted before the platform was started, as it was counted then. To be called in the order of their
   * acceptance, before anything else.
   */
  recall(call: CallRecord): void {
    const { rules, guards, pools } = this.#options;
    const { acceptedAt, waitUntil, legs } = call;
    // A call that waited was let go shortly before it dialled.
    const letGoAt = waitUntil === undefined ? acceptedAt : legs[0]?.startedAt;
    for (const { active, counter, legs: weight } of rules.of(call)) {
      const { rule, day } = active;
      if (acceptedAt < rule.since) continue;
      counter.accept(day.startOf(acceptedAt), weight);
      if (letGoAt !== undefined) counter.letGo(letGoAt, weight, rule.callsPerSecond);
    }
    pools.recall(call);
    guards.admitted(call);
    if (call.state === 'ended') guards.ended(call);
  }

  #refuse(call: AskedCall, objection: Objection): void {
    this.noteRefusal(refusalOf(call, objection));
  }

  #accept(call: CallRecord, counted: readonly CountedRule[], ports: number): void {
    for (const { active, counter, legs } of counted)
      counter.accept(active.day.startOf(call.acceptedAt), legs);
    this.#leases.set(call.sessionId, { counted, ports, letGoAt: undefined });
  }

  #letGo(sessionId: string, now: number): void {
    const lease = this.#leases.get(sessionId);
    if (lease === undefined) return;
    lease.letGoAt = lease.counted.map(({ active, counter, legs }) => {
      counter.running += legs;
      counter.ports += lease.ports;
      return counter.letGo(now, legs, active.rule.callsPerSecond);
    });
  }

  #reserve(call: CallRecord): boolean {
    return this.#options.trunks?.reserve(call) ?? true;
  }

  /** What keeps it from beginning when its limits do not; else its place on the trunks and its ports are taken. */
  #lastHold({ call, ports }: WaitingCall, now: number, fits: (call: CallRecord, needed: number) => boolean) {
    if (!this.#reserve(call)) return { until: now + TRUNK_LOOK, verdict: verdicts.rateControlled };
    if (fits(call, ports)) return undefined;
    this.#options.trunks?.release(call.sessionId);
    return noPort;
  }

  #free(call: CallRecord): Lease | undefined {
    this.#queue.remove(call);
    this.#options.trunks?.release(call.sessionId);
    const { sessionId } = call;
    const lease = this.#leases.get(sessionId);
    this.#leases.delete(sessionId);
    if (lease?.letGoAt === undefined) return lease;
    for (const { counter, legs } of lease.counted) {
      counter.running -= legs;
      counter.ports -= lease.ports;
    }
    return lease;
  }

  #idlePorts(counted: readonly CountedRule[]): number {
    const idle = counted.map(({ active, counter }) => (active.rule.voicePorts ?? Infinity) - counter.ports);
    return Math.max(0, Math.min(...idle));
  }

  #objectionTo(
    call: CallRecord,
    counted: readonly CountedRule[],
    { needed, idle }: PortsAsked,
  ): Objection | undefined {
    const now = call.acceptedAt;
    for (const one of counted) {
      const objection = quietObjection(one, now) ?? dayObjection(one, now) ?? paceObjection(one, now);
      if (objection !== undefined) return objection;
    }
    if (this.#mustWait(call, counted)) return undefined;
    for (const one of counted) {
      const objection = concurrencyObjection(one);
      if (objection !== undefined) return objection;
    }
    const left = Math.min(idle, this.#idlePorts(counted));
    if (left >= needed) return undefined;
    const explanation = `The call needs ${needed} voice port${needed === 1 ? '' : 's'}, and ${left} are free.`;
    return { code: resultCodes.portsExhausted, reason: 'voice-ports', explanation };
  }

  #mustWait(call: CallRecord, counted: readonly CountedRule[]): boolean {
    const isHeld = counted.some(
      ({ active, counter, legs }) => counter.slot(active.rule, call.acceptedAt, 0, legs) > call.acceptedAt,
    );
    return isHeld || this.#queue.hasBefore(call, counted);
  }

  /** What keeps it from beginning now; what it takes is not taken. */
  #hold({ counted, ports }: WaitingCall, now: number): Hold | undefined {
    for (const { active, counter, legs } of counted) {
      const { rule, day } = active;
      const verdict = expiryVerdicts[rule.scope];
      if (rule.quietHours && isQuiet(rule.quietHours, day.minuteOf(now))) {
        return { until: now + QUIET_LOOK, verdict };
      }
      const slot = counter.slot(rule, now, 0, legs);
      if (slot > now) return { until: slot, verdict };
      if (counter.running + legs > (rule.concurrentCalls ?? Infinity)) return { until: Infinity, verdict };
      if (counter.ports + ports > (rule.voicePorts ?? Infinity)) return noPort;
    }
    return undefined;
  }
}

const trunksFull: Objection = {
  code: resultCodes.platformFlowControl,
  reason: 'trunk-full',
  explanation: 'Every trunk for one of its numbers carries as many calls as it may.',
};

const noPort: Hold = { until: Infinity, verdict: verdicts.portsExhausted };

const because = ({ scope }: LimitRule, reason: Objection['reason'], explanation: string): Objection => ({
  code: refusalCodes[scope],
  reason,
  explanation,
});

function quietObjection({ active: { rule, day } }: CountedRule, now: number): Objection | undefined {
  const { quietHours, timeZone, scope } = rule;
  if (quietHours === undefined || !isQuiet(quietHours, day.minuteOf(now))) return undefined;
  const explanation = `Quiet hours of ${named[scope]} are from ${quietHours.from} to ${quietHours.to} (${timeZone}).`;
  return { code: resultCodes.requesterFlowControl, reason: 'quiet-hours', explanation };
}

function dayObjection(
  { active: { rule, day }, counter, legs }: CountedRule,
  now: number,
): Objection | undefined {
  const { callsPerDay = Infinity, scope, timeZone } = rule;
  if (counter.acceptedOn(day.startOf(now)) + legs <= callsPerDay) return undefined;
  const explanation = `All ${callsPerDay} calls of ${named[scope]} for this day (${timeZone}) were made.`;
  return because(rule, 'calls-per-day', explanation);
}

function paceObjection({ active: { rule }, counter, legs }: CountedRule, now: number): Objection | undefined {
  const { callsPerSecond, callsPerMinute, scope, excess, longestQueue } = rule;
  if (excess === 'queue') {
    if (counter.waiting < longestQueue) return undefined;
    return because(rule, 'queue-full', `${counter.waiting} calls of ${named[scope]} wait already.`);
  }
  if (counter.slot({ callsPerSecond }, now) > now) {
    const explanation = `${named[scope]} may make ${callsPerSecond} calls a second, and has.`;
    return because(rule, 'calls-per-second', capitalised(explanation));
  }
  if (counter.slot({ callsPerMinute }, now, 0, legs) > now) {
    const explanation = `${named[scope]} may make ${callsPerMinute} calls a minute, and has.`;
    return because(rule, 'calls-per-minute', capitalised(explanation));
  }
  return undefined;
}

function waitObjection({ active: { rule } }: CountedRule, longest: number): Objection {
  const explanation = `By the pace of ${named[rule.scope]}, its turn would not come within ${longest / 1_000} s, which is as long as it may wait.`;
  return because(rule, 'queue-full', explanation);
}

function concurrencyObjection({ active: { rule }, counter, legs }: CountedRule): Objection | undefined {
  const { concurrentCalls = Infinity, scope } = rule;
  if (counter.running + legs <= concurrentCalls) return undefined;
  const explanation = `${named[scope]} may have ${concurrentCalls} calls at once, and has.`;
  return because(rule, 'concurrent-calls', capitalised(explanation));
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
