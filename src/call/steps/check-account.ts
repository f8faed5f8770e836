import { cancellable } from '../cancellable.ts';
import type { Call } from '../call.ts';
import { verdicts } from '../release-cause.ts';

/**
 * Before a phone is dialled: an account that was frozen since the call was accepted makes it no more (spec 07: a `disconnect`
 * alone, with 7108; a phone that was dialled before is released).
 */
export async function checkAccount(call: Call): Promise<void> {
  const { isAccountActive } = call.surroundings;
  if (isAccountActive === undefined) return;
  if (await cancellable(isAccountActive(call.record.owner.spId), call.signal)) return;
  call.release(verdicts.accountFrozen);
  call.signal.throwIfAborted();
}
