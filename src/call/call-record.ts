/** A call as it is stored: plain values, so that a row, a JSON document and memory show the same thing. */

/** Spec 00 section 1; an app has exactly one. */
export type Capability = 'callback' | 'notification' | 'verification';

/** Spec 02, after parsing: defaults filled in, Base64 undone, strings turned into booleans. */
export interface CallbackOrder {
  readonly capability: 'callback';
  readonly displayNbr: string;
  readonly callerNbr: string;
  readonly displayCalleeNbr: string;
  readonly calleeNbr: string;
  readonly bindNbr?: string;
  /** Minutes from B's answer, 0-1440; 0 means no limit. */
  readonly maxDuration: number;
  readonly lastMinVoice?: string;
  readonly lastMinToUE: 'toa' | 'tob' | 'both';
  readonly playPreVoice: boolean;
  readonly preVoice?: string;
  readonly waitVoice?: string;
  readonly calleeMedia: 'all' | 'none' | 'fail';
  readonly recordFlag: boolean;
  readonly recordHintTone?: string;
  readonly callBackTone?: string;
  readonly partyTypeRequiredInDisconnect: boolean;
}

/** Grows by the notification and verification orders of spec 03 and 04. */
export type Order = CallbackOrder;

/** The app as it was when the call was accepted; later changes do not alter a running call. */
export interface CallOwner {
  readonly appKey: string;
  readonly spId: string;
}

export type Party = 'A' | 'B';

export interface LegRecord {
  readonly party: Party;
  readonly display: string;
  readonly to: string;
  /** SIP Call-ID, once dialled. */
  callId?: string;
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
  state: CallState;
  /** `sequence` of the last event written; 0 when there is none. */
  lastSequence: number;
  legs: LegRecord[];
  /** The default verdict comes first: internal error (8000) until a path improves on it. */
  verdict: Verdict;
  endedAt?: number;
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
