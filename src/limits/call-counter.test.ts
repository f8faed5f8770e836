import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallCounter } from './call-counter.ts';
import { LocalDay } from './local-day.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

/** Whether one more call at this time leaves no window with more than its limit. */
const fits = (times: readonly number[], at: number, limit: number, window: number): boolean =>
  times.filter((time) => time > at - window).length < limit;

describe('a counter', () => {
  it('lets calls go so that no window holds more than its limit, and no later than needed', () => {
    const paces = fc.record({
      callsPerSecond: fc.integer({ min: 1, max: 4 }),
      callsPerMinute: fc.integer({ min: 1, max: 9 }),
    });
    const gaps = fc.array(fc.oneof(fc.nat(400), fc.nat(20_000)), { minLength: 1, maxLength: 60 });
    const property = fc.property(paces, gaps, (pace, waits) => {
      const counter = new CallCounter();
      const gone: number[] = [];
      let now = 0;
      for (const wait of waits) {
        now += wait;
        const may =
          fits(gone, now, pace.callsPerSecond, SECOND) && fits(gone, now, pace.callsPerMinute, MINUTE);
        expect(counter.slot(pace, now) <= now).toBe(may);
        expect(counter.letGoSince(now - MINUTE)).toBe(gone.filter((time) => time > now - MINUTE).length);
        if (!may) continue;
        counter.letGo(now);
        gone.push(now);
      }
    });
    fc.assert(property, { numRuns: 200, seed: 41 });
  });

  it('tells when each of those who wait is let go, one after the other', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(300), { maxLength: 12 }),
      fc.integer({ min: 1, max: 15 }),
      (callsPerSecond, gaps, waiting) => {
        const pace = { callsPerSecond };
        const counter = new CallCounter();
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          if (counter.slot(pace, now) <= now) counter.letGo(now);
        }
        const told = Array.from({ length: waiting }, (_, ahead) => counter.slot(pace, now, ahead));
        const came = told.map(() => {
          const slot = counter.slot(pace, now);
          counter.letGo(slot);
          now = slot;
          return slot;
        });
        expect(told).toEqual(came);
      },
    );
    fc.assert(property, { numRuns: 200, seed: 43 });
  });

  it('lets nobody go where the pace is nothing', () => {
    expect(new CallCounter().slot({ callsPerMinute: 0 }, 5)).toBe(Infinity);
  });
});

describe('days', () => {
  it('have 23 and 25 hours where clocks are changed', () => {
    const berlin = new LocalDay('Europe/Berlin');
    const startOf = (time: string): string => new Date(berlin.startOf(Date.parse(time))).toISOString();
    expect(startOf('2026-03-29T12:00:00Z')).toBe('2026-03-28T23:00:00.000Z');
    expect(startOf('2026-03-29T22:00:00Z')).toBe('2026-03-29T22:00:00.000Z');
    expect(startOf('2026-10-25T22:59:59Z')).toBe('2026-10-24T22:00:00.000Z');
    expect(startOf('2026-10-25T23:00:00Z')).toBe('2026-10-25T23:00:00.000Z');
    expect(berlin.minuteOf(Date.parse('2026-07-01T22:05:30Z'))).toBe(5);
  });
});
