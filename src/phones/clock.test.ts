import { describe, expect, test } from 'vitest';
import { ManualClock, settle } from '../../test/support/manual-clock.ts';
import { type Clock, every, systemClock, wait } from './clock.ts';

describe('wait', () => {
  test('resolves after the time, not before', async () => {
    const clock = new ManualClock();
    let over = false;
    void wait(clock, 1000, new AbortController().signal).then(() => {
      over = true;
    });
    await clock.advance(999);
    expect(over).toBe(false);
    await clock.advance(1);
    expect(over).toBe(true);
  });

  test('rejects with the reason as soon as it is aborted, and leaves no timer', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const waiting = wait(clock, 1000, abort.signal);
    abort.abort(new Error('hung up'));
    await expect(waiting).rejects.toThrow('hung up');
    expect(clock.pending).toBe(0);
  });

  test('rejects when it was aborted before', async () => {
    const clock = new ManualClock();
    await expect(wait(clock, 1000, AbortSignal.abort(new Error('hung up')))).rejects.toThrow('hung up');
    expect(clock.pending).toBe(0);
  });
});

describe('every', () => {
  /** A clock whose timers all come `late` ms too late. */
  function lateClock(clock: ManualClock, late: number): Clock {
    return {
      now: () => clock.now(),
      after: (milliseconds, action) => clock.after(milliseconds + late, action),
    };
  }

  test('runs at once and then each period, until it is ended', async () => {
    const clock = new ManualClock(0);
    const runs: number[] = [];
    const end = every(clock, 20, (due) => runs.push(due));
    await clock.advance(60);
    end();
    await clock.advance(100);
    expect(runs).toEqual([0, 20, 40, 60]);
    expect(clock.pending).toBe(0);
  });

  test('does not drift when its timers are late', async () => {
    const clock = new ManualClock(0);
    const runs: number[] = [];
    every(lateClock(clock, 7), 20, (due) => runs.push(due));
    await clock.advance(200);
    expect(runs).toEqual([0, 20, 40, 60, 80, 100, 120, 140, 160, 180]);
  });

  test('runs what it missed, but nothing older than 200 ms', async () => {
    const clock = new ManualClock(0);
    const runs: number[] = [];
    every(lateClock(clock, 1000), 20, (due) => runs.push(due));
    await clock.advance(1020);
    expect(runs).toEqual([0, 820, 840, 860, 880, 900, 920, 940, 960, 980, 1000, 1020]);
  });
});

test('the system clock tells the time of day and never goes back', async () => {
  const before = systemClock.now();
  expect(Math.abs(before - Date.now())).toBeLessThan(60_000);
  await new Promise<void>((resolve) => systemClock.after(1, resolve));
  systemClock.after(1, () => expect.unreachable())();
  await settle();
  expect(systemClock.now()).toBeGreaterThan(before);
});
