/** Calls, newest first, as they come. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { useAccountPath } from '../account.tsx';
import { api } from '../api/client.ts';
import { useCallEvents } from '../api/events.ts';
import type { Call } from '../api/types.ts';
import { StateBadge } from '../call/call-view.tsx';
import { Button, Card, Select, Skeleton, TextField } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { dateAndTime, duration } from '../parts/times.ts';

interface Page {
  readonly calls: readonly Call[];
  readonly nextCursor?: string;
}

const ANY = 'any';
const states = [ANY, 'accepted', 'running', 'ended'] as const;

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
    {
      title: t('calls.columns.time'),
      cell: ({ acceptedAt }) => dateAndTime(acceptedAt, i18n.language),
      look: 'whitespace-nowrap',
    },
    {
      title: t('calls.columns.session'),
      cell: ({ sessionId }) => (
        <Link href={`/console/calls/${encodeURIComponent(sessionId)}`} className="text-accent underline">
          {sessionId}
        </Link>
      ),
      look: 'max-w-56 truncate font-mono text-sm',
    },
    {
      title: t('calls.columns.from'),
      cell: ({ order }) => numberOf(order, 'callerNbr', 'displayNbr'),
      look: 'font-mono',
    },
    { title: t('calls.columns.to'), cell: ({ order }) => numberOf(order, 'calleeNbr'), look: 'font-mono' },
    { title: t('calls.columns.state'), cell: (call) => <StateBadge {...call} /> },
    {
      title: t('calls.columns.cause'),
      cell: ({ verdict }) => verdict && `${verdict.releaseCause} ${verdict.description}`,
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
  const [, navigate] = useLocation();
  const [state, setState] = useState<string>(ANY);
  useLiveList();
  const columns = useColumns();
  const pathOf = useAccountPath();
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['calls', pathOf('/calls'), state],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ limit: '50' });
      if (state !== ANY) query.set('state', state);
      if (pageParam !== '') query.set('cursor', pageParam);
      return api<Page>('GET', pathOf(`/calls?${query}`));
    },
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const open = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const sessionId = String(new FormData(event.currentTarget).get('session') ?? '').trim();
    if (sessionId !== '') navigate(`/console/calls/${encodeURIComponent(sessionId)}`);
  };
  const calls = data?.pages.flatMap((page) => page.calls);
  return (
    <>
      <h1 className="mb-4 text-2xl font-semibold">{t('calls.title')}</h1>
      <div className="mb-4 flex flex-wrap items-end gap-4">
        <form onSubmit={open} className="flex items-end gap-2">
          <TextField name="session" label={t('calls.search')} />
          <Button type="submit">{t('call.open')}</Button>
        </form>
        <Select
          label={t('calls.state')}
          value={state}
          onChange={setState}
          choices={states.map((id) => ({ id, text: id === ANY ? t('calls.any') : t(`call.state.${id}`) }))}
        />
      </div>
      {error && calls === undefined ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : calls === undefined ? (
        <Skeleton lines={8} />
      ) : calls.length === 0 ? (
        <Card>
          <p className="mb-2">{state === ANY ? t('calls.empty') : t('calls.emptyFiltered')}</p>
          <Link href="/" className="text-accent underline">
            {t('nav.try')}
          </Link>
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
