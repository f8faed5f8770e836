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
export interface ToPhones {
  /** End all calls, complete the recordings, and end. */
  readonly kind: 'close';
}
