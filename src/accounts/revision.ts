/**
 * Revisions of what is reviewed, voice files and templates (spec 11): each submission is one. The approved revision stays
 * in service until another one is approved.
 */
import { type Review, type ReviewState, submitted } from './review.ts';
import { RuleViolation } from './rule-violation.ts';

export interface Revision<Content> extends Review {
  /** 1, 2, 3 ... under one name or id; never used again, even after that was removed. */
  readonly number: number;
  readonly content: Content;
  readonly submittedAt: number;
  /** Who submitted it; absent where that was not kept. */
  readonly submittedBy?: string;
  readonly reviewedAt?: number;
  readonly reviewedBy?: string;
}

/** What has revisions, as it is now. */
export interface Revised<Content> {
  readonly latest: Revision<Content>;
  /** What calls use; absent: they cannot use any. */
  readonly inService?: Revision<Content>;
}

/** What a change of revisions leaves. */
export interface RevisionChange<Content> {
  readonly revisions: Revised<Content>;
  /** The one revision that is new or reviewed. */
  readonly changed: Revision<Content>;
}

export interface SubmissionContext {
  /** Approved at once, without a review of its own: by whoever submits it, or because the platform approves all. */
  readonly approve?: boolean | 'automatically';
  readonly by?: string;
  readonly now: number;
  /** The last number that was ever given; 0 where there was none. */
  readonly lastNumber: number;
}

/** `content` as the latest revision, beside the one in service, or in its place when it is approved at once. */
export function submittedRevision<Content>(
  inService: Revision<Content> | undefined,
  content: Content,
  { approve, by, now, lastNumber }: SubmissionContext,
): RevisionChange<Content> {
  const changed: Revision<Content> = {
    ...submitted(Boolean(approve)),
    number: lastNumber + 1,
    content,
    submittedAt: now,
    submittedBy: by,
    ...(approve && { reviewedAt: now, reviewedBy: approve === 'automatically' ? 'platform' : by }),
  };
  return { revisions: { latest: changed, inService: approve ? changed : inService }, changed };
}

/** Who decides, and about which revision. */
export interface Decision {
  /** May be left out only while there has been one revision: else it is not certain which one was reviewed. */
  readonly revision?: number;
  readonly by?: string;
}

/**
 * The latest revision reviewed, or the approval of the one in service taken back.
 * @throws {RuleViolation} revision-needed, revision-unknown, revision-replaced
 */
export function reviewedRevision<Content>(
  subject: Revised<Content>,
  review: Review,
  { revision, by, now }: Decision & { readonly now: number },
): RevisionChange<Content> {
  const { reason: _old, ...target } = targetOf(subject, review.state, revision);
  const { latest, inService } = subject;
  const changed: Revision<Content> = { ...target, ...review, reviewedAt: now, reviewedBy: by };
  const withdrawn = inService?.number === changed.number;
  const stillInService = withdrawn ? undefined : inService;
  return {
    revisions: {
      latest: latest.number === changed.number ? changed : latest,
      inService: review.state === 'approved' ? changed : stillInService,
    },
    changed,
  };
}

function targetOf<Content>(
  { latest, inService }: Revised<Content>,
  state: ReviewState,
  revision: number | undefined,
): Revision<Content> {
  const wanted = revision ?? (latest.number === 1 ? 1 : undefined);
  const field = 'revision';
  const served =
    inService === undefined || inService.number === latest.number
      ? ''
      : `, and revision ${inService.number} is in service`;
  if (wanted === undefined) {
    throw new RuleViolation('revision-needed', `Revision ${latest.number} is the latest${served}.`, {
      field,
      remedy: `Name the revision that you reviewed, for example --revision ${latest.number}.`,
    });
  }
  if (wanted === latest.number) return latest;
  if (wanted === inService?.number && state === 'rejected') return inService;
  if (wanted > latest.number || wanted < 1) {
    throw new RuleViolation(
      'revision-unknown',
      `There is no revision ${wanted}; revision ${latest.number} is the latest.`,
      { field, remedy: 'The list of revisions (command revisions) has their numbers.' },
    );
  }
  throw new RuleViolation(
    'revision-replaced',
    wanted === inService?.number
      ? `Revision ${wanted} is in service already, and revision ${latest.number} is the latest.`
      : `Revision ${wanted} was reviewed, but revision ${latest.number} has taken its place${served}.`,
    {
      field,
      remedy: `Review revision ${latest.number}, then name it: --revision ${latest.number}.`,
    },
  );
}

/** `replaced`: another revision was submitted before this one was reviewed, or approved after it. */
export type RevisionState = ReviewState | 'replaced';

/** What a revision is by now, beside those of `subject`. */
export function revisionState<Content>(
  { latest, inService }: Revised<Content>,
  { number, state }: Revision<Content>,
): RevisionState {
  if (state === 'rejected' || number === latest.number || number === inService?.number) return state;
  return 'replaced';
}
