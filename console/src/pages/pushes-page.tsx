/** Pushes that were given up, and the receivers that are in trouble. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useAccountPath, useMay, useRead } from '../account.tsx';
import { api } from '../api/client.ts';
import type { LedgerPush, PushReceiver } from '../api/types.ts';
import { Badge, Button, Select } from '../parts/controls.tsx';
import { Replay } from '../parts/replay.tsx';
import { Actions, List, PageHead } from '../parts/table.tsx';
import { dateAndTime } from '../parts/times.ts';
import { ReplayAll } from './replay-all.tsx';

const states = ['dead', 'failed', 'pending', 'delivered'] as const;
/** How often the page looks again while something on it is under way, ms. */
const LOOK = 2_000;

/** Also one that was delivered and is sent once more. */
const isUnderWay = ({ nextAttemptAt }: LedgerPush): boolean => nextAttemptAt !== undefined;

const breakers = { closed: 'good', open: 'bad', probing: 'warn' } as const;

interface Page {
  readonly pushes: readonly LedgerPush[];
  readonly nextCursor?: string;
}

function Receivers(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const { data, error, refetch } = useRead<{ receivers: PushReceiver[] }>('/receivers');
  const columns = [
    { title: t('pushes.url'), cell: ({ url }: PushReceiver) => url, look: 'font-mono text-sm wrap-anywhere' },
    {
      title: t('ops.state'),
      cell: ({ breaker }: PushReceiver) => (
        <Badge tone={breakers[breaker]}>{t(`pushes.breakers.${breaker}`)}</Badge>
      ),
    },
    { title: t('pushes.failures'), cell: ({ failures }: PushReceiver) => failures },
    {
      title: t('ops.actions'),
      cell: (receiver: PushReceiver) =>
        may && (
          <Actions>
            <ReplayAll receiver={receiver} />
          </Actions>
        ),
    },
  ];
  return (
    <List
      title={t('pushes.receivers')}
      columns={columns}
      rows={data?.receivers}
      keyOf={({ appKey, url }) => `${appKey} ${url}`}
      error={error}
      onRetry={() => void refetch()}
      empty={t('pushes.noReceivers')}
    />
  );
}

function usePushColumns() {
  const { t } = useTranslation();
  return [
    { title: t('audit.at'), cell: ({ createdAt }: LedgerPush) => dateAndTime(createdAt) },
    { title: t('numbers.kind'), cell: ({ kind }: LedgerPush) => t(`call.push.${kind}`), look: 'break-keep' },
    {
      title: t('pushes.url'),
      cell: ({ url }: LedgerPush) => url,
      look: 'min-w-40 font-mono text-sm wrap-anywhere',
    },
    {
      title: t('pushes.last'),
      cell: ({ deliveries }: LedgerPush) => {
        const last = deliveries.at(-1);
        if (last === undefined) return '–';
        const by = last.replayedBy && ` (${t('call.push.by', { name: last.replayedBy })})`;
        return `${last.attempt}: ${last.error ?? last.httpStatus ?? ''}${by ?? ''}`;
      },
    },
    {
      title: t('ops.actions'),
      cell: (push: LedgerPush) => (
        <Actions>
          <Link
            href={`/console/calls/${encodeURIComponent(push.sessionId)}`}
            className="p-2 text-accent underline"
          >
            {t('call.open')}
          </Link>
          <Replay push={push} of={dateAndTime(push.createdAt)} />
        </Actions>
      ),
    },
  ];
}

export function PushesPage(): ReactNode {
  const { t } = useTranslation();
  const [state, setState] = useState<string>('dead');
  const path = useAccountPath()(`/pushes?state=${state}`);
  const columns = usePushColumns();
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['pushes', path],
    queryFn: ({ pageParam }) =>
      api<Page>('GET', pageParam === undefined ? path : `${path}&cursor=${encodeURIComponent(pageParam)}`),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: ({ state: { data: shown } }) =>
      shown?.pages.some(({ pushes }) => pushes.some(isUnderWay)) ? LOOK : false,
  });
  return (
    <>
      <PageHead title={t('nav.pushes')} intro={t('pushes.intro')}>
        <Select
          label={t('ops.state')}
          value={state}
          onChange={setState}
          choices={states.map((id) => ({ id, text: t(`call.push.${id}`) }))}
        />
      </PageHead>
      <List
        title={t('nav.pushes')}
        columns={columns}
        rows={data?.pages.flatMap(({ pushes }) => pushes)}
        keyOf={({ id }) => id}
        error={error}
        onRetry={() => void refetch()}
        empty={t('pushes.empty')}
      />
      {hasNextPage && (
        <Button className="mt-4" isDisabled={isFetchingNextPage} onPress={() => void fetchNextPage()}>
          {t('ops.older')}
        </Button>
      )}
      <h2 className="mt-6 mb-3 text-lg font-semibold">{t('pushes.receivers')}</h2>
      <Receivers />
    </>
  );
}
