import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../test/support/peer-process.ts';
import { MediaPool } from './media-pool.ts';
import type { PriorityChoice, PriorityInUse } from './thread-priority.ts';

const isLinux = process.platform === 'linux';
/** As these tests were started, mostly 0. */
const NICE = isLinux ? getPriority() : 0;

/** The threads of this process: how nice each is, and its policy (proc(5): fields 19 and 41 of `stat`). */
function threads(): Map<string, { readonly nice: number; readonly policy: number }> {
  return new Map(
    readdirSync('/proc/self/task').map((id) => {
      const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [id, { nice: Number(fields[16]), policy: Number(fields[38]) }];
    }),
  );
}

/** What a pool says of its worker, and what the system says of the threads that came with it. */
async function started(
  priority: PriorityChoice,
): Promise<{ inUse: PriorityInUse; before: [number, number][]; came: [number, number][] }> {
  const all = threads();
  const firstPort = await freePort('127.0.0.1', 8);
  const pool = await MediaPool.start({
    host: '127.0.0.1',
    firstPort,
    lastPort: firstPort + 7,
    workers: 1,
    priority,
  });
  try {
    const of = (known: boolean): [number, number][] =>
      [...threads()].filter(([id]) => all.has(id) === known).map(([, { nice, policy }]) => [nice, policy]);
    return { inUse: pool.priority, before: of(true), came: of(false) };
  } finally {
    await pool.close();
  }
}

describe.skipIf(!isLinux)('the thread of a media worker (skipped where threads have no priority)', () => {
  it('goes before others where the system permits it, and says so; nothing else changes', async () => {
    const { inUse, before, came } = await started('auto');
    expect(before.every(([nice]) => nice === NICE)).toBe(true);
    if (inUse.level === 'raised') expect(came).toContainEqual([Math.min(-10, NICE), 0]);
    else expect(inUse.reason).toMatch(/^E(ACCES|PERM)$/);
  });

  it('stays as it is when that is wanted', async () => {
    const { inUse, came } = await started('normal');
    expect(inUse).toEqual({ level: 'normal', reason: undefined });
    expect(came.every(([nice]) => nice === NICE)).toBe(true);
  });

  it('goes before everything that is not as urgent when that is wanted, or does not start', async () => {
    const outcome = await started('realtime').catch((error: unknown) => error as Error);
    if (outcome instanceof Error) {
      expect(outcome.cause).toMatchObject({ message: expect.stringContaining('real-time priority (EPERM)') });
      return;
    }
    const SCHED_RR = 2;
    expect(outcome.inUse.level).toBe('realtime');
    expect(outcome.came).toContainEqual([0, SCHED_RR]);
    expect(outcome.before.every(([, policy]) => policy === 0)).toBe(true);
  });
});
