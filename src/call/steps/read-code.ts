import type { Call } from '../call.ts';
import type { Leg } from '../leg.ts';
import type { Digit } from '../prompt.ts';
import { pause, play, type ReadyPrompt, ready } from './play.ts';

/** Between two digits, ms: told apart, and still one number. */
const BETWEEN_DIGITS = 150;

/** The platform's own voice for each digit of `code`, in its order. */
export async function readyDigits(call: Call, code: string): Promise<ReadyPrompt[]> {
  const digits = [...code] as Digit[];
  return Promise.all(digits.map((digit) => ready(call, { kind: 'system', prompt: `digit-${digit}` })));
}

/** Reads a code digit by digit. */
export async function readCode(call: Call, leg: Leg, digits: readonly ReadyPrompt[]): Promise<void> {
  for (const digit of digits) {
    await play(call, leg, digit);
    await pause(call, BETWEEN_DIGITS);
  }
}
