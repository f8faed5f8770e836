import type { Call } from '../call.ts';
import { cancellable } from '../cancellable.ts';
import type { Leg } from '../leg.ts';
import { verdicts } from '../release-cause.ts';

/**
 * Records both parties from now until the call ends (spec 06). A recording that cannot begin or go on ends the call with
 * 8015: who asked for a recording does not want the talk without it.
 */
export async function record(call: Call, a: Leg, b: Leg): Promise<void> {
  const { telephony, recordings, clock } = call.surroundings;
  const { file, ...named } = recordings.begin(call.record.sessionId);
  try {
    const active = await cancellable(telephony.record(a.connection, b.connection, file), call.signal);
    call.record.recording = { startedAt: clock.now(), ...named };
    call.keepRecording(active);
  } catch (error) {
    call.signal.throwIfAborted();
    call.fault(error, 'a recording could not begin');
    call.release(verdicts.recordingFailed);
    call.signal.throwIfAborted();
  }
}
