import { cancellable } from '../cancellable.ts';
import type { Call } from '../call.ts';
import { verdicts } from '../release-cause.ts';

/**
 * Before a phone is dialled: an account that was frozen since the call was accepted makes it no more (spec 07: a `disconnect`
 * alone, with 7108; a phone that was dialled before is released). Nor does a call whose numbers are barred (7004).
 */
export async function checkBeforeDialling(call: Call): Promise<void> {
  const { isAccountActive, admission } = call.surroundings;
  const { spId } = call.record.owner;
  if (isAccountActive !== undefined && !(await cancellable(isAccountActive(spId), call.signal))) {
    call.release(verdicts.accountFrozen);
  }
  const objection = admission?.objection(call.record);
  if (objection !== undefined) call.release(objection);
  call.signal.throwIfAborted();
}
