/**
 * The timers of RFC 3261 section 17 (table 4 in appendix A) as RFC 6026 extends them, in milliseconds.
 * One immutable record, handed to whoever needs it, so that a test may run a stack with other values.
 * Values are those of unreliable transports; `reliableTimers` gives what holds on a reliable one.
 */
export interface Timers {
  /** Estimate of the round-trip time. */
  readonly T1: number;
  /** Longest interval between retransmissions of non-INVITE requests and INVITE responses. */
  readonly T2: number;
  /** Longest time a message stays in the network. */
  readonly T4: number;
  /** First INVITE retransmission; doubles. */
  readonly A: number;
  /** INVITE transaction without any response. */
  readonly B: number;
  /** Wait for repeated final responses to an INVITE; at least 32 s. */
  readonly D: number;
  /** First non-INVITE retransmission; doubles up to T2. */
  readonly E: number;
  /** Non-INVITE transaction without a final response. */
  readonly F: number;
  /** First retransmission of a non-2xx final response to an INVITE; doubles up to T2. */
  readonly G: number;
  /** Wait for the ACK to a non-2xx final response. */
  readonly H: number;
  /** Wait for repeated ACKs. */
  readonly I: number;
  /** Wait for repeated non-INVITE requests. */
  readonly J: number;
  /** Wait for repeated non-INVITE responses. */
  readonly K: number;
  /** Wait for repeated INVITEs after a 2xx (RFC 6026). */
  readonly L: number;
  /** Wait for repeated and forked 2xx responses to an INVITE (RFC 6026). */
  readonly M: number;
  /** How long the server may stay silent before the transaction sends 100 Trying (section 17.2.1). */
  readonly trying: number;
  /** How long a cancelled INVITE waits for its final response (section 9.1). */
  readonly cancelled: number;
}

/**
 * Derives every timer from the three that RFC 3261 lets a deployment choose.
 *
 * @param T1 round-trip estimate, ms
 * @param T2 longest retransmission interval, ms
 * @param T4 longest life of a message in the network, ms
 */
export function timersFrom(T1: number, T2: number, T4: number): Timers {
  const timeout = 64 * T1;
  return Object.freeze({
    T1,
    T2,
    T4,
    A: T1,
    B: timeout,
    // RFC 3261 17.1.1.2: "at least 32 seconds", which is timer H of a server that keeps the default T1.
    D: timeout,
    E: T1,
    F: timeout,
    G: T1,
    H: timeout,
    I: T4,
    J: timeout,
    K: T4,
    L: timeout,
    M: timeout,
    trying: 200,
    cancelled: timeout,
  });
}

/** The values RFC 3261 recommends for the Internet: T1 500 ms, T2 4 s, T4 5 s. */
export const defaultTimers: Timers = timersFrom(500, 4_000, 5_000);

/** The timers that hold on a reliable transport: nothing is repeated and nothing waits for repetitions. */
export function reliableTimers(timers: Timers): Timers {
  return Object.freeze({ ...timers, A: Infinity, D: 0, E: Infinity, G: Infinity, I: 0, J: 0, K: 0 });
}
