/**
 * What the domain needs from the world, in the domain's words. `telephony`, `store`, `bus` and `speech` implement
 * these; the domain imports none of them. Times are milliseconds since 1970-01-01T00:00:00Z unless a name says otherwise.
 */
import type { CallEvent, CallRecord } from './call-record.ts';
import type { CallDetailRecord } from './cdr.ts';
import type { AnsweredBy, LegAudio } from './leg-audio.ts';
import type { LegQuality, QualityRows } from './leg-quality.ts';
import type { KeyedPlacement } from './request-key.ts';
import type { Key, PromptAudio, PromptRef } from './prompt.ts';
import type { StatusPush } from './status-push.ts';

export type { Key, PromptAudio, PromptRef, SystemPrompt } from './prompt.ts';

/** What a far end or our own stack said when a leg failed or was released. */
export interface SipCause {
  /** SIP response code of a failure (400-699); absent when the leg ended with BYE. */
  readonly sipStatus?: number;
  /** Q.850 cause from a `Reason` header (RFC 3326, RFC 6432), 0-127. */
  readonly q850?: number;
}

/**
 * Why a leg is over.
 * - `failed`: never answered. `local` when no peer said so: `timeout` (no final response, RFC 3261 timer B),
 *   `transport` (no address, connection refused, unreachable), `media` (an answer we cannot accept), `no-port` (no media port
 *   could be had), `no-route` (no trunk takes the number), `trunk-busy` (every trunk that does is full); no INVITE was sent
 *   with the last three.
 * - `remote-hangup`: BYE from the far end after the answer.
 * - `lost`: the far end vanished (session timer, silent media, a transaction time-out in the dialog), or our media worker did.
 * - `local-hangup`: we released it.
 */
export type LegEnd =
  | {
      readonly kind: 'failed';
      readonly cause: SipCause;
      readonly local?: 'timeout' | 'transport' | 'media' | 'no-port' | 'no-route' | 'trunk-busy';
    }
  | { readonly kind: 'remote-hangup'; readonly cause: SipCause }
  | { readonly kind: 'lost'; readonly reason: 'session-timer' | 'silent-media' | 'dialog' | 'media-failure' }
  | { readonly kind: 'local-hangup' };

/**
 * What came of one attempt to reach a party by one trunk.
 * - `answered`; `refused`: a final response said no; `given-up`: we cancelled it.
 * - `silent`: no response in the trunk's time; `timeout`: none in SIP's (RFC 3261 timer B); `transport`: it could not be
 *   sent; `media`: answered, with media that we cannot do.
 * - Without an INVITE: `full` (calls at once or per second), `unresolved` (its addresses), `blocked` (its gateways asked to
 *   be left alone: Retry-After).
 */
export type AttemptResult =
  | 'answered'
  | 'refused'
  | 'given-up'
  | 'silent'
  | 'timeout'
  | 'transport'
  | 'media'
  | 'full'
  | 'unresolved'
  | 'blocked';

export interface TrunkAttempt extends SipCause {
  readonly trunk: string;
  /** Such as `udp:203.0.113.7:5060`; absent without an INVITE. */
  readonly gateway?: string;
  readonly result: AttemptResult;
}

/** A step of a leg that binds the far end, taken once what would undo it after a crash is durable. */
export interface BindingStep {
  /** What `Telephony.release` takes; it stands in for that of the step before. */
  readonly trace: string;
  /** The INVITE leaves, or the answer is acknowledged. Safe to call when the leg is over. */
  readonly take: () => void;
}

/** Called at most once each, in this order where they occur; `ended` is the last call and always comes. */
export interface LegListener {
  /**
   * The INVITE is ready; `callId` is the SIP Call-ID under which traces and captures know the leg. Called again for each
   * further attempt (credentials, another target). Without a step it leaves at once.
   */
  dialled?(callId: string, step?: BindingStep): void;
  /** What came of each attempt, any number of times up to and including the answer, or the end. Not told of the sandbox. */
  attempted?(attempt: TrunkAttempt): void;
  /** 180 (or any provisional response that says "alerting"). */
  ringing(): void;
  /** The first media packet before the answer. */
  earlyMedia(): void;
  /** A provisional response carried a failure reason: what is heard now is a failure announcement. */
  failureAnnouncement(cause: SipCause): void;
  answered(step?: BindingStep): void;
  /** Who answered, once after `watchForMachine`. */
  answeredBy?(verdict: AnsweredBy): void;
  /** A machine's beep ended, ms since the epoch. */
  beep?(at: number): void;
  /** A key was pressed, in whichever way it was signalled. */
  key?(key: Key): void;
  ended(end: LegEnd): void;
}

export interface DialRequest {
  /** The session this leg belongs to; legs of one session are carried by one media worker. */
  readonly sessionId: string;
  readonly party: 'A' | 'B';
  /** E.164 with plus sign. */
  readonly display: string;
  readonly to: string;
  /** `sandbox` never reaches a trunk. */
  readonly route: 'default' | 'sandbox';
}

/** One party's dialog and media. A leg hears exactly one thing at a time: nothing, a prompt, or another leg. */
export interface TelephonyLeg {
  /** Plays to this leg in place of what it heard. Before the answer only where early media is possible. */
  play(prompt: PromptAudio, options?: { readonly loop?: boolean }): Playback;
  /** This leg hears `source` from now on (relay or transcoding is the implementation's concern). */
  hear(source: TelephonyLeg): void;
  /** From now on `answeredBy` and `beep` are told; nothing is delayed by it. */
  watchForMachine(): void;
  /** This leg hears nothing from now on (comfort silence keeps the stream alive). */
  hearNothing(): void;
  /** Cancels, rejects or hangs up, whichever fits the leg's state; `ended` follows. Safe to repeat. */
  hangUp(cause: { readonly q850: number }): void;
  /** After the end: what was heard each way; nothing when there never was audio to judge. Never rejects. */
  audio(): Promise<LegAudio | undefined>;
  /** Its media second by second: so far, or after the end all of it; nothing where there never was a packet. Never rejects. */
  quality(): Promise<QualityRows | undefined>;
}

export interface Playback {
  /** Resolves when the prompt was heard to its end or was replaced or stopped. Never rejects. */
  readonly finished: Promise<'completed' | 'stopped'>;
  stop(): void;
}

/** Where prompts come from: approved voice files, speech, the system's own prompts, tones. */
export interface PromptLibrary {
  /**
   * The same object for the same content, as long as it is kept.
   *
   * @param spId whose files
   * @param spoken hears for how many milliseconds a voice worked on a text of the customer; not called for what was there
   * @throws {PromptUnavailable}
   */
  get(
    ref: PromptRef,
    spId: string,
    signal?: AbortSignal,
    spoken?: (milliseconds: number) => void,
  ): Promise<PromptAudio>;
}

/** A recording that is being written. */
export interface ActiveRecording {
  /** Completes the file. Resolves with its length once it is where the recordings are kept. Never rejects. */
  stop(): Promise<{ readonly milliseconds: number }>;
  /** Resolves when nothing more can be written. */
  readonly failed: Promise<Error>;
}

/** Names recordings and keeps them once they are complete: a local folder, or a bucket. */
export interface RecordingStorage {
  /** A name for the recording of this session, and the local file to be written. */
  begin(sessionId: string): {
    readonly objectName: string;
    readonly bucketName: string;
    readonly domain: string;
    readonly file: string;
  };
  /** The file is complete: moves it to where it is kept. Rejects when it cannot; it stays where it is then. */
  complete(objectName: string): Promise<void>;
  /** How much a file that was cut off holds, ms; undefined when there is none, or no recording's header in it. */
  lengthOf(objectName: string): Promise<number | undefined>;
}

export interface Telephony {
  dial(request: DialRequest, listener: LegListener): TelephonyLeg;
  /**
   * Ends what another process left of a leg: its far end gets CANCEL or BYE. Resolves when it is rid of it, or does not
   * answer; never rejects.
   */
  release(trace: string, sessionId: string): Promise<void>;
  /** Records what both parties say into `file`, written while they talk. Rejects when it cannot begin. */
  record(a: TelephonyLeg, b: TelephonyLeg, file: string): Promise<ActiveRecording>;
}

/**
 * How a call stands that is about to dial.
 * - `may-dial`: showing this number, which may be another one than was asked for.
 * - `account-frozen`, `not-permitted`: its app is suspended, or has no number that may be shown.
 */
export type Standing =
  | { readonly kind: 'may-dial'; readonly display: string }
  | { readonly kind: 'account-frozen' | 'not-permitted' };

/** A change of a call and what is said about it; written in one transaction, or not at all. */
export interface CallChange {
  readonly call: CallRecord;
  readonly event?: CallEvent;
  readonly statusPush?: StatusPush;
  /** Only with the last change of a call. */
  readonly cdr?: CallDetailRecord;
  /** Of its legs that had media; only with the last change of a call. */
  readonly quality?: readonly LegQuality[];
  /**
   * When it is written, where that is later than it happened: the database may have been away. What is to be pushed is
   * due from then on, so that waiting for one another is not over before it began.
   */
  readonly writtenAt?: number;
}

/** A call that was to be stored, and it is not known whether it was. */
export interface DoubtfulCreation {
  readonly sessionId: string;
  readonly keyed: KeyedPlacement | undefined;
}

export interface CallStore {
  /**
   * Durable when it resolves, `keyed` with the call or neither: the API answers after it. Rejects where the key is taken, and
   * with StoreUnavailableError, which says whether it is in doubt that nothing is stored.
   */
  create(call: CallRecord, keyed?: KeyedPlacement): Promise<void>;
  /** Removes calls of which nothing but their acceptance is stored, and their keys. @returns how many were there */
  withdraw(creations: readonly DoubtfulCreation[]): Promise<number>;
  /** All of them, in their order, or none. */
  commit(...changes: readonly CallChange[]): Promise<void>;
  /** Calls accepted and not ended, oldest first: what a crash left behind. */
  unfinished(): Promise<CallRecord[]>;
  /** Notes that calls were alive at this time. */
  seenAlive(at: number): Promise<void>;
  /** The latest time noted; undefined when there is none. */
  lastSeenAlive(): Promise<number | undefined>;
}

/** Live view of what was committed; losing a subscriber loses nothing. */
export interface EventBus {
  publish(event: CallEvent): void;
  subscribe(listener: (event: CallEvent) => void): () => void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `action` once after `milliseconds`; the returned function cancels it. */
  after(milliseconds: number, action: () => void): () => void;
}

export interface Random {
  /** A whole number, 0 <= n < `below`. */
  integer(below: number): number;
}

/** The part of a logger the domain uses (pino satisfies it). Never given a number, a digit, a text or a secret. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
