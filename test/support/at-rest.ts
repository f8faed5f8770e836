import { eventually } from './peer-process.ts';
import type { PlatformClient } from './platform-client.ts';

const kinds = ['dialogs', 'requests', 'invitations', 'transactions', 'timers'];

const gauges = [
  'openvoicecall_calls_running',
  'openvoicecall_media_streams',
  ...kinds.map((kind) => `openvoicecall_sip_load{kind="${kind}"}`),
];

/** What a platform still holds when its calls are over; empty when it comes to rest. */
export async function leftOver(platform: PlatformClient): Promise<string[]> {
  const left: string[] = [];
  for (const gauge of gauges) {
    const free = async (): Promise<boolean> => (await platform.metric(gauge)) === 0;
    // Transactions wait for repetitions for 32 s.
    await eventually(free, gauge, 60_000).catch(() => void left.push(gauge));
  }
  return left;
}
