import type { LegRecord } from './call-record.ts';
import type { AnsweredBy } from './leg-audio.ts';
import type { LegQuality } from './leg-quality.ts';
import type { BindingStep, Key, LegEnd, LegListener, SipCause, TelephonyLeg, TrunkAttempt } from './ports.ts';

/** What a leg tells the call it belongs to. Times are the call's own (`now`). */
export interface LegObserver {
  dialled(leg: Leg, step: BindingStep | undefined): void;
  ringing(leg: Leg): void;
  answered(leg: Leg, step: BindingStep | undefined): void;
  ended(leg: Leg, end: LegEnd): void;
}

/**
 * One party's dialog and media, as the domain sees it: the far end's story as promises and flags, and the record that
 * the CDR is made of. What the leg hears is decided through `connection`.
 */
export class Leg implements LegListener {
  readonly record: LegRecord;
  /** Resolves on the answer, or with the end of a leg that was never answered. */
  readonly outcome: Promise<LegEnd | 'answered'>;
  /** Resolves when the leg is over. Never rejects. */
  readonly over: Promise<LegEnd>;
  onEarlyMedia: () => void = () => {};
  onFailureAnnouncement: () => void = () => {};
  /** Tells that `record.answeredBy`, or `record.beepAt`, is there. */
  onAnsweredBy: () => void = () => {};
  onBeep: () => void = () => {};
  /** Hears of keys as they come; those that come while nobody listens wait in `keys`. */
  onKey: () => void = () => {};
  /** Keys pressed and not collected yet. */
  readonly keys: Key[] = [];
  announced = false;
  end: LegEnd | undefined;

  readonly #observer: LegObserver;
  readonly #now: () => number;
  readonly #resolveOutcome: (outcome: LegEnd | 'answered') => void;
  readonly #resolveOver: (end: LegEnd) => void;
  #connection: TelephonyLeg | undefined;

  constructor(record: LegRecord, now: () => number, observer: LegObserver) {
    this.record = record;
    this.#now = now;
    this.#observer = observer;
    const outcome = Promise.withResolvers<LegEnd | 'answered'>();
    const over = Promise.withResolvers<LegEnd>();
    this.outcome = outcome.promise;
    this.over = over.promise;
    this.#resolveOutcome = outcome.resolve;
    this.#resolveOver = over.resolve;
  }

  /** The telephony side of this leg; set once, right after dialling. */
  get connection(): TelephonyLeg {
    if (this.#connection === undefined) throw new Error(`leg ${this.record.party} was not dialled`);
    return this.#connection;
  }

  connect(connection: TelephonyLeg): void {
    this.#connection = connection;
  }

  get rang(): boolean {
    return this.record.alertingAt !== undefined;
  }

  dialled(callId: string, step?: BindingStep): void {
    if (this.end) return;
    this.record.callId = callId;
    if (step) this.record.trace = step.trace;
    this.#observer.dialled(this, step);
  }

  attempted({ trunk, gateway, result, sipStatus, q850 }: TrunkAttempt): void {
    if (this.end) return;
    this.record.attempts ??= [];
    this.record.attempts.push({ trunk, gateway, at: this.#now(), result, sipStatus, q850 });
  }

  ringing(): void {
    if (this.record.alertingAt !== undefined || this.record.answeredAt !== undefined || this.end) return;
    this.record.alertingAt = this.#now();
    this.#observer.ringing(this);
  }

  earlyMedia(): void {
    this.onEarlyMedia();
  }

  failureAnnouncement(_cause: SipCause): void {
    this.announced = true;
    this.onFailureAnnouncement();
  }

  answered(step?: BindingStep): void {
    if (this.end) return;
    this.record.answeredAt = this.#now();
    if (step) this.record.trace = step.trace;
    this.#observer.answered(this, step);
    this.#resolveOutcome('answered');
  }

  answeredBy(verdict: AnsweredBy): void {
    this.record.answeredBy = verdict;
    this.onAnsweredBy();
  }

  beep(at: number): void {
    this.record.beepAt ??= at;
    this.onBeep();
  }

  key(key: Key): void {
    if (this.end) return;
    this.keys.push(key);
    this.onKey();
  }

  ended(end: LegEnd): void {
    if (this.end) return;
    this.end = end;
    delete this.record.trace;
    this.record.endedAt = this.#now();
    if (this.record.answeredAt === undefined) this.record.failedAt = this.record.endedAt;
    this.#observer.ended(this, end);
    this.#resolveOutcome(end);
    this.#resolveOver(end);
  }

  /** Resolves when the leg is over and its record says how well it was heard. */
  async judged(): Promise<void> {
    await this.over;
    this.record.audio = await this.#connection?.audio();
  }

  /** Its media second by second, as far as there were any. */
  async quality(): Promise<LegQuality | undefined> {
    const rows = await this.#connection?.quality();
    return rows && { party: this.record.party, ...rows };
  }

  hangUp(q850: number): void {
    if (!this.end) this.#connection?.hangUp({ q850 });
  }
}
