import type { Call } from '../call.ts';
import type { CallbackOrder } from '../call-record.ts';
import type { PromptRef } from '../ports.ts';
import { answered } from '../steps/answered.ts';
import { bridge } from '../steps/bridge.ts';
import { passEarlyMedia } from '../steps/early-media.ts';
import { loop, play } from '../steps/play.ts';

// Built-in tones stand for the system's prompts until speech is there.
const transferPrompt: PromptRef = { kind: 'tone', tone: 'transfer' };
const waitingTone: PromptRef = { kind: 'tone', tone: 'waiting' };

/** Voice callback (spec 02, behaviour): ring A, then B while A waits, and let them talk until someone hangs up. */
export async function voiceCallback(call: Call, order: CallbackOrder): Promise<void> {
  const a = call.dial('A', order.displayNbr, order.callerNbr);
  await answered(call, a);

  if (order.playPreVoice) await play(call, a, transferPrompt);

  loop(call, a, waitingTone);
  const b = call.dial('B', order.displayCalleeNbr, order.calleeNbr);
  passEarlyMedia(a, b, order.calleeMedia);
  await answered(call, b);

  await bridge(call, a, b, order);
}
