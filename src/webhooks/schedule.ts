import type { NextStep, OutboxPush } from '../call/outbox.ts';

/** How often a push that was not answered with 200 is sent again. */
export interface RetryPolicy {
  /** Attempts after the first. */
  readonly retries: number;
  /** Milliseconds from the end of an attempt to the next. */
  readonly interval: number;
}

export interface RetryPolicies {
  readonly status: RetryPolicy;
  readonly fee: RetryPolicy;
}

/** Spec 07: a failed status push is not repeated. Spec 08: a CDR at most six times, an hour apart. */
export const documentedRetries: RetryPolicies = {
  status: { retries: 0, interval: 0 },
  fee: { retries: 6, interval: 3_600_000 },
};

/** What becomes of a push after an attempt that ended at `endedAt`. */
export function nextStep(
  push: Pick<OutboxPush, 'kind' | 'attempts' | 'earlierAttempts' | 'taken'>,
  attempt: { readonly delivered: boolean; readonly endedAt: number },
  policies: RetryPolicies,
): NextStep {
  if (attempt.delivered || push.taken) return { state: 'delivered' };
  const { retries, interval } = policies[push.kind];
  if (push.attempts - push.earlierAttempts < retries)
    return { state: 'pending', nextAttemptAt: attempt.endedAt + interval };
  return givenUp(push);
}

/** What was taken once stays delivered, though one more attempt was not. */
export function givenUp({ kind, taken }: Pick<OutboxPush, 'kind' | 'taken'>): NextStep {
  if (taken) return { state: 'delivered' };
  return { state: kind === 'fee' ? 'dead' : 'failed' };
}
