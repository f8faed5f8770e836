export type Rule =
  | 'name-invalid'
  | 'url-invalid'
  | 'recording-needs-callback'
  | 'recording-prompt-unusable'
  | 'ports-invalid'
  | 'too-many-apps'
  | 'app-unknown'
  | 'number-invalid'
  | 'number-unknown'
  | 'number-taken'
  | 'description-invalid'
  | 'reason-invalid'
  | 'revision-needed'
  | 'revision-unknown'
  | 'revision-replaced'
  | 'content-invalid'
  | 'speed-invalid'
  | 'voice-file-unknown'
  | 'template-unknown'
  | 'account-unknown'
  | 'account-closed'
  | 'held-by-operator'
  | 'ports-of-operator'
  | 'account-taken'
  | 'account-invalid'
  | 'user-name-invalid'
  | 'user-name-taken'
  | 'user-unknown'
  | 'last-owner'
  | 'password-invalid'
  | 'password-wrong'
  | 'code-wrong'
  | 'totp-unknown'
  | 'token-unknown'
  | 'sign-in-unknown'
  | 'value-invalid'
  | 'trunk-invalid'
  | 'trunk-taken'
  | 'trunk-unknown'
  | 'expiry-invalid'
  | 'limit-invalid'
  | 'limit-unknown'
  | 'barred-unknown'
  | 'guard-invalid'
  | 'guard-unknown'
  | 'price-invalid'
  | 'price-unknown'
  | 'enterprise-invalid'
  | 'enterprise-unknown'
  | 'enterprise-not-approved'
  | 'order-invalid'
  | 'order-unknown'
  | 'order-state'
  | 'number-not-granted'
  | 'pool-invalid'
  | 'pool-unknown';

/** A change of accounts that the rules of spec 12 do not allow. The message never holds a number or a secret. */
export class RuleViolation extends Error {
  readonly rule: Rule;
  /** The member of the request that breaks the rule, when it is one. */
  readonly field: string | undefined;
  /** What to do about it. */
  readonly remedy: string | undefined;

  constructor(rule: Rule, message: string, options: { field?: string; remedy?: string } = {}) {
    super(message);
    this.name = 'RuleViolation';
    this.rule = rule;
    this.field = options.field;
    this.remedy = options.remedy;
  }
}
