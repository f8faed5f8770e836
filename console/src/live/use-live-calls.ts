import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { useAccountPath } from '../account.tsx';
import { useCallEvents } from '../api/events.ts';
import { type LiveCall, LiveCalls } from './live-calls.ts';

export interface Live {
  /** Newest first; undefined until they were read. */
  readonly calls: readonly LiveCall[] | undefined;
  readonly error: unknown;
  readonly reload: () => void;
}

/** The calls that run now, while the component is shown. */
export function useLiveCalls(): Live {
  const pathOf = useAccountPath();
  const place = useRef<LiveCalls>(undefined);
  const live = useMemo(() => new LiveCalls(pathOf), [pathOf]);
  useEffect(() => {
    place.current = live;
    live.open();
    void live.load();
    return () => live.close();
  }, [live]);
  useCallEvents(
    (event) => place.current?.happened(event),
    undefined,
    // Again after a connection that was lost.
    () => void place.current?.load(),
  );
  const calls = useSyncExternalStore(live.subscribe, live.shown);
  return { calls: live.isLoaded ? calls : undefined, error: live.error, reload: () => void live.load() };
}
