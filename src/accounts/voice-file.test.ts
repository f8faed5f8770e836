import { describe, expect, it } from 'vitest';
import { rejection } from './review.ts';
import { RuleViolation, type Rule } from './rule-violation.ts';
import {
  checkVoiceFile,
  isVoiceFileName,
  newIdentifier,
  reviewedVoiceFile,
  submittedVoiceFile,
  type Submission,
} from './voice-file.ts';

const ruleOf = (action: () => unknown): Rule | undefined => {
  try {
    action();
  } catch (error) {
    if (error instanceof RuleViolation) return error.rule;
    throw error;
  }
  return undefined;
};

describe('the name of a voice file', () => {
  it.each(['wait_voice1.wav', 'a.wav', 'A.WAV', '1.2@x-y.wav', '..wav', `${'n'.repeat(124)}.wav`])(
    'may be %s',
    (name) => expect(isVoiceFileName(name)).toBe(true),
  );

  it.each([
    '',
    '.wav',
    'notify',
    'notify.mp3',
    'notify.wav ',
    'no tify.wav',
    'notify.wav\n',
    '通知.wav',
    'é.wav',
    'a/b.wav',
    'a\\b.wav',
    '../a.wav',
    'a%2fb.wav',
    'a+b.wav',
    'a\0.wav',
    `${'n'.repeat(125)}.wav`,
  ])('may not be %j', (name) => {
    expect(isVoiceFileName(name)).toBe(false);
    expect(ruleOf(() => checkVoiceFile(name, ''))).toBe('name-invalid');
  });
});

describe('a voice file', () => {
  const submission: Submission = {
    spId: 'sp',
    name: 'a.wav',
    description: 'for you',
    revision: 'first',
    source: { container: 'WAV', description: 'WAV', size: 1 },
    duration: 1,
  };

  it('has a description of at most 256 characters', () => {
    expect(ruleOf(() => checkVoiceFile('a.wav', 'x'.repeat(256)))).toBeUndefined();
    expect(ruleOf(() => checkVoiceFile('a.wav', 'x'.repeat(257)))).toBe('description-invalid');
  });

  it('is under review at first, unless it is approved at once', () => {
    const file = submittedVoiceFile(submission, undefined, 7);
    expect(file).toEqual({ ...submission, state: 'pending', createdAt: 7, uploadedAt: 7 });
    expect(submittedVoiceFile({ ...submission, approve: true }, undefined, 7).state).toBe('approved');
    expect(file).not.toHaveProperty('approve');
  });

  it('is reviewed again when it is replaced, whatever was decided before', () => {
    const approved = submittedVoiceFile({ ...submission, approve: true }, undefined, 7);
    const replaced = submittedVoiceFile({ ...submission, revision: 'second' }, approved, 9);
    expect(replaced).toMatchObject({ state: 'pending', revision: 'second', createdAt: 7, uploadedAt: 9 });
  });

  it('says why it was rejected, and no longer once it is approved', () => {
    const rejected = reviewedVoiceFile(
      submittedVoiceFile(submission, undefined, 7),
      rejection('  too loud '),
    );
    expect(rejected).toMatchObject({ state: 'rejected', reason: 'too loud' });
    expect(reviewedVoiceFile(rejected, { state: 'approved' })).not.toHaveProperty('reason');
  });

  it.each(['', '  ', 'x'.repeat(257)])('is not rejected for the reason %j', (reason) => {
    expect(ruleOf(() => rejection(reason))).toBe('reason-invalid');
  });

  it('may be rejected for a reason of 256 characters', () => {
    expect(rejection('x'.repeat(256)).state).toBe('rejected');
  });
});

it('identifiers are 32 hexadecimal digits, each drawn from all sixteen', () => {
  let next = 0;
  expect(newIdentifier({ integer: (below) => next++ % below })).toBe('0123456789abcdef0123456789abcdef');
});
