/** Calls, newest first, as they come. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { api } from '../api/client.ts';
import { useCallEvents } from '../api/events.ts';
import type { Call } from '../api/types.ts';
import { StateBadge } from '../call/call-view.tsx';
import { Button, Card, Select, Skeleton, TextField } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';
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

function Row({ call }: { call: Call }): ReactNode {
  const { i18n } = useTranslation();
  const answered = call.legs.at(-1)?.answeredAt;
  const end = call.endedAt;
  return (
    <tr className="border-t border-line hover:bg-raised">
      <td className="px-3 py-2 whitespace-nowrap">{dateAndTime(call.acceptedAt, i18n.language)}</td>
      <td className="max-w-56 truncate px-3 py-2 font-mono text-sm">
        <Link href={`/console/calls/${encodeURIComponent(call.sessionId)}`} className="text-accent underline">
          {call.sessionId}
        </Link>
      </td>
      <td className="px-3 py-2 font-mono">{numberOf(call.order, 'callerNbr', 'displayNbr')}</td>
      <td className="px-3 py-2 font-mono">{numberOf(call.order, 'calleeNbr')}</td>
      <td className="px-3 py-2">
        <StateBadge {...call} />
      </td>
      <td className="px-3 py-2">
        {call.verdict && `${call.verdict.releaseCause} ${call.verdict.description}`}
      </td>
      <td className="px-3 py-2 text-right tabular-nums">
        {answered !== undefined && end !== undefined && duration(Date.parse(end) - Date.parse(answered))}
      </td>
    </tr>
  );
}

function Table({ calls }: { calls: readonly Call[] }): ReactNode {
  const { t } = useTranslation();
  const columns = ['time', 'session', 'from', 'to', 'state', 'cause', 'duration'] as const;
  return (
    <div className="overflow-x-auto rounded-xl border border-line bg-surface">
      <table className="w-full text-left">
        <caption className="sr-only">{t('calls.title')}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" className="px-3 py-2 text-sm font-medium text-muted">
                {t(`calls.columns.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <Row key={call.sessionId} call={call} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function CallsPage(): ReactNode {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [state, setState] = useState<string>(ANY);
  useLiveList();
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['calls', state],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ limit: '50' });
      if (state !== ANY) query.set('state', state);
      if (pageParam !== '') query.set('cursor', pageParam);
      return api<Page>('GET', `/calls?${query}`);
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
        <Table calls={calls} />
      )}
      {hasNextPage && (
        <Button className="mt-4" isDisabled={isFetchingNextPage} onPress={() => void fetchNextPage()}>
          {t('calls.more')}
        </Button>
      )}
    </>
  );
}
