/**
 * Who may call now, who waits, and who is refused: asked between the checks of a request and its call. Every method is
 * synchronous, so that requests which arrive together cannot share the last place. `limits` implements it.
 */
import type { CallOwner, CallRecord, Order, Verdict } from './call-record.ts';
import { type ResultCode, resultCodes } from './catalogue/result-codes.ts';

/** Where a call that waits stands. Times are ms since the epoch. */
export interface QueuePlace {
  /** 1 is next. */
  readonly position: number;
  /** By the pace that is set; more urgent calls that come later go first. After `expiresAt` where the pace was lowered since. */
  readonly expectedStart: number;
  /** When it ends unmade. */
  readonly expiresAt: number;
}

/** Voice ports. */
export interface PortsAsked {
  readonly needed: number;
  /** Left to the app. */
  readonly idle: number;
}

/** A call before its numbers are settled. */
export interface AskedCall {
  readonly owner: CallOwner;
  readonly order: Order;
  readonly sandbox: boolean;
  readonly acceptedAt: number;
  /** Display numbers of the app that are in use; absent: all it has. */
  readonly usableNumbers?: readonly string[];
}

export type NumberChoice =
  | { readonly kind: 'chosen'; readonly order: Order }
  | { readonly kind: 'refused'; readonly code: ResultCode };

export type Decision =
  | {
      readonly kind: 'admitted';
      /** Voice ports left, this call counted. */
      readonly idlePort: number;
    }
  | { readonly kind: 'queued'; readonly place: QueuePlace; readonly idlePort: number }
  | { readonly kind: 'refused'; readonly code: ResultCode };

/** What became of calls that wait. */
export interface DueCalls {
  /** These begin now, in this order. */
  readonly start: readonly CallRecord[];
  /** These waited too long, and end so. */
  readonly expired: readonly { readonly call: CallRecord; readonly verdict: Verdict }[];
  /** When to look again; undefined: when a call ends, or another one waits. */
  readonly next: number | undefined;
}

export interface Admission {
  /** What its phones show, where the numbers that were asked for share a pool. Takes nothing; `admit` follows at once. */
  choose(asked: AskedCall): NumberChoice;
  /** `call` as it would be stored; what it takes is taken when this returns. */
  admit(call: CallRecord, ports: PortsAsked): Decision;
  /** The call could not be stored: as if it had never been asked for. */
  withdraw(call: CallRecord): void;
  /** The call is over: what it held is free. */
  ended(call: CallRecord): void;
  /** Why its phones may not be dialled after all. */
  objection(call: CallRecord): Verdict | undefined;
  /** The call is stored and its answer is on its way: it may begin when it is its turn. */
  ready(call: CallRecord): void;
  /** A call that waited when the platform stopped waits on, ready. */
  resume(call: CallRecord, needed: number): void;
  /** It waits no more. False where it does not wait. */
  leave(call: CallRecord): boolean;
  place(sessionId: string, now: number): QueuePlace | undefined;
  /** @param fits takes the voice ports of this call from its app, if they are free */
  due(now: number, fits: (call: CallRecord, needed: number) => boolean): DueCalls;
}

/** No limits but the app's voice ports. */
export const unlimited: Admission = {
  choose: ({ order }) => ({ kind: 'chosen', order }),
  admit: (_call, { needed, idle }) =>
    idle < needed
      ? { kind: 'refused', code: resultCodes.portsExhausted }
      : { kind: 'admitted', idlePort: idle - needed },
  withdraw: () => {},
  ended: () => {},
  objection: () => undefined,
  ready: () => {},
  resume: () => {},
  leave: () => false,
  place: () => undefined,
  due: () => ({ start: [], expired: [], next: undefined }),
};
