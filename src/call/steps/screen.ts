import type { Call } from '../call.ts';
import { cancellable } from '../cancellable.ts';
import type { Leg } from '../leg.ts';
import { verdicts } from '../release-cause.ts';

/** The longest that a verdict may keep the callee waiting, and that a greeting may last before its beep, ms. */
const LONGEST_VERDICT = 4_000;
const LONGEST_GREETING = 60_000;

/**
 * Person or answering machine? Does what the setting says: nothing; note the verdict in the call's record without delaying
 * anything; hang up on a machine (a normal end by the platform); or wait for its beep. Where the verdict decides, the first
 * word waits for it, at most four seconds.
 */
export async function screen(call: Call, leg: Leg): Promise<void> {
  const { answeringMachine } = call.surroundings.playing;
  if (answeringMachine === 'off') return;
  call.signal.throwIfAborted();
  leg.connection.watchForMachine();
  if (answeringMachine === 'note') return;

  await until(call, LONGEST_VERDICT, (happened) => {
    leg.onAnsweredBy = happened;
    return leg.record.answeredBy !== undefined;
  });
  if (leg.record.answeredBy?.verdict !== 'machine') return;
  if (answeringMachine === 'hang-up') {
    call.release(verdicts.normal('platform'));
    call.signal.throwIfAborted();
  }
  await until(call, LONGEST_GREETING, (happened) => {
    leg.onBeep = happened;
    return leg.record.beepAt !== undefined;
  });
}

/** Waits until what `subscribe` listens for happens, at most `patience` milliseconds; not at all when it has happened. */
async function until(
  call: Call,
  patience: number,
  subscribe: (happened: () => void) => boolean,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (subscribe(resolve)) return;
  const stopTimer = call.surroundings.clock.after(patience, resolve);
  try {
    await cancellable(promise, call.signal);
  } finally {
    stopTimer();
  }
}
