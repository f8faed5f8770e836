import type { Call } from '../call.ts';
import type { Leg } from '../leg.ts';
import type { PromptRef } from '../ports.ts';
import { cancellable } from './cancellable.ts';

/** Plays `prompt` to `leg` to its end. */
export async function play(call: Call, leg: Leg, prompt: PromptRef): Promise<void> {
  await cancellable(leg.connection.play(prompt).finished, call.signal);
}

/** Plays `prompt` again and again until the leg is given something else to hear. */
export function loop(call: Call, leg: Leg, prompt: PromptRef): void {
  call.signal.throwIfAborted();
  leg.connection.play(prompt, { loop: true });
}
