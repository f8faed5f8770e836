import type { Call } from '../call.ts';
import { cancellable } from '../cancellable.ts';
import type { Leg } from '../leg.ts';
import type { PromptAudio, PromptRef } from '../ports.ts';

/** A prompt with its samples at hand, made ready before they are needed. */
export interface ReadyPrompt {
  readonly ref: PromptRef;
  readonly audio: PromptAudio;
}

/** Makes a prompt ready; ends the call with 8006 or 8005 when there is no audio for it. */
export async function ready(call: Call, ref: PromptRef): Promise<ReadyPrompt> {
  return { ref, audio: await call.prompt(ref) };
}

/** Plays `prompt` to `leg` to its end. */
export async function play(call: Call, leg: Leg, prompt: ReadyPrompt): Promise<void> {
  call.signal.throwIfAborted();
  if (prompt.ref.kind === 'speech') call.played.ttsPlayTimes += 1;
  call.notePrompt(leg, prompt.ref);
  await cancellable(leg.connection.play(prompt.audio).finished, call.signal);
}

/** Plays `prompt` again and again until the leg is given something else to hear. */
export function loop(call: Call, leg: Leg, prompt: ReadyPrompt): void {
  call.signal.throwIfAborted();
  call.notePrompt(leg, prompt.ref);
  leg.connection.play(prompt.audio, { loop: true });
}

/** Nothing for a while, such as between two digits. */
export async function pause(call: Call, milliseconds: number): Promise<void> {
  const over = Promise.withResolvers<void>();
  const stopTimer = call.surroundings.clock.after(milliseconds, over.resolve);
  try {
    await cancellable(over.promise, call.signal);
  } finally {
    stopTimer();
  }
}
