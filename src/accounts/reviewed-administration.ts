import { DEFAULT_SP_ID } from './apps.ts';
import type { RevisedStore } from './ports.ts';
import { approval, rejection, type Review } from './review.ts';
import {
  type Decision,
  reviewedRevision,
  type Revised,
  type Revision,
  type RevisionChange,
} from './revision.ts';
import type { RuleViolation } from './rule-violation.ts';
import { Turns } from './turns.ts';

/**
 * What files and templates have in common: they are found, reviewed and removed, and have revisions. Every method rejects
 * with RuleViolation when a rule forbids it. `id` is a name of a file or a template id; `spId` the account.
 */
export abstract class ReviewedAdministration<Content, Subject extends Revised<Content>> {
  /** Changes run one after another, so that each sees what the one before it left. */
  protected readonly turns = new Turns();
  readonly #store: RevisedStore<Content, Subject>;
  readonly #now: () => number;

  constructor(store: RevisedStore<Content, Subject>, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  protected abstract unknown(): RuleViolation;

  /** `subject` with its revisions changed at `now`. */
  protected abstract changed(subject: Subject, revisions: Revised<Content>, now: number): Subject;

  /** In order of creation. */
  list(spId = DEFAULT_SP_ID): Promise<Subject[]> {
    return this.#store.list(spId);
  }

  /** What waits for a review, of this account or of all. */
  async waiting(spId?: string): Promise<Subject[]> {
    return (await this.#store.list(spId)).filter(({ latest }) => latest.state === 'pending');
  }

  async find(id: string, spId = DEFAULT_SP_ID): Promise<Subject> {
    const subject = await this.#store.find(spId, id);
    if (subject === undefined) throw this.unknown();
    return subject;
  }

  /** Every revision there was under this id, in order of their numbers. */
  async revisions(
    id: string,
    spId = DEFAULT_SP_ID,
  ): Promise<{ readonly subject: Subject; readonly revisions: Revision<Content>[] }> {
    const subject = await this.find(id, spId);
    return { subject, revisions: await this.#store.revisions(spId, id) };
  }

  /** From now on calls use this revision in place of the one that was in service. */
  approve(id: string, decision?: Decision, spId?: string): Promise<Subject> {
    return this.#review(id, approval, decision, spId);
  }

  /** Of the revision in service: takes back its approval, and calls cannot use it any more. */
  async reject(id: string, reason: string, decision?: Decision, spId?: string): Promise<Subject> {
    return this.#review(id, rejection(reason), decision, spId);
  }

  remove(id: string, spId = DEFAULT_SP_ID): Promise<void> {
    return this.turns.take(async () => {
      const subject = await this.find(id, spId);
      await this.#store.remove(spId, id);
      await this.discard(subject);
    });
  }

  /** Keeps `subject` with changed revisions, and discards what belonged to revisions that are gone. */
  protected async keep(
    subject: Subject,
    { revisions, changed }: RevisionChange<Content>,
    now: number,
  ): Promise<Subject> {
    const kept = this.changed(subject, revisions, now);
    await this.#store.put(kept, changed);
    await this.discard(subject, kept);
    return kept;
  }

  /** Called once `before` was replaced by `after`, or removed. */
  protected async discard(_before: Subject, _after?: Subject): Promise<void> {}

  #review(id: string, review: Review, decision: Decision = {}, spId = DEFAULT_SP_ID): Promise<Subject> {
    return this.turns.take(async () => {
      const now = this.#now();
      const subject = await this.find(id, spId);
      return this.keep(subject, reviewedRevision(subject, review, { ...decision, now }), now);
    });
  }
}
