/** Whether a call that was accepted may still dial, and what its phone shows: much may change while it waits. */
import type { RandomIntegers } from './random-source.ts';
import { chooseDisplayNumber } from './numbers.ts';
import type { AccountStore } from './ports.ts';

export interface DiallingCall {
  readonly owner: { readonly spId: string; readonly appKey: string };
  readonly bindNbr?: string | undefined;
}

/**
 * - `may-dial`: showing this number, which is another one where the one that was asked for is suspended.
 * - `account-frozen`: the account is frozen or closed.
 * - `not-permitted`: the application is suspended, or has no number left that may be shown.
 */
export type Standing =
  | { readonly kind: 'may-dial'; readonly display: string }
  | { readonly kind: 'account-frozen' | 'not-permitted' };

/** How a call stands at this moment; the rules of display numbers are those of a request (spec 12). */
export async function standingOf(
  { owner, bindNbr }: DiallingCall,
  display: string,
  accounts: Pick<AccountStore, 'account' | 'app' | 'numbers'>,
  random: RandomIntegers,
): Promise<Standing> {
  const { spId, appKey } = owner;
  if ((await accounts.account(spId))?.state !== 'active') return { kind: 'account-frozen' };
  if ((await accounts.app(appKey))?.state !== 'active') return { kind: 'not-permitted' };
  const numbers = await accounts.numbers(appKey);
  // Also bindNbr, which a request fell back to.
  if (numbers.some(({ number, state }) => number === display && state === 'in-use'))
    return { kind: 'may-dial', display };
  const choice = chooseDisplayNumber(display, numbers, bindNbr, random);
  return choice.kind === 'chosen' ? { kind: 'may-dial', display: choice.number } : { kind: 'not-permitted' };
}
