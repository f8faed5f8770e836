import { keepPreviousData, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useRef } from 'react';
import { useMay } from '../account.tsx';
import { api } from '../api/client.ts';
import { useCallEvents } from '../api/events.ts';
import type { CallHistory, Received } from '../api/types.ts';

/** ms between looks at what has no events of its own: pushes on their way. */
const LOOK = 1_500;

/** ms within which events count as one reason to look. */
const GATHER = 100;

/** Nothing more is told of it: what is sent once more is not over, though it was delivered. */
export const isAllTold = ({ pushes, state }: CallHistory): boolean =>
  state === 'ended' && pushes.every((push) => push.state !== 'pending' && push.nextAttemptAt === undefined);

/** A call and all that belongs to it, kept up to date while it runs. */
export function useCall(sessionId: string | undefined): UseQueryResult<CallHistory> {
  return useQuery({
    queryKey: ['call', sessionId],
    queryFn: () => api<CallHistory>('GET', `/calls/${encodeURIComponent(sessionId ?? '')}`),
    enabled: sessionId !== undefined,
    refetchInterval: ({ state: { data } }) => (data === undefined || isAllTold(data) ? false : LOOK),
  });
}

/** Whether it went to the receiver that is built in. */
const isToUs = ({ url }: CallHistory['pushes'][number]): boolean =>
  URL.canParse(url) && new URL(url).pathname === '/receiver';

/** What the built-in receiver was sent about the call; empty where the pushes went elsewhere. */
export function useReceived(call: CallHistory): readonly Received[] {
  const { sessionId, pushes } = call;
  const may = useMay('manage');
  const attempts = pushes.reduce((sum, { deliveries }) => sum + deliveries.length, 0);
  const { data } = useQuery({
    // Anew after each attempt, also the last.
    queryKey: ['received', sessionId, attempts],
    placeholderData: keepPreviousData,
    queryFn: () =>
      api<{ pushes: Received[] }>('GET', `/receiver?sessionId=${encodeURIComponent(sessionId)}`).catch(
        () => ({
          pushes: [],
        }),
      ),
    enabled: may && pushes.some(isToUs),
    refetchInterval: isAllTold(call) ? false : LOOK,
  });
  return data?.pushes ?? [];
}

/** Looks again when something happens to the call. */
export function useFollowedCall(sessionId: string): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useCallEvents(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      void client.invalidateQueries({ queryKey: ['call', sessionId] });
      void client.invalidateQueries({ queryKey: ['received', sessionId] });
    }, GATHER);
  }, sessionId);
}
