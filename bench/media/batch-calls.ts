/** Calls of Linux that only the benches need: several datagrams at once, and which processor a thread runs on. */
import koffi from 'koffi';
import type { Address } from '../../src/telephony/media/system-calls.ts';

const c = koffi.load(null);

export const sendmmsg: (socket: number, messages: Address, count: number, flags: number) => number = c.func(
  'int sendmmsg(int, uintptr_t, uint32_t, int)',
);
export const recvmmsg: (
  socket: number,
  messages: Address,
  count: number,
  flags: number,
  timeout: Address,
) => number = c.func('int recvmmsg(int, uintptr_t, uint32_t, int, uintptr_t)');

const schedSetaffinity: (thread: number, length: number, mask: Uint8Array) => number = c.func(
  'int sched_setaffinity(int, size_t, const uint8_t *)',
);

/** The thread runs on that processor only from now on. @throws Error when the system refuses */
export function pin(thread: number, processor: number): void {
  const mask = new Uint8Array(128);
  mask[processor >> 3] = 1 << (processor & 7);
  if (schedSetaffinity(thread, mask.length, mask) < 0)
    throw new Error(`thread ${thread} cannot be moved to processor ${processor} (errno ${koffi.errno()})`);
}
