import { keepPreviousData, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useMay } from '../account.tsx';
import { answerTo, api } from '../api/client.ts';
import { useCallEvents } from '../api/events.ts';
import type { CallHistory, Received } from '../api/types.ts';

/** ms between looks at what has no events of its own: pushes on their way. */
const LOOK = 1_500;

/** ms between looks at a call that is over, by which the platform knows that its page is open. */
const STAY = 60_000;

/** ms within which events count as one reason to look. */
const GATHER = 100;

/** Nothing more is told of it: what is sent once more is not over, though it was delivered. */
export const isAllTold = ({ pushes, state }: CallHistory): boolean =>
  state === 'ended' && pushes.every((push) => push.state !== 'pending' && push.nextAttemptAt === undefined);

/** What shows the numbers of a call that was revealed to this page. */
export const asRevealed = (revealKey: string | undefined): Record<string, string> | undefined =>
  revealKey === undefined ? undefined : { 'x-reveal-key': revealKey };

const pathOf = (sessionId: string): string => `/calls/${encodeURIComponent(sessionId)}`;

/**
 * A call and all that belongs to it, kept up to date while it runs.
 * @param revealKey by which its numbers are shown
 */
export function useCall(sessionId: string | undefined, revealKey?: string): UseQueryResult<CallHistory> {
  const atLast = revealKey === undefined ? false : STAY;
  return useQuery({
    queryKey: ['call', sessionId, revealKey],
    queryFn: async () =>
      (await (
        await answerTo('GET', pathOf(sessionId ?? ''), { headers: asRevealed(revealKey) })
      ).json()) as CallHistory,
    enabled: sessionId !== undefined,
    refetchInterval: ({ state: { data } }) => (data === undefined || isAllTold(data) ? atLast : LOOK),
    refetchIntervalInBackground: revealKey !== undefined,
  });
}

/** Shows the numbers of a call, for as long as the page is open: not on any other, and not when it is opened again. */
export function useReveal(sessionId: string): {
  readonly revealKey: string | undefined;
  /** Rejects with ApiError. */
  readonly reveal: () => Promise<void>;
} {
  const client = useQueryClient();
  const [revealed, setRevealed] = useState<{ readonly sessionId: string; readonly key: string }>();
  const revealKey = revealed?.sessionId === sessionId ? revealed.key : undefined;
  const reveal = async (): Promise<void> => {
    const { revealKey: key, ...call } = await api<CallHistory & { revealKey: string }>(
      'POST',
      `${pathOf(sessionId)}/reveal`,
      {},
    );
    client.setQueryData(['call', sessionId, key], call);
    setRevealed({ sessionId, key });
  };
  useEffect(() => {
    if (revealKey === undefined) return;
    const conceal = (): void => {
      // What cannot be told ends by itself: nobody looks at the call any more.
      answerTo('POST', `${pathOf(sessionId)}/conceal`, { body: { revealKey }, isLast: true }).catch(() => {});
      client.removeQueries({ queryKey: ['call', sessionId, revealKey] });
    };
    addEventListener('pagehide', conceal);
    return () => {
      removeEventListener('pagehide', conceal);
      conceal();
    };
  }, [client, sessionId, revealKey]);
  return { revealKey, reveal };
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
