import { setTimeout as pause } from 'node:timers/promises';
import type { AdminClient } from './admin-client.ts';
import type { CallHistoryView, EventView } from './api.ts';

/** ms between looks for the record of a call that has ended. */
const LOOK = 100;

/** Follows a call to its end. @returns the call with its record */
export async function watchCall(
  client: AdminClient,
  sessionId: string,
  tell: (event: EventView) => void,
): Promise<CallHistoryView> {
  for await (const event of client.events(sessionId)) {
    tell(event);
    if (event.type === 'disconnect') break;
  }
  const path = `/calls/${encodeURIComponent(sessionId)}`;
  let call = await client.get<CallHistoryView>(path);
  while (call.cdr === undefined) {
    await pause(LOOK);
    call = await client.get<CallHistoryView>(path);
  }
  return call;
}
