/** The review of what an operator must approve before calls use it: voice files and templates (spec 11). */
import { RuleViolation } from './rule-violation.ts';

export type ReviewState = 'pending' | 'approved' | 'rejected';

export interface Review {
  readonly state: ReviewState;
  /** Why, when it is rejected. */
  readonly reason?: string;
}

const LONGEST_REASON = 256;

/** Under review, or approved at once. */
export const submitted = (approve: boolean | undefined): Review => ({
  state: approve ? 'approved' : 'pending',
});

export const approval: Review = { state: 'approved' };

/**
 * A rejection that says why.
 * @throws {RuleViolation} reason-invalid
 */
export function rejection(reason: string): Review {
  const given = reason.trim();
  if (given.length === 0 || given.length > LONGEST_REASON) {
    throw new RuleViolation('reason-invalid', `A reason has 1-${LONGEST_REASON} characters.`, {
      field: 'reason',
      remedy: 'Say what is to be changed; whoever submitted it reads this.',
    });
  }
  return { state: 'rejected', reason: given };
}
