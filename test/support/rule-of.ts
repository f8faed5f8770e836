import { type Rule, RuleViolation } from '../../src/accounts/rule-violation.ts';

/** The rule that `action` breaks, if any. */
export function ruleOf(action: () => unknown): Rule | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof RuleViolation) return error.rule;
    throw error;
  }
  return undefined;
}
