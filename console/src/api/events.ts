/** What happens to calls, as it happens. */
import { useEffect, useRef } from 'react';
import type { CallEvent } from './types.ts';

/** Calls `onEvent` with each event (of one call, where `sessionId` is given) while the component is shown. */
export function useCallEvents(onEvent: (event: CallEvent) => void, sessionId?: string): void {
  const latest = useRef(onEvent);
  latest.current = onEvent;
  useEffect(() => {
    const query = sessionId === undefined ? '' : `?sessionId=${encodeURIComponent(sessionId)}`;
    const source = new EventSource(`/events${query}`);
    source.addEventListener('call', ({ data }) => latest.current(JSON.parse(data) as CallEvent));
    return () => source.close();
  }, [sessionId]);
}
