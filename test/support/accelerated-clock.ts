import { performance } from 'node:perf_hooks';
import type { Clock } from '../../src/phones/clock.ts';

/** A clock that runs `speed` times as fast as time, for what waits for real sockets and would wait too long. */
export function acceleratedClock(speed: number, start = Date.UTC(2026, 0, 1)): Clock {
  const origin = performance.now();
  return {
    now: () => start + (performance.now() - origin) * speed,
    after: (milliseconds, action) => {
      const timer = setTimeout(action, milliseconds / speed);
      return () => clearTimeout(timer);
    },
  };
}
