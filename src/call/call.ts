import {
  type CallEvent,
  type CallRecord,
  type LegRecord,
  type Party,
  type PlayRecord,
  snapshotOf,
  type Verdict,
} from './call-record.ts';
import type { Admission } from './admission.ts';
import { nextChange } from './call-change.ts';
import type { CallJournal } from './journal.ts';
import type { LegQuality } from './leg-quality.ts';
import { Leg } from './leg.ts';
import type {
  ActiveRecording,
  BindingStep,
  Clock,
  LegEnd,
  Logger,
  PromptAudio,
  PromptLibrary,
  PromptRef,
  RecordingStorage,
  Standing,
  Telephony,
} from './ports.ts';
import { PromptUnavailable } from './prompt-unavailable.ts';
import { cancellable } from './cancellable.ts';
import { shownOf } from './prompt.ts';
import { StoreUnavailableError } from './store-unavailable-error.ts';
import { legFailure, verdicts } from './release-cause.ts';
import { Released } from './released.ts';
import { q850 } from './catalogue/q850-causes.ts';

/** Prompts of a call that are kept: one that is repeated for an hour says no more. */
const MOST_PROMPTS = 50;

/** ms within which what was only noted is stored. */
const SOON = 1_000;

/** How long a prompt is asked for while the database is away, and how often, ms. */
const PROMPT_PATIENCE = 10_000;
const PROMPT_INTERVAL = 500;

/** What every call of this process shares. */
export interface CallSurroundings {
  readonly telephony: Telephony;
  readonly prompts: PromptLibrary;
  readonly recordings: RecordingStorage;
  readonly playing: PlayingRules;
  readonly clock: Clock;
  readonly log: Logger;
  /** Our name in session ids and call records. */
  readonly hostName: string;
  /** From INVITE to answer, milliseconds. */
  readonly ringTimeout: number;
  /** Whether a call that is about to dial still may, showing this number; absent: every one may. */
  readonly standing?: (record: CallRecord, display: string) => Promise<Standing>;
  /** Who may call now; absent: everybody who has a voice port. */
  readonly admission?: Admission;
}

/** How prompts, keys and codes are played where the service leaves it open (docs/compatibility.md). Times in ms. */
export interface PlayingRules {
  /** From the end of a prompt to the first key (spec 03: 5 s). */
  readonly firstKeyTimeout: number;
  /** From key to key. */
  readonly interKeyTimeout: number;
  /** A key stops the prompt that plays, instead of being counted after it. */
  readonly bargeIn: boolean;
  /** A # after other keys ends what is collected, and is not part of it. */
  readonly hashEndsKeys: boolean;
  /** How often a segment is replayed at most. */
  readonly maxReplays: number;
  /** What to do about answering machines: nothing, only note the verdict, hang up, or speak after the beep. */
  readonly answeringMachine: 'off' | 'note' | 'hang-up' | 'wait-for-beep';
  /** What a repetition of a verification repeats: the code alone, or the tones around it too. */
  readonly repeat: 'code' | 'everything';
}

/** A leg that was given up before its answer failed with what a CANCEL yields: 487 (RFC 3261 section 9.2). */
function markCancelled(leg: LegRecord): void {
  if (leg.answeredAt !== undefined) return;
  leg.sipStatus ??= 487;
  leg.q850 ??= q850.normalClearing;
}

/**
 * One call while it runs. Hang-up is cancellation: whoever ends the call says why through `release`, the first reason
 * stands, and every step that is pending rejects with it. Until then the verdict is "internal error" (8000).
 */
export class Call {
  readonly record: CallRecord;
  readonly surroundings: CallSurroundings;
  readonly #newJournal: (call: Call) => CallJournal;
  /** What only a call needs that has begun is made then: thousands may wait for their turn. */
  #abort: AbortController | undefined;
  #writer: CallJournal | undefined;
  readonly #legs: Leg[] = [];
  #recording: ActiveRecording | undefined;
  /** Ends what waits to write what was noted. */
  #writing: (() => void) | undefined;

  constructor(record: CallRecord, surroundings: CallSurroundings, journal: (call: Call) => CallJournal) {
    this.record = record;
    this.surroundings = surroundings;
    this.#newJournal = journal;
  }

  /** Aborted when the call is released; its reason is why. */
  get signal(): AbortSignal {
    return this.#cancellation.signal;
  }

  get #cancellation(): AbortController {
    return (this.#abort ??= new AbortController());
  }

  get #journal(): CallJournal {
    return (this.#writer ??= this.#newJournal(this));
  }

  /** Whether all that happened in it so far is durable. */
  get isRecorded(): boolean {
    return this.#journal.unwritten === 0;
  }

  /** Ends the call for this reason, unless it is already ending for another. */
  release(verdict: Verdict): void {
    if (this.signal.aborted) return;
    this.record.verdict = verdict;
    this.#cancellation.abort(new Released(verdict));
  }

  /** Rings a phone. The leg's end releases the call: after the answer as a hang-up, before it as a failure. */
  dial(party: Party, display: string, to: string): Leg {
    this.signal.throwIfAborted();
    const { telephony, clock } = this.surroundings;
    const legRecord: LegRecord = { party, display, to, startedAt: clock.now() };
    this.record.legs.push(legRecord);
    let toldCallout = false;
    const tellCallout = (step?: BindingStep): void => {
      toldCallout = true;
      // The event and the record name one time, however long the line took to be got.
      legRecord.startedAt = clock.now();
      this.#tell('callout', legRecord, { durable: step?.take });
    };
    const leg = new Leg(legRecord, () => clock.now(), {
      dialled: (_leg, step) => {
        if (!toldCallout) tellCallout(step);
        else this.#journal.write({ call: snapshotOf(this.record) }, step?.take);
      },
      ringing: () => this.#tell('alerting', legRecord),
      answered: (_leg, step) => this.#tell('answer', legRecord, { durable: step?.take }),
      ended: (_leg, end) => {
        // A leg that could not be dialled has its place in the story, too.
        if (!toldCallout) tellCallout();
        this.#legEnded(leg, end);
      },
    });
    this.#legs.push(leg);
    const { sessionId, sandbox } = this.record;
    const route = sandbox ? 'sandbox' : 'default';
    try {
      leg.connect(telephony.dial({ sessionId, party, display, to, route }, leg));
    } catch (error) {
      // A fault of ours: 8000, and the leg is over before it began, so that nobody waits for its end.
      this.release(verdicts.internalError);
      leg.ended({ kind: 'failed', cause: {}, local: 'media' });
      throw error;
    }
    return leg;
  }

  /** The samples of a prompt, of the account's own files where it names one. Ends the call with 8005 or 8006 without them. */
  async prompt(ref: PromptRef): Promise<PromptAudio> {
    const { prompts, clock } = this.surroundings;
    const since = clock.now();
    const spoken = (milliseconds: number): void => {
      this.played.ttsMilliseconds += milliseconds;
    };
    for (;;) {
      try {
        const { spId } = this.record.owner;
        return await cancellable(prompts.get(ref, spId, this.signal, spoken), this.signal);
      } catch (error) {
        if (error instanceof PromptUnavailable) {
          this.release(error.reason === 'missing' ? verdicts.voiceFileMissing : verdicts.speechFailed);
          this.signal.throwIfAborted();
        }
        // Which file it is stands in the database: a restart of it costs no call.
        if (!(error instanceof StoreUnavailableError) || clock.now() - since >= PROMPT_PATIENCE) throw error;
        const pause = new Promise<void>((resolve) => clock.after(PROMPT_INTERVAL, resolve));
        await cancellable(pause, this.signal);
      }
    }
  }

  /** What was read and collected so far; the last change of the call tells it. */
  get played(): PlayRecord {
    this.record.played ??= { ttsPlayTimes: 0, ttsMilliseconds: 0, collected: [] };
    return this.record.played;
  }

  /** Keeps that a prompt begins. Digits that are read out become one code, and it is not told which. */
  notePrompt(leg: Leg, ref: PromptRef): void {
    const prompts = (this.played.prompts ??= []);
    const shown = shownOf(ref);
    const isMore = shown.kind === 'code' && prompts.at(-1)?.kind === 'code';
    if (isMore || prompts.length >= MOST_PROMPTS) return;
    prompts.push({ at: this.surroundings.clock.now(), party: leg.record.party, ...shown });
    this.#writeSoon();
  }

  /** Keeps that the parties hear each other from now on. */
  noteBridge(): void {
    this.played.bridgedAt = this.surroundings.clock.now();
    this.#writeSoon();
  }

  /** Writes what was only noted, unless an event does before: whoever looks at the running call sees it. */
  #writeSoon(): void {
    if (this.signal.aborted) return;
    this.#writing ??= this.surroundings.clock.after(SOON, () => {
      this.#writing = undefined;
      this.#journal.write({ call: snapshotOf(this.record) });
    });
  }

  /** Keeps a recording until the call ends; one that fails ends the call with 8015. */
  keepRecording(recording: ActiveRecording): void {
    this.#recording = recording;
    // Named in the record at once: after a crash the file is found by it.
    this.#journal.write({ call: snapshotOf(this.record) });
    void recording.failed.then((error) => {
      this.fault(error, 'a recording failed');
      this.release(verdicts.recordingFailed);
    });
  }

  /** For the operator; never with a number, a digit or a text. */
  fault(error: unknown, message: string): void {
    this.surroundings.log.error({ sessionId: this.record.sessionId, err: error }, message);
  }

  /** Tells what was collected from `leg` (spec 07, collectInfo). */
  collected(leg: Leg, digits: string): void {
    this.played.collected.push(digits);
    this.played.collectedAt = this.surroundings.clock.now();
    this.#tell('collectInfo', leg.record, { digits });
  }

  /** Hangs up what is still up, then writes the last event and the call record, once. */
  async finish(): Promise<void> {
    this.release(verdicts.internalError);
    const firstReleased = this.#firstReleased();
    const cause = this.record.verdict.releaseCause === 0 ? q850.normalClearing : q850.normalUnspecified;
    const recorded = this.#endRecording();
    for (const leg of this.#legs) leg.hangUp(cause);
    await Promise.all(this.#legs.map((leg) => leg.judged()));
    await recorded;
    this.#tell('disconnect', firstReleased, { quality: await this.quality() });
    await this.#journal.drained();
    if (this.#recording !== undefined) this.#keep();
  }

  /** The media of its legs second by second, as far as they had any. */
  async quality(): Promise<LegQuality[]> {
    const legs = await Promise.all(this.#legs.map((leg) => leg.quality()));
    return legs.filter((leg) => leg !== undefined);
  }

  /** The file is complete before the record of the call names it. */
  async #endRecording(): Promise<void> {
    const { recording } = this.record;
    if (this.#recording === undefined || recording === undefined) return;
    const { milliseconds } = await this.#recording.stop();
    recording.milliseconds = milliseconds;
  }

  /**
   * Moves the recording to where it is kept, for which nobody waits. Not before the call has its record: after a crash its
   * length is read from the file that is still here.
   */
  #keep(): void {
    const { recording } = this.record;
    if (recording === undefined) return;
    this.surroundings.recordings
      .complete(recording.objectName)
      .catch((error: unknown) => this.fault(error, 'a recording could not be moved to where it is kept'));
  }

  /** The leg that was gone before we hung up the others, else the first: its numbers go into `disconnect` (spec 07). */
  #firstReleased(): LegRecord | undefined {
    return (this.#legs.find((leg) => leg.end !== undefined) ?? this.#legs[0])?.record;
  }

  #legEnded(leg: Leg, end: LegEnd): void {
    const isCaller = leg.record.party === 'A' && this.record.order.capability === 'callback';
    const user = isCaller ? 'caller' : 'callee';
    switch (end.kind) {
      case 'failed': {
        if (this.signal.aborted) return markCancelled(leg.record);
        const { rang, announced } = leg;
        const failure = legFailure({ party: leg.record.party, user, rang, announced }, end);
        leg.record.sipStatus = failure.sipStatus;
        leg.record.q850 = failure.q850;
        this.release(failure.verdict);
        return;
      }
      case 'remote-hangup':
        this.release(this.#hangUpVerdict(user));
        return;
      case 'lost':
        this.release(verdicts.lost);
        return;
      case 'local-hangup':
        // Ours: whoever asked for it has already said why.
        markCancelled(leg.record);
    }
  }

  /** A hang-up is normal once all parties are there; a caller who leaves earlier left before the connection (8009). */
  #hangUpVerdict(user: 'caller' | 'callee'): Verdict {
    if (user === 'callee') return verdicts.normal(user);
    const second = this.#legs.find((leg) => leg.record.party === 'B');
    if (second?.record.answeredAt !== undefined) return verdicts.normal(user);
    if (second === undefined) return verdicts.callerHungUp.beforeForward;
    return second.rang ? verdicts.callerHungUp.whileRinging : verdicts.callerHungUp.beforeRinging;
  }

  #tell(
    type: CallEvent['type'],
    leg: LegRecord | undefined,
    { digits, durable, quality }: { digits?: string; durable?: () => void; quality?: LegQuality[] } = {},
  ): void {
    const { clock, hostName } = this.surroundings;
    this.#writing?.();
    this.#writing = undefined;
    const change = nextChange(this.record, type, clock.now(), leg, hostName, digits);
    this.#journal.write(quality?.length ? { ...change, quality } : change, durable);
  }
}
