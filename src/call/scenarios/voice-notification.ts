import type { Call } from '../call.ts';
import type { NotificationOrder, NotificationSegment } from '../call-record.ts';
import type { Leg } from '../leg.ts';
import { verdicts } from '../release-cause.ts';
import { answered } from '../steps/answered.ts';
import { checkBeforeDialling } from '../steps/check-before-dialling.ts';
import { screen } from '../steps/screen.ts';
import { playAndGather } from '../steps/gather.ts';
import { play, type ReadyPrompt, ready } from '../steps/play.ts';

/** Voice notification (spec 03, behaviour): ring the callee, play each segment, collect keys where asked, hang up. */
export async function voiceNotification(call: Call, order: NotificationOrder): Promise<void> {
  // Rendered before the phone rings, so that nobody answers into silence.
  const prompts = await Promise.all(order.segments.map(({ prompt }) => ready(call, prompt)));
  const display = await checkBeforeDialling(call, order.displayNbr);
  const callee = call.dial('A', display, order.calleeNbr);
  await answered(call, callee);
  await screen(call, callee);

  for (const [index, segment] of order.segments.entries()) {
    await playSegment(call, callee, segment, prompts[index] as ReadyPrompt);
  }
  call.release(verdicts.normal('platform'));
}

/**
 * Plays a segment, and collects keys where asked (spec 03, behaviour 4 to 7). Where keys may ask for a replay, it is played
 * again on these, and any others end the call, as does asking more often than the setting allows.
 */
async function playSegment(
  call: Call,
  leg: Leg,
  segment: NotificationSegment,
  prompt: ReadyPrompt,
): Promise<void> {
  if (segment.collect === 0) return play(call, leg, prompt);
  const { maxReplays } = call.surroundings.playing;
  for (let replays = 0; replays <= maxReplays; replays++) {
    const digits = await playAndGather(call, leg, prompt, segment.collect);
    if (segment.replayOn === undefined) return;
    if (digits !== segment.replayOn) break;
  }
  call.release(verdicts.normal('platform'));
  call.signal.throwIfAborted();
}
