import type { Call } from '../call.ts';
import type { VerificationOrder } from '../call-record.ts';
import { verdicts } from '../release-cause.ts';
import { answered } from '../steps/answered.ts';
import { checkBeforeDialling } from '../steps/check-before-dialling.ts';
import { screen } from '../steps/screen.ts';
import { pause, play, ready } from '../steps/play.ts';
import { readCode, readyDigits } from '../steps/read-code.ts';

/** Between two readings of a code, ms. */
const BETWEEN_REPETITIONS = 800;

/** Voice verification (spec 04, behaviour): ring the callee, play preTone, the code as often as asked, posTone; hang up. */
export async function voiceVerification(call: Call, order: VerificationOrder): Promise<void> {
  const preTone = await ready(call, { kind: 'file', name: order.preTone });
  const posTone =
    order.posTone === undefined ? undefined : await ready(call, { kind: 'file', name: order.posTone });
  const digits = await readyDigits(call, order.verifyCode);
  const everything = call.surroundings.playing.repeat === 'everything';

  const display = await checkBeforeDialling(call, order.displayNbr);
  const callee = call.dial('A', display, order.calleeNbr);
  await answered(call, callee);
  await screen(call, callee);

  const repetitions = order.times === 0 ? Infinity : order.times;
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    if (everything || repetition === 1) await play(call, callee, preTone);
    await readCode(call, callee, digits);
    if (posTone && (everything || repetition === repetitions)) await play(call, callee, posTone);
    if (repetition < repetitions) await pause(call, BETWEEN_REPETITIONS);
  }
  call.release(verdicts.normal('platform'));
}
