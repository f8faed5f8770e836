import type { Call } from '../call.ts';
import type { Leg } from '../leg.ts';
import { dialTimedOut } from '../release-cause.ts';
import { cancellable } from '../cancellable.ts';

/**
 * Waits until `leg` answers. Rejects when it fails, when the ring time-out passes (cause 8003) or when the call ends for
 * another reason, such as the other party's hang-up.
 */
export async function answered(call: Call, leg: Leg): Promise<void> {
  const { clock, ringTimeout } = call.surroundings;
  const stopTimer = clock.after(ringTimeout, () => {
    const { verdict, sipStatus, q850 } = dialTimedOut(leg);
    leg.record.sipStatus = sipStatus;
    leg.record.q850 = q850;
    call.release(verdict);
  });
  try {
    await cancellable(leg.outcome, call.signal);
    call.signal.throwIfAborted();
  } finally {
    stopTimer();
  }
}
