/** What happens to calls, as it happens. */
import { useEffect, useRef } from 'react';
import type { CallEvent } from './types.ts';

/**
 * Calls `onEvent` with each event (of one call, where `sessionId` is given) while the component is shown.
 * @param onBack called when a connection that was lost is there again
 */
export function useCallEvents(
  onEvent: (event: CallEvent) => void,
  sessionId?: string,
  onBack?: () => void,
): void {
  const latest = useRef({ onEvent, onBack });
  latest.current = { onEvent, onBack };
  useEffect(() => {
    const query = sessionId === undefined ? '' : `?sessionId=${encodeURIComponent(sessionId)}`;
    const source = new EventSource(`/events${query}`);
    source.addEventListener('call', ({ data }) => latest.current.onEvent(JSON.parse(data) as CallEvent));
    let wasLost = false;
    source.addEventListener('error', () => {
      wasLost = true;
    });
    source.addEventListener('open', () => {
      if (wasLost) latest.current.onBack?.();
      wasLost = false;
    });
    return () => source.close();
  }, [sessionId]);
}
