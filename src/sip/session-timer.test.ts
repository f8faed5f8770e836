import { expect, test } from 'vitest';
import { SessionTimer } from './session-timer.ts';

test('the refresher refreshes at half, and gives up when 32 s are left', () => {
  const timer = new SessionTimer();
  timer.start({ seconds: 1800, refresher: 'local' }, 1_000);
  expect(timer.deadline).toBe(901_000);
  expect(timer.due(900_999)).toBeUndefined();
  expect(timer.due(901_000)).toBe('refresh');
  expect(timer.due(901_001)).toBeUndefined();
  expect(timer.deadline).toBe(1_769_000);
  expect(timer.due(1_769_000)).toBe('expired');
  expect(timer.deadline).toBe(Infinity);
});

test('the other waits; of a short interval a third is left', () => {
  const timer = new SessionTimer();
  timer.start({ seconds: 90, refresher: 'remote' }, 0);
  expect(timer.deadline).toBe(60_000);
  expect(timer.due(60_000)).toBe('expired');
});

test('every refresh starts anew', () => {
  const timer = new SessionTimer();
  timer.start({ seconds: 100, refresher: 'remote' }, 0);
  timer.start({ seconds: 200, refresher: 'local' }, 50_000);
  expect(timer.interval).toEqual({ seconds: 200, refresher: 'local' });
  expect(timer.deadline).toBe(150_000);
});

test('a failed refresh is tried again in what is left', () => {
  const timer = new SessionTimer();
  timer.start({ seconds: 120, refresher: 'local' }, 0);
  expect(timer.due(60_000)).toBe('refresh');
  timer.refreshFailed(68_000);
  expect(timer.deadline).toBe(78_000);
  expect(timer.due(78_000)).toBe('refresh');
  timer.refreshFailed(87_500);
  expect(timer.deadline).toBe(88_000);
  expect(timer.due(88_000)).toBe('expired');
});

test('stopped: nothing is due', () => {
  const timer = new SessionTimer();
  timer.start({ seconds: 120, refresher: 'local' }, 0);
  timer.stop();
  timer.refreshFailed(1_000);
  expect(timer.deadline).toBe(Infinity);
  expect(timer.due(10 ** 9)).toBeUndefined();
  expect(timer.interval).toBeUndefined();
});
