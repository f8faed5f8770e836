import type { Clock } from './ports.ts';

/** Waits for something, but no longer than so many milliseconds. */
export async function patiently(
  clock: Clock,
  something: Promise<unknown>,
  milliseconds: number,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = clock.after(milliseconds, resolve);
  await Promise.race([something, promise]);
  stop();
}
