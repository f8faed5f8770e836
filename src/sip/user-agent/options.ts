import type { Flow, Transport } from '../flow.ts';
import type { SipRequest } from '../message/message.ts';
import type { RandomSource } from '../random.ts';
import type { Timers } from '../timers.ts';

export interface SessionTimerOptions {
  /** The interval we offer, s (RFC 4028 4: 1800 is recommended). */
  readonly expires: number;
  /** The shortest interval we accept, s; at least 90. */
  readonly minimum: number;
}

export interface UserAgentOptions {
  readonly random: RandomSource;
  readonly timers?: Timers;
  /** Value of User-Agent and Server. */
  readonly product: string;
  /** What Via and Contact tell the far end for a transport: the public address. */
  address(transport: Transport): { readonly host: string; readonly port: number };
  /** `refuse`: requests from strangers get a cheap refusal. `accept`: an INVITE becomes an incoming session. */
  readonly inbound: 'refuse' | 'accept';
  /** What to do with 300, 301 and 302 (RFC 3261 8.1.3.4). */
  readonly redirects: 'follow' | 'refuse';
  /** How many redirected targets one call may try; 5 unless set. */
  readonly maxRedirects?: number;
  readonly sessionTimer?: SessionTimerOptions;
}

/** What to dial. */
export interface InviteOrder {
  readonly requestUri: string;
  /** Name-addr without tag, e.g. `"Desk" <sip:+86...@203.0.113.1>`. */
  readonly from: string;
  /** Name-addr without tag. */
  readonly to: string;
  /** Where the INVITE is sent: the trunk or its outbound proxy. */
  readonly destination: Flow;
  /** Preloaded route set (RFC 3261 8.1.1.1), name-addrs. */
  readonly route?: readonly string[];
  readonly callId?: string;
  /** Further header fields, such as P-Asserted-Identity and Privacy. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** SDP of our offer. */
  readonly offer: string;
  readonly credentials?: Credentials;
  /**
   * Nothing that somebody would have to take back after a crash goes out before `proceed` is called: an INVITE, the ACK of
   * its 2xx. What is needed to take it back is told before (`inviting`, `answered`).
   */
  readonly stepwise?: boolean;
}

/**
 * What ends the far end's part of a session once the process that held it is gone: the last INVITE, or the ACK to its 2xx,
 * as it was sent. The body does not matter.
 */
export interface SessionTrace {
  readonly request: SipRequest;
  readonly to: Flow;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Why we hang up or reject; written into Reason header fields (RFC 3326). */
export interface ReleaseReason {
  /** Q.850 cause value, 0-127. */
  readonly q850?: number;
  /** Status of `SIP;cause=`; for an incoming session not yet answered, the status of the refusal. */
  readonly sipStatus?: number;
  readonly text?: string;
}
