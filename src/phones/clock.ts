import { performance } from 'node:perf_hooks';

/** All time in the phones: what behaviours wait for and what their media are paced by. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, never going back. */
  now(): number;
  /** Runs `action` once, `milliseconds` from now; the function returned cancels it. */
  after(milliseconds: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

/**
 * Resolves `milliseconds` from now.
 *
 * @throws the reason of `signal`, as soon as it is aborted
 */
export function wait(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = clock.after(milliseconds, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** What is caught up when the clock is late, ms; a receiver would throw away what comes later. */
const LONGEST_CATCH_UP = 200;

/**
 * Runs `action` now and then every `period` ms without drift: each run is given the instant at which it was due, and
 * runs that were missed follow at once.
 *
 * @returns ends it
 */
export function every(clock: Clock, period: number, action: (due: number) => void): () => void {
  let due = clock.now();
  let cancel = (): void => {};
  let ended = false;
  const run = (): void => {
    const now = clock.now();
    const late = now - due - LONGEST_CATCH_UP;
    if (late > 0) due += Math.ceil(late / period) * period;
    for (; due <= now; due += period) action(due);
    if (!ended) cancel = clock.after(due - now, run);
  };
  run();
  return () => {
    ended = true;
    cancel();
  };
}
