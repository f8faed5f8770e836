import { describe, expect, it } from 'vitest';
import { Breaker } from './breaker.ts';

function failing(breaker: Breaker, times: number, now: number): void {
  for (let count = 0; count < times; count++) breaker.ended('failed', now);
}

describe('the breaker of a receiver', () => {
  it('opens after five failures in a row', () => {
    const breaker = new Breaker();
    failing(breaker, 4, 0);
    expect(breaker.allowed(0, 32, 0)).toBe(8);
    breaker.ended('failed', 0);
    expect(breaker.state(0)).toBe('open');
    expect(breaker.allowed(0, 32, 999)).toBe(0);
  });

  it('starts counting anew after an answer', () => {
    const breaker = new Breaker();
    failing(breaker, 4, 0);
    breaker.ended('alive', 0);
    failing(breaker, 4, 0);
    expect(breaker.state(0)).toBe('closed');
  });

  it('lets one probe out when the pause is over, and closes when it is answered', () => {
    const breaker = new Breaker();
    failing(breaker, 5, 0);
    expect(breaker.until).toBe(1_000);
    expect(breaker.allowed(0, 32, 1_000)).toBe(1);
    breaker.sent(1_000);
    expect(breaker.allowed(0, 32, 1_000)).toBe(0);
    breaker.ended('alive', 1_010);
    expect(breaker.allowed(0, 32, 1_010)).toBe(9);
  });

  it('doubles the pause with each probe that fails, up to half a minute', () => {
    const breaker = new Breaker();
    failing(breaker, 5, 0);
    const pauses: number[] = [];
    let now = 0;
    for (let count = 0; count < 8; count++) {
      pauses.push(breaker.until - now);
      now = breaker.until;
      breaker.sent(now);
      breaker.ended('failed', now);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('is not opened for longer by what was on its way when it opened', () => {
    const breaker = new Breaker();
    failing(breaker, 5, 0);
    failing(breaker, 27, 500);
    expect(breaker.until).toBe(1_000);
  });

  it('lets more out at a time with every answer', () => {
    const breaker = new Breaker();
    expect(breaker.allowed(0, 4, 0)).toBe(4);
    expect(breaker.allowed(5, 32, 0)).toBe(3);
    for (let count = 0; count < 100; count++) breaker.ended('alive', 0);
    expect(breaker.allowed(0, 32, 0)).toBe(32);
    breaker.ended('failed', 0);
    expect(breaker.allowed(10, 32, 0)).toBe(0);
    expect(breaker.allowed(2, 32, 0)).toBe(6);
  });

  it('gives the probe free again that was not sent after all', () => {
    const breaker = new Breaker();
    failing(breaker, 5, 0);
    breaker.sent(1_000);
    breaker.ended('unsent', 1_000);
    expect(breaker.allowed(0, 32, 1_000)).toBe(1);
  });
});
