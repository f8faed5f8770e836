/** What a failed INVITE says about whom to try next. */

export interface InviteFailure {
  /** That of the final response; 408 and 503 where there was none (RFC 3261 section 8.1.3.1). */
  readonly status: number;
  /** From a Reason header (RFC 3326). */
  readonly q850?: number | undefined;
  /** Absent: the peer said so. `silent`: no response at all within the trunk's patience. */
  readonly local?: 'timeout' | 'transport' | 'silent' | undefined;
}

/**
 * - `over`: about the callee or the call itself: nobody else is asked.
 * - `next`: about the gateway or the way from it on: another one may do.
 * - `dead`: as `next`, and the gateway is kept for last for a while.
 */
export type Consequence = 'over' | 'next' | 'dead';

/**
 * Somebody was asked and said no, or the call itself is refused; no Q.850 cause makes up for it. 603 is a human, or with
 * 607 (RFC 8197) and 608 (RFC 8688) a human's or carrier's protection against unwanted calls; 6xx speak for every place
 * where the callee could be (RFC 3261 section 21.6). 487: it was cancelled.
 */
const final = new Set([486, 487]);

/** Of the classes 000 and 001 of Q.850, which mostly speak of the user: no route from here, error in exchanging routes. */
const networkCauses = new Set([2, 3, 6, 25]);
/** Of the others, which speak of resources, services and protocols: barred, not in the group, incompatible phone. */
const userCauses = new Set([53, 55, 87, 88, 90]);
/** Say nothing: the status decides. */
const unspecific = new Set([31, 127]);

/** Refused by this gateway, for reasons another one may not have: credentials, codecs, loops, extensions. */
const gatewayStatuses = new Set([
  401, 402, 405, 406, 407, 408, 415, 420, 421, 423, 482, 483, 488, 491, 493, 494,
]);

export function consequenceOf({ status, q850, local }: InviteFailure): Consequence {
  if (local !== undefined) return 'dead';
  if (status >= 600 || final.has(status)) return 'over';
  if (q850 !== undefined && !unspecific.has(q850)) {
    return networkCauses.has(q850) || (q850 >= 32 && !userCauses.has(q850)) ? 'next' : 'over';
  }
  return status >= 500 || gatewayStatuses.has(status) ? 'next' : 'over';
}
