import { cancellable } from '../cancellable.ts';
import type { Call } from '../call.ts';
import type { Standing } from '../ports.ts';
import { verdicts } from '../release-cause.ts';

/**
 * Before a phone is dialled: an account that was frozen since the call was accepted makes it no more (spec 07: a `disconnect`
 * alone, with 7108; a phone that was dialled before is released), nor does an app that was suspended, or has no number left
 * that may be shown (8018), nor a call whose numbers are barred (7004).
 *
 * @param display what the phone was to show
 * @returns what it shows: another number of the app, or bindNbr, where that one is suspended by now (spec 12)
 */
export async function checkBeforeDialling(call: Call, display: string): Promise<string> {
  const { standing, admission } = call.surroundings;
  const stands = standing && (await readStanding(call, () => standing(call.record, display)));
  if (stands?.kind === 'account-frozen') call.release(verdicts.accountFrozen);
  if (stands?.kind === 'not-permitted') call.release(verdicts.notPermitted);
  const objection = admission?.objection(call.record);
  if (objection !== undefined) call.release(objection);
  call.signal.throwIfAborted();
  return stands?.kind === 'may-dial' ? stands.display : display;
}

/** While the database is away nothing may have changed since the call was accepted, and the call goes on. */
async function readStanding(call: Call, read: () => Promise<Standing>): Promise<Standing | undefined> {
  try {
    return await cancellable(read(), call.signal);
  } catch (error) {
    call.signal.throwIfAborted();
    call.fault(error, 'whether a call may still dial could not be read: it could when it was accepted');
    return undefined;
  }
}
