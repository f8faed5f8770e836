import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleApp } from '../../test/contract/samples.ts';
import { renewedApp, validSecrets } from './apps.ts';

/** Renewals in the order of their times, some of them at the same. */
const renewals = fc
  .array(fc.record({ after: fc.nat(100), grace: fc.nat(150) }), { minLength: 1, maxLength: 12 })
  .chain((steps) => fc.tuple(fc.constant(steps), fc.nat(300)));

describe('the secrets of an application', () => {
  it('are at any time the latest, and the one before it until its grace is over, and no other', () => {
    fc.assert(
      fc.property(renewals, ([steps, later]) => {
        let drawn = 0;
        const random = { integer: (below: number) => (drawn = (drawn * 31 + 17) % 1_000_003) % below };
        let app = sampleApp('a', { appSecret: 'first' });
        let now = 1_000;
        let last = { secret: '', until: 0 };
        for (const { after, grace } of steps) {
          now += after;
          last = { secret: app.appSecret, until: now + grace };
          app = renewedApp(app, { now, random, grace });
          expect(app.appSecret).not.toBe(last.secret);
        }
        const at = now + later;
        const expected = at < last.until ? [app.appSecret, last.secret] : [app.appSecret];
        expect(validSecrets(app, at)).toEqual(expected);
      }),
    );
  });
});
