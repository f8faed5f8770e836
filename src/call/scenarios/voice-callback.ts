import type { Call } from '../call.ts';
import type { CallbackOrder } from '../call-record.ts';
import type { PromptRef, SystemPrompt } from '../ports.ts';
import { answered } from '../steps/answered.ts';
import { checkBeforeDialling } from '../steps/check-before-dialling.ts';
import { bridge, limitTalk } from '../steps/bridge.ts';
import { passEarlyMedia } from '../steps/early-media.ts';
import { loop, play, ready } from '../steps/play.ts';
import { record } from '../steps/record.ts';

/** The file the customer named, else the platform's own words (spec 11, prompts and defaults). */
const fileOr = (name: string | undefined, prompt: SystemPrompt): PromptRef =>
  name === undefined ? { kind: 'system', prompt } : { kind: 'file', name };

const waitingFor = ({ waitVoice }: CallbackOrder): PromptRef =>
  waitVoice === undefined ? { kind: 'tone', tone: 'waiting' } : { kind: 'file', name: waitVoice };

/** Voice callback (spec 02, behaviour): ring A, then B while A waits, and let them talk until someone hangs up. */
export async function voiceCallback(call: Call, order: CallbackOrder): Promise<void> {
  // Ready before the phone rings, so that nobody answers into silence.
  const { callBackTone, playPreVoice, recordFlag, recordHintOff, maxDuration } = order;
  const greeting =
    callBackTone === undefined ? undefined : await ready(call, { kind: 'file', name: callBackTone });
  const transfer = playPreVoice ? await ready(call, fileOr(order.preVoice, 'transfer')) : undefined;
  const waiting = await ready(call, waitingFor(order));
  const hint =
    recordFlag && !recordHintOff ? await ready(call, fileOr(order.recordHintTone, 'recording')) : undefined;
  const lastMinute =
    maxDuration > 0 ? await ready(call, fileOr(order.lastMinVoice, 'last-minute')) : undefined;

  const shownToA = await checkBeforeDialling(call, order.displayNbr);
  const a = call.dial('A', shownToA, order.callerNbr);
  await answered(call, a);
  if (greeting) await play(call, a, greeting);
  if (transfer) await play(call, a, transfer);

  loop(call, a, waiting);
  const shownToB = await checkBeforeDialling(call, order.displayCalleeNbr);
  const b = call.dial('B', shownToB, order.calleeNbr);
  passEarlyMedia(a, b, order.calleeMedia);
  await answered(call, b);
  using _limit = limitTalk(call, maxDuration);

  if (hint) await Promise.all([play(call, a, hint), play(call, b, hint)]);
  if (recordFlag) await record(call, a, b);
  await bridge(call, a, b, { maxDuration, lastMinute, lastMinToUE: order.lastMinToUE });
}
