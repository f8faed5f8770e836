/**
 * When a media worker gets a processor that others want too. What makes packets late on a machine that has enough time for all is
 * that the worker's thread waits for it behind the signalling, a flood of it, or other programs.
 */
import { getSystemErrorName } from 'node:util';
import { getPriority, platform, setPriority } from 'node:os';

/**
 * - `auto`: before threads of the same importance, where the system permits that.
 * - `normal`: like all others.
 * - `realtime`: before everything that is not.
 */
export type PriorityChoice = 'auto' | 'normal' | 'realtime';

export interface PriorityInUse {
  readonly level: 'normal' | 'raised' | 'realtime';
  /** Why it is not raised, where that was to be tried. */
  readonly reason: string | undefined;
}

/** Ten times the share of a thread that is not nice at all, and its turn sooner. */
const RAISED = -10;
/** Of Linux; SCHED_RESET_ON_FORK: what the thread starts is normal again. */
const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x4000_0000;
const LEAST_REALTIME = 1;

/**
 * Sets the priority of the calling thread, and of no other.
 *
 * @throws Error when `realtime` is asked for and cannot be had
 */
export async function chooseThreadPriority(choice: PriorityChoice): Promise<PriorityInUse> {
  if (choice === 'normal') return { level: 'normal', reason: undefined };
  // Elsewhere the call is about the whole process.
  const elsewhere =
    platform() === 'linux' ? undefined : `threads have a priority on Linux, and this is ${platform()}`;
  if (choice === 'realtime') {
    if (elsewhere !== undefined) throw new Error(`no real-time priority: ${elsewhere}`);
    await becomeRealtime();
    return { level: 'realtime', reason: undefined };
  }
  if (elsewhere !== undefined) return { level: 'normal', reason: elsewhere };
  try {
    setPriority(Math.min(RAISED, getPriority()));
    return { level: 'raised', reason: undefined };
  } catch (error) {
    const { code, info } = error as { code?: string; info?: { code?: string } };
    return { level: 'normal', reason: info?.code ?? code ?? String(error) };
  }
}

async function becomeRealtime(): Promise<void> {
  const { default: koffi } = await import('koffi');
  const schedule: (thread: number, policy: number, priority: Int32Array) => number = koffi
    .load(null)
    .func('int sched_setscheduler(int, int, const int32_t *)');
  if (schedule(0, SCHED_RR | SCHED_RESET_ON_FORK, Int32Array.of(LEAST_REALTIME)) === 0) return;
  throw new Error(`the system refuses real-time priority (${getSystemErrorName(-koffi.errno())})`);
}
