/** Enterprises, whose review comes before they order numbers (spec 12, "Enterprise"). */
import type { Review } from './review.ts';
import { RuleViolation } from './rule-violation.ts';

export interface EnterpriseRecord {
  /** As on the licence. */
  readonly name: string;
  readonly licenceCode: string;
  /** Personal: sealed in the database, and shown in part only. */
  readonly legalPersonId: string;
  /** What the calls are for. */
  readonly scene: string;
  /** What is said in them. */
  readonly script: string;
  /** Calls at once at most. */
  readonly peakConcurrency: number;
  /** CNY; the service wants 500,000 at least. */
  readonly registeredCapital?: number;
}

export interface Enterprise extends EnterpriseRecord {
  readonly enterpriseId: string;
  readonly spId: string;
  readonly review: Review;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Absent members stay as they are. */
export type EnterpriseChange = Partial<EnterpriseRecord>;

const MOST_CONCURRENCY = 65_535;

const MOST_CAPITAL = 1e15;

const lengths = {
  name: 128,
  licenceCode: 64,
  legalPersonId: 64,
  scene: 1_000,
  script: 4_000,
} as const satisfies Partial<Record<keyof EnterpriseRecord, number>>;

/** @throws {RuleViolation} enterprise-invalid, naming the member */
export function checkEnterprise(record: EnterpriseRecord): void {
  const check = (holds: boolean, field: string, message: string): void => {
    if (!holds) throw new RuleViolation('enterprise-invalid', message, { field });
  };
  for (const [field, most] of Object.entries(lengths) as [keyof typeof lengths, number][]) {
    const text = record[field];
    const isRight = text.trim() === text && text.length > 0 && text.length <= most && !text.includes('\0');
    check(isRight, field, `It has 1-${most} characters and no blanks around it.`);
  }
  const { peakConcurrency, registeredCapital = 0 } = record;
  const isWhole = Number.isInteger(peakConcurrency) && peakConcurrency >= 1;
  check(
    isWhole && peakConcurrency <= MOST_CONCURRENCY,
    'peakConcurrency',
    `It is a whole number, 1-${MOST_CONCURRENCY}.`,
  );
  check(
    registeredCapital >= 0 && registeredCapital <= MOST_CAPITAL,
    'registeredCapital',
    'It is an amount in CNY, not below 0.',
  );
}
