import { describe, expect, it } from 'vitest';
import { documentedRetries, nextStep } from './schedule.ts';

const HOUR = 3_600_000;
const fresh = { attempts: 0, earlierAttempts: 0, taken: false };
const failed = { delivered: false, endedAt: 1_000 };

describe('what becomes of a push', () => {
  it('is settled once it is delivered', () => {
    const attempt = { delivered: true, endedAt: 1_000 };
    expect(nextStep({ ...fresh, kind: 'fee' }, attempt, documentedRetries)).toEqual({
      state: 'delivered',
    });
    expect(nextStep({ ...fresh, kind: 'fee', attempts: 6 }, attempt, documentedRetries)).toEqual({
      state: 'delivered',
    });
  });

  it('is not repeated when it is a status (spec 07)', () => {
    expect(nextStep({ ...fresh, kind: 'status' }, failed, documentedRetries)).toEqual({
      state: 'failed',
    });
  });

  it('is repeated six times an hour apart when it is a CDR (spec 08)', () => {
    for (let attempts = 0; attempts < 6; attempts++) {
      const next = nextStep({ ...fresh, kind: 'fee', attempts }, failed, documentedRetries);
      expect(next).toEqual({ state: 'pending', nextAttemptAt: 1_000 + HOUR });
    }
    expect(nextStep({ ...fresh, kind: 'fee', attempts: 6 }, failed, documentedRetries)).toEqual({
      state: 'dead',
    });
  });

  it('stays delivered though one more attempt was not taken', () => {
    for (const kind of ['status', 'fee'] as const) {
      const next = nextStep({ ...fresh, kind, taken: true }, failed, documentedRetries);
      expect(next).toEqual({ state: 'delivered' });
    }
  });

  it('follows the operator where he wants it otherwise', () => {
    const policies = { status: { retries: 1, interval: 5 }, fee: { retries: 0, interval: 0 } };
    expect(nextStep({ ...fresh, kind: 'status' }, failed, policies)).toEqual({
      state: 'pending',
      nextAttemptAt: 1_005,
    });
    expect(nextStep({ ...fresh, kind: 'status', attempts: 1 }, failed, policies)).toEqual({
      state: 'failed',
    });
    expect(nextStep({ ...fresh, kind: 'fee' }, failed, policies)).toEqual({
      state: 'dead',
    });
  });
});
