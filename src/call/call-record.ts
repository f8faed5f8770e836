/** A call as it is stored: plain values, so that a row, a JSON document and memory show the same thing. */
import type { AnsweredBy, LegAudio } from './leg-audio.ts';
import type { FilePrompt, ShownPrompt, SpeechPrompt } from './prompt.ts';

/** Spec 00 section 1; an app has exactly one. */
export type Capability = 'callback' | 'notification' | 'verification';

export type Party = 'A' | 'B';

/** What a phone shows, where a pool chose it. */
export interface PoolChoice {
  /** Whose phone shows it. */
  readonly party: Party;
  readonly pool: string;
  /** The number of the request. */
  readonly asked: string;
  readonly chosen: string;
}

/** Spec 02, after parsing: defaults filled in, Base64 undone, strings turned into booleans. */
export interface CallbackOrder {
  readonly capability: 'callback';
  readonly displayNbr: string;
  readonly callerNbr: string;
  readonly displayCalleeNbr: string;
  readonly calleeNbr: string;
  readonly bindNbr?: string;
  readonly pooled?: readonly PoolChoice[];
  /** Minutes from B's answer, 0-1440; 0 means no limit. */
  readonly maxDuration: number;
  readonly lastMinVoice?: string;
  readonly lastMinToUE: 'toa' | 'tob' | 'both';
  readonly playPreVoice: boolean;
  readonly preVoice?: string;
  readonly waitVoice?: string;
  readonly calleeMedia: 'all' | 'none' | 'fail';
  readonly recordFlag: boolean;
  /** The request's, else the app's. */
  readonly recordHintTone?: string;
  /** No prompt before the recording, as the app wants it. */
  readonly recordHintOff?: boolean;
  readonly callBackTone?: string;
  readonly partyTypeRequiredInDisconnect: boolean;
}

/** Spec 03: one thing played, and what is done with the keys pressed after it. */
export interface NotificationSegment {
  readonly prompt: FilePrompt | SpeechPrompt;
  /** Keys to collect, 0-32; 0 collects none. */
  readonly collect: number;
  /** The collected keys that have the segment replayed. */
  readonly replayOn?: string;
}

/** Spec 03, after parsing: templates filled, strings turned into what they mean. */
export interface NotificationOrder {
  readonly capability: 'notification';
  readonly displayNbr: string;
  readonly calleeNbr: string;
  readonly bindNbr?: string;
  readonly pooled?: readonly PoolChoice[];
  /** 1-5, played in order. */
  readonly segments: readonly NotificationSegment[];
}

/** Spec 04, after parsing. */
export interface VerificationOrder {
  readonly capability: 'verification';
  readonly displayNbr: string;
  readonly calleeNbr: string;
  readonly bindNbr?: string;
  readonly pooled?: readonly PoolChoice[];
  /** Voice file before the code. */
  readonly preTone: string;
  /** 2-8 digits; never shown or logged. */
  readonly verifyCode: string;
  /** Voice file after the code. */
  readonly posTone?: string;
  /** How often the code is read, 0-9; 0 until the callee hangs up. */
  readonly times: number;
}

export type Order = CallbackOrder | NotificationOrder | VerificationOrder;

/** Who is dialled first, and what that phone shows: the first leg of a callback is its caller's. */
export function firstLegOf(order: Order): { readonly display: string; readonly to: string } {
  const to = order.capability === 'callback' ? order.callerNbr : order.calleeNbr;
  return { display: order.displayNbr, to };
}

/** The app as it was when the call was accepted; later changes do not alter a running call. */
export interface CallOwner {
  readonly appKey: string;
  readonly spId: string;
}

/** One attempt to reach a party by a trunk. */
export interface AttemptRecord {
  readonly trunk: string;
  readonly gateway?: string;
  /** When its result was there. */
  readonly at: number;
  readonly result: string;
  readonly sipStatus?: number;
  /** Only where the far end gave it. */
  readonly q850?: number;
}

export interface LegRecord {
  readonly party: Party;
  readonly display: string;
  readonly to: string;
  /** SIP Call-ID, once dialled. */
  callId?: string;
  /** By which trunks it was tried, in order; the last one carried it if it was answered. Absent in the sandbox. */
  attempts?: AttemptRecord[];
  /** What `Telephony.release` takes, while there is a far end to be released. */
  trace?: string;
  startedAt?: number;
  alertingAt?: number;
  answeredAt?: number;
  endedAt?: number;
  /** Set when the leg was never answered. */
  failedAt?: number;
  /** SIP status of the failure. */
  sipStatus?: number;
  /** Q.850 cause of the failure, from the far end or derived (RFC 3398). */
  q850?: number;
  /** Once the leg is over. */
  audio?: LegAudio;
  /** Where it was listened for. */
  answeredBy?: AnsweredBy;
  /** When a machine's first beep ended. */
  beepAt?: number;
}

/** What a recording is called, and where it is (spec 06). */
export interface RecordingRecord {
  readonly startedAt: number;
  readonly objectName: string;
  readonly bucketName: string;
  readonly domain: string;
  /** Once it is complete. */
  milliseconds?: number;
}

/** One prompt that a party began to hear. */
export interface PlayedPrompt extends ShownPrompt {
  readonly at: number;
  readonly party: Party;
}

/** What was read and collected, for the call record and for whoever looks into the call. */
export interface PlayRecord {
  /** Speech prompts played. */
  ttsPlayTimes: number;
  /** Time that voices worked on the texts of the call, ms: nothing for what was in the cache, nor for waiting. */
  ttsMilliseconds: number;
  /** When keys were first waited for. */
  gatherStartedAt?: number;
  /** What was collected, in order. */
  collected: string[];
  /** When something was last. */
  collectedAt?: number;
  /** The first ones, in order. */
  prompts?: PlayedPrompt[];
  /** When both parties of a callback were joined. */
  bridgedAt?: number;
}

/** How a call ended, in the catalogue's codes (spec 10). */
export interface Verdict {
  /** Table A. */
  readonly releaseCause: number;
  /** Table C. */
  readonly teardownPoint: number;
  readonly releasedBy: 'caller' | 'callee' | 'platform';
}

export type CallState = 'accepted' | 'running' | 'ended';

export interface CallRecord {
  readonly sessionId: string;
  readonly icid: string;
  readonly owner: CallOwner;
  readonly order: Order;
  /** Where status events are pushed: the request's URL, else the app's, else nowhere. */
  readonly statusUrl?: string;
  readonly feeUrl?: string;
  readonly userData?: string;
  /** The sandbox prefix was used: never a trunk. */
  readonly sandbox: boolean;
  readonly acceptedAt: number;
  /** It waits for its turn until then at most; only of calls that had to wait. */
  waitUntil?: number;
  state: CallState;
  /** `sequence` of the last event written; 0 when there is none. */
  lastSequence: number;
  legs: LegRecord[];
  played?: PlayRecord;
  recording?: RecordingRecord;
  /** The default verdict comes first: internal error (8000) until a path improves on it. */
  verdict: Verdict;
  endedAt?: number;
}

const copyOf = (played: PlayRecord): PlayRecord => ({
  ...played,
  collected: [...played.collected],
  ...(played.prompts && { prompts: [...played.prompts] }),
});

/** The call as it is now: what changes while it runs is copied, what does not is shared. */
export function snapshotOf(call: CallRecord): CallRecord {
  const { legs, played, recording } = call;
  return {
    ...call,
    legs: legs.map((leg) => ({ ...leg, ...(leg.attempts && { attempts: [...leg.attempts] }) })),
    ...(played && { played: copyOf(played) }),
    ...(recording && { recording: { ...recording } }),
  };
}

/** Spec 07: one element of the sequence of a call. `legParty` says whose. */
export interface CallEvent {
  readonly sessionId: string;
  /** 1, 2, 3 ... within the session. */
  readonly sequence: number;
  readonly type: 'callout' | 'alerting' | 'answer' | 'collectInfo' | 'disconnect';
  readonly at: number;
  readonly party?: Party;
  readonly caller?: string;
  readonly called?: string;
  readonly stateCode?: number;
  readonly digits?: string;
}
