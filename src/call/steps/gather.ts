import type { Call } from '../call.ts';
import { cancellable } from '../cancellable.ts';
import type { Leg } from '../leg.ts';
import { verdicts } from '../release-cause.ts';
import { play, type ReadyPrompt } from './play.ts';

/**
 * Plays `prompt` and collects up to `count` keys (spec 03, behaviour 4): from its end on five seconds for the first, then so
 * long from key to key. Keys pressed during the prompt count, and with barge-in end it. Tells what was collected; ends
 * the call with 8008 when there was nothing.
 */
export async function playAndGather(
  call: Call,
  leg: Leg,
  prompt: ReadyPrompt,
  count: number,
): Promise<string> {
  const { clock, playing } = call.surroundings;
  call.played.gatherStartedAt ??= clock.now();
  leg.keys.length = 0;
  await (playing.bargeIn ? playUntilKey(call, leg, prompt) : play(call, leg, prompt));

  let { digits, complete } = collected(leg, count, playing.hashEndsKeys);
  while (!complete) {
    const pressed = leg.keys.length;
    const patience = digits === '' ? playing.firstKeyTimeout : playing.interKeyTimeout;
    if (!(await anotherKey(call, leg, patience)) && leg.keys.length === pressed) break;
    ({ digits, complete } = collected(leg, count, playing.hashEndsKeys));
  }

  if (digits === '') {
    call.release(verdicts.nothingCollected);
    call.signal.throwIfAborted();
  }
  call.collected(leg, digits);
  return digits;
}

/** What the keys pressed so far come to. A # before all others ended what was asked before. */
function collected(leg: Leg, count: number, hashEnds: boolean): { digits: string; complete: boolean } {
  const pressed = leg.keys.join('');
  const [digits = '', ...after] = hashEnds ? pressed.replace(/^#+/, '').split('#') : [pressed];
  return { digits: digits.slice(0, count), complete: digits.length >= count || after.length > 0 };
}

/** Whether a key is pressed within `patience` milliseconds. */
async function anotherKey(call: Call, leg: Leg, patience: number): Promise<boolean> {
  const outcome = Promise.withResolvers<boolean>();
  const stopTimer = call.surroundings.clock.after(patience, () => outcome.resolve(false));
  leg.onKey = () => outcome.resolve(true);
  try {
    return await cancellable(outcome.promise, call.signal);
  } finally {
    leg.onKey = () => {};
    stopTimer();
  }
}

async function playUntilKey(call: Call, leg: Leg, prompt: ReadyPrompt): Promise<void> {
  const pressed = Promise.withResolvers<void>();
  leg.onKey = pressed.resolve;
  try {
    await Promise.race([play(call, leg, prompt), cancellable(pressed.promise, call.signal)]);
    leg.connection.hearNothing();
  } finally {
    leg.onKey = () => {};
  }
}
