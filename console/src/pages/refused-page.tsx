/** Calls that a limit or a guard refused, and why. */
import '../i18n/limits.ts';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useAccountPath, useRead } from '../account.tsx';
import { api } from '../api/client.ts';
import type { App, Refusal } from '../api/types.ts';
import { explanationText } from '../i18n/codes.ts';
import { Badge, Button, Select } from '../parts/controls.tsx';
import { type Column, List, PageHead } from '../parts/table.tsx';
import { dateAndTime } from '../parts/times.ts';
import { useAppName } from './limit-words.ts';

interface Page {
  readonly refusals: readonly Refusal[];
  readonly nextCursor?: number;
}

const ANY = 'any';

/** ms between looks, while only the newest are shown. */
const LOOK = 5_000;

/** Where what refused it is set. */
const pageOf: Readonly<Record<Refusal['reason'], string>> = {
  'calls-per-second': 'limits',
  'calls-per-minute': 'limits',
  'calls-per-day': 'limits',
  'concurrent-calls': 'limits',
  'voice-ports': 'limits',
  'quiet-hours': 'limits',
  'queue-full': 'limits',
  'number-pool': 'numbers',
  'trunk-full': 'trunks',
  'cool-down': 'guards',
  velocity: 'guards',
  'completion-rate': 'guards',
  country: 'guards',
  cost: 'guards',
  'template-values': 'templates',
};

function useRefusals(appKey: string) {
  const pathOf = useAccountPath();
  return useInfiniteQuery({
    queryKey: ['refused', pathOf('/calls/refused'), appKey],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ limit: '50' });
      if (appKey !== ANY) query.set('appKey', appKey);
      if (pageParam !== undefined) query.set('cursor', String(pageParam));
      return api<Page>('GET', pathOf(`/calls/refused?${query}`));
    },
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : LOOK),
  });
}

function Explanation({ refusal: { reason, explanation } }: { refusal: Refusal }): ReactNode {
  const { t, i18n } = useTranslation();
  return (
    <>
      <Badge tone="warn">{t(`refused.reasons.${reason}`)}</Badge>
      <span className="block">{explanationText(i18n.language, explanation)}</span>
      <Link href={`/console/${pageOf[reason]}`} className="text-sm text-accent underline">
        {t('refused.change')}
      </Link>
    </>
  );
}

function useColumns(): readonly Column<Refusal>[] {
  const { t } = useTranslation();
  const appName = useAppName();
  return [
    { title: t('refused.at'), cell: ({ at }) => dateAndTime(at) },
    {
      title: t('refused.why'),
      cell: (refusal) => <Explanation refusal={refusal} />,
      look: 'min-w-64',
    },
    { title: t('refused.code'), cell: ({ code }) => code, look: 'font-mono' },
    { title: t('calls.app'), cell: ({ appKey }) => appName(appKey) },
    {
      title: t('refused.numbers'),
      cell: ({ callerNbr, displayNbr, calleeNbr }) => (
        <>
          {callerNbr ?? displayNbr} <span aria-hidden="true">→</span>
          <span className="block">{calleeNbr}</span>
        </>
      ),
      look: 'font-mono text-sm whitespace-nowrap',
    },
  ];
}

export function RefusedPage(): ReactNode {
  const { t } = useTranslation();
  const [appKey, setAppKey] = useState<string>(ANY);
  const apps = useRead<{ apps: App[] }>('/apps').data?.apps ?? [];
  const columns = useColumns();
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useRefusals(appKey);
  return (
    <>
      <PageHead title={t('nav.refused')} intro={t('refused.intro')}>
        <Select
          label={t('calls.app')}
          value={appKey}
          onChange={setAppKey}
          choices={[
            { id: ANY, text: t('calls.any') },
            ...apps.map(({ appKey: id, name }) => ({ id, text: name })),
          ]}
        />
      </PageHead>
      <List
        title={t('nav.refused')}
        columns={columns}
        rows={data?.pages.flatMap(({ refusals }) => refusals)}
        keyOf={({ id }) => id}
        error={error}
        onRetry={() => void refetch()}
        empty={appKey === ANY ? t('refused.empty') : t('refused.emptyApp')}
      />
      {hasNextPage && (
        <Button className="mt-4" isDisabled={isFetchingNextPage} onPress={() => void fetchNextPage()}>
          {t('ops.older')}
        </Button>
      )}
    </>
  );
}
