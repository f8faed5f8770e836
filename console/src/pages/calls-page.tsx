/** Calls, newest first, as they come. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useAccountPath } from '../account.tsx';
import { api } from '../api/client.ts';
import { useCallEvents } from '../api/events.ts';
import type { Call } from '../api/types.ts';
import { releaseText } from '../i18n/codes.ts';
import { StateBadge } from '../call/call-view.tsx';
import { Button, Card, Skeleton } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';
import { type Column, PageHead, Table } from '../parts/table.tsx';
import { dateAndTime, duration } from '../parts/times.ts';
import { FilterBar, queryOf, useFilters } from './call-filters.tsx';

interface Page {
  readonly calls: readonly Call[];
  readonly nextCursor?: string;
}

/** ms between looks at the list, however many events there are. */
const LOOK = 1_000;

/** Looks again after events, at most once a second. */
function useLiveList(): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useCallEvents(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void client.invalidateQueries({ queryKey: ['calls'] });
    }, LOOK);
  });
}

const numberOf = (order: Call['order'], ...names: string[]): string =>
  names.map((name) => order[name]).find((value): value is string => typeof value === 'string') ?? '';

function useColumns(): readonly Column<Call>[] {
  const { t, i18n } = useTranslation();
  return [
    { title: t('calls.columns.time'), cell: ({ acceptedAt }) => dateAndTime(acceptedAt) },
    {
      title: t('calls.columns.session'),
      cell: ({ sessionId }) => (
        <Link href={`/console/calls/${encodeURIComponent(sessionId)}`} className="text-accent underline">
          {sessionId}
        </Link>
      ),
      look: 'min-w-48 font-mono text-xs wrap-anywhere',
    },
    {
      title: t('calls.columns.from'),
      cell: ({ order }) => numberOf(order, 'callerNbr', 'displayNbr'),
      look: 'font-mono text-sm',
    },
    {
      title: t('calls.columns.to'),
      cell: ({ order }) => numberOf(order, 'calleeNbr'),
      look: 'font-mono text-sm',
    },
    { title: t('calls.columns.state'), cell: (call) => <StateBadge {...call} /> },
    {
      title: t('calls.columns.cause'),
      cell: ({ verdict }) =>
        verdict &&
        `${verdict.releaseCause} ${releaseText(i18n.language, verdict.releaseCause, verdict.description)}`,
    },
    {
      title: t('calls.columns.duration'),
      cell: ({ legs, endedAt }) => {
        const answered = legs.at(-1)?.answeredAt;
        return (
          answered !== undefined &&
          endedAt !== undefined &&
          duration(Date.parse(endedAt) - Date.parse(answered))
        );
      },
      look: 'text-right tabular-nums',
    },
  ];
}

export function CallsPage(): ReactNode {
  const { t } = useTranslation();
  const { filters, clear } = useFilters();
  const isFiltered = Object.keys(filters).length > 0;
  useLiveList();
  const columns = useColumns();
  const pathOf = useAccountPath();
  const query = queryOf(filters);
  query.set('limit', '50');
  const path = pathOf(`/calls?${query}`);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['calls', path],
    queryFn: ({ pageParam }) =>
      api<Page>('GET', pageParam === '' ? path : `${path}&cursor=${encodeURIComponent(pageParam)}`),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const calls = data?.pages.flatMap((page) => page.calls);
  return (
    <>
      <PageHead title={t('calls.title')} intro={t('calls.intro')} />
      <FilterBar />
      {error && calls === undefined ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : calls === undefined ? (
        <Skeleton lines={8} />
      ) : calls.length === 0 ? (
        <Card>
          <p className="mb-2">{isFiltered ? t('calls.emptyFiltered') : t('calls.empty')}</p>
          {isFiltered ? (
            <Button onPress={clear}>{t('calls.clear')}</Button>
          ) : (
            <Link href="/" className="text-accent underline">
              {t('nav.try')}
            </Link>
          )}
        </Card>
      ) : (
        <Table title={t('calls.title')} columns={columns} rows={calls} keyOf={({ sessionId }) => sessionId} />
      )}
      {hasNextPage && (
        <Button className="mt-4" isDisabled={isFetchingNextPage} onPress={() => void fetchNextPage()}>
          {t('calls.more')}
        </Button>
      )}
    </>
  );
}
