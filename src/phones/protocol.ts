import type { MessagePort } from 'node:worker_threads';

/** What the thread of the phones is started with. */
export interface PhonesSettings {
  readonly host: string;
  readonly recordings: string | undefined;
  /** ms from the answer, after which a phone hangs up by itself; never without one. */
  readonly longestCall: number | undefined;
}

/** Messages of the thread to who started it. */
export type FromPhones =
  | { readonly kind: 'ready'; readonly address: { readonly host: string; readonly port: number } }
  /** A fault that ended no more than one call, or a recording. */
  | { readonly kind: 'problem'; readonly error: Error };

/** Messages to the thread. */
export type ToPhones =
  /** End all calls, complete the recordings, and end. */
  | { readonly kind: 'close' }
  /**
   * Somebody holds the phone of `number` as long as `port` is open; over it go ToHeldPhone and FromHeldPhone. The first
   * message says whether he has it, or somebody else.
   */
  | {
      readonly kind: 'hold';
      readonly number: string;
      /** A secret of his: with it he has the phone again if he comes back within seconds. */
      readonly holder: string;
      readonly port: MessagePort;
    };

/** The first message over the port of a phone that somebody wants to hold. */
export interface HoldAnswer {
  readonly kind: 'held' | 'taken';
}
