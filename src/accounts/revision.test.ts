import { describe, expect, it } from 'vitest';
import { ruleOf } from '../../test/support/rule-of.ts';
import { approval, rejection } from './review.ts';
import { type Revised, reviewedRevision, revisionState, submittedRevision } from './revision.ts';

const submit = (previous: Revised<string> | undefined, content: string, approve = false): Revised<string> =>
  submittedRevision(previous?.inService, content, {
    approve,
    by: 'mei',
    now: 7,
    lastNumber: previous?.latest.number ?? 0,
  }).revisions;

const approve = (subject: Revised<string>, revision?: number): Revised<string> =>
  reviewedRevision(subject, approval, { revision, by: 'li', now: 9 }).revisions;

const reject = (subject: Revised<string>, revision?: number): Revised<string> =>
  reviewedRevision(subject, rejection('  too loud '), { revision, by: 'li', now: 9 }).revisions;

const numbersOf = ({ latest, inService }: Revised<string>): unknown => [latest.number, inService?.number];

describe('a revision', () => {
  it('is in service once it is approved, also at once', () => {
    const first = submit(undefined, 'one');
    expect(first.latest).toEqual({
      number: 1,
      state: 'pending',
      content: 'one',
      submittedAt: 7,
      submittedBy: 'mei',
    });
    expect(numbersOf(first)).toEqual([1, undefined]);
    expect(approve(first).inService).toMatchObject({ number: 1, reviewedAt: 9, reviewedBy: 'li' });
    expect(submit(undefined, 'one', true).inService).toMatchObject({ reviewedAt: 7, reviewedBy: 'mei' });
  });

  it('is approved by the platform where that approves all', () => {
    const context = { approve: 'automatically', by: 'mei', now: 7, lastNumber: 0 } as const;
    expect(submittedRevision(undefined, 'one', context).revisions.inService).toMatchObject({
      state: 'approved',
      submittedBy: 'mei',
      reviewedBy: 'platform',
    });
  });

  it('stays in service while a later one is reviewed, until that is approved', () => {
    const second = submit(submit(undefined, 'one', true), 'two');
    expect(numbersOf(second)).toEqual([2, 1]);
    expect(numbersOf(reject(second, 2))).toEqual([2, 1]);
    expect(numbersOf(approve(second, 2))).toEqual([2, 2]);
    expect(numbersOf(submit(second, 'three', true))).toEqual([3, 3]);
    expect(numbersOf(submit(second, 'three'))).toEqual([3, 1]);
  });

  it('in service is taken out of it, whether a later one is reviewed or not', () => {
    const first = submit(undefined, 'one', true);
    expect(numbersOf(reject(first))).toEqual([1, undefined]);
    const second = submit(first, 'two');
    const { revisions, changed } = reviewedRevision(second, rejection('x'), { revision: 1, now: 9 });
    expect(revisions).toEqual({ latest: second.latest });
    expect(changed).toMatchObject({ number: 1, state: 'rejected', reason: 'x' });
    expect(numbersOf(approve(revisions, 2))).toEqual([2, 2]);
  });

  it('says why it was rejected, and no longer once it is approved', () => {
    const rejected = reject(submit(undefined, 'one'));
    expect(rejected.latest).toMatchObject({ state: 'rejected', reason: 'too loud' });
    expect(approve(rejected).latest).not.toHaveProperty('reason');
  });

  it('must be named once there has been another one', () => {
    const second = submit(submit(undefined, 'one', true), 'two');
    for (const review of [approve, reject]) {
      expect(ruleOf(() => review(second))).toBe('revision-needed');
      expect(() => review(second)).toThrow('Revision 2 is the latest, and revision 1 is in service.');
    }
  });

  it('that another one has replaced cannot be reviewed: both are named', () => {
    const third = submit(submit(submit(undefined, 'one', true), 'two'), 'three');
    expect(ruleOf(() => approve(third, 2))).toBe('revision-replaced');
    expect(() => approve(third, 2)).toThrow(
      'Revision 2 was reviewed, but revision 3 has taken its place, and revision 1 is in service.',
    );
    expect(ruleOf(() => approve(third, 1))).toBe('revision-replaced');
    expect(ruleOf(() => reject(third, 2))).toBe('revision-replaced');
    for (const unknown of [4, 0, -1]) expect(ruleOf(() => approve(third, unknown))).toBe('revision-unknown');
  });

  it('is replaced by a later one, unless it was rejected before', () => {
    const first = submit(undefined, 'one', true);
    const second = submit(first, 'two');
    expect(revisionState(second, first.latest)).toBe('approved');
    const third = submit(second, 'three', true);
    expect(revisionState(third, first.latest)).toBe('replaced');
    expect(revisionState(third, second.latest)).toBe('replaced');
    expect(revisionState(third, reject(second, 2).latest)).toBe('rejected');
  });
});

describe('a rejection', () => {
  it.each(['', '  ', 'x'.repeat(257)])('has no reason %j', (reason) => {
    expect(ruleOf(() => rejection(reason))).toBe('reason-invalid');
  });

  it('may have a reason of 256 characters', () => {
    expect(rejection('x'.repeat(256)).state).toBe('rejected');
  });
});
