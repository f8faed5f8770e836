/** How many calls there were and how they went, day by day. */
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccountPath, useRead } from '../account.tsx';
import type { StatisticsRow } from '../api/types.ts';
import { Card, Select, Skeleton } from '../parts/controls.tsx';
import { List, PageHead } from '../parts/table.tsx';
import { duration } from '../parts/times.ts';

const Chart = lazy(async () => ({ default: (await import('../parts/chart.tsx')).Chart }));

interface Answer {
  readonly from: string;
  readonly to: string;
  readonly rows: readonly StatisticsRow[];
}

const DAY = 86_400_000;
const periods = ['7', '30', '90'] as const;
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

function daysOf({ from, to }: Answer): string[] {
  const count = Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1;
  return Array.from({ length: count }, (_, index) => dayOf(Date.parse(from) + index * DAY));
}

function Drawn({ answer }: { answer: Answer }): ReactNode {
  const { t } = useTranslation();
  const { days, bars } = useMemo(() => {
    const all = daysOf(answer);
    const sum = (member: 'calls' | 'connected') =>
      all.map((day) =>
        answer.rows.reduce((total, row) => (row.day === day ? total + row[member] : total), 0),
      );
    return {
      days: all,
      bars: [
        { label: t('statistics.calls'), color: '--line', values: sum('calls') },
        { label: t('statistics.connected'), color: '--accent', values: sum('connected') },
      ],
    };
  }, [answer, t]);
  return <Chart days={days} bars={bars} />;
}

function useColumns() {
  const { t } = useTranslation();
  return [
    { title: t('statistics.day'), cell: ({ day }: StatisticsRow) => day, look: 'whitespace-nowrap' },
    { title: t('signIn.account'), cell: ({ account }: StatisticsRow) => account },
    { title: t('statistics.calls'), cell: ({ calls }: StatisticsRow) => calls, look: 'tabular-nums' },
    {
      title: t('statistics.connected'),
      cell: ({ connected, connectionRate }: StatisticsRow) =>
        `${connected} (${(100 * connectionRate).toFixed(0)} %)`,
      look: 'tabular-nums whitespace-nowrap',
    },
    {
      title: t('statistics.talk'),
      cell: ({ talkMilliseconds }: StatisticsRow) => duration(talkMilliseconds),
      look: 'tabular-nums',
    },
    {
      title: t('statistics.causes'),
      cell: ({ causes }: StatisticsRow) =>
        causes
          .slice(0, 3)
          .map(({ releaseCause, description, calls }) => `${calls} × ${releaseCause} ${description}`)
          .join('; '),
    },
  ];
}

export function StatisticsPage(): ReactNode {
  const { t } = useTranslation();
  const [period, setPeriod] = useState<string>('7');
  const pathOf = useAccountPath();
  const columns = useColumns();
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const from = dayOf(Date.now() - (Number(period) - 1) * DAY);
  const query = new URLSearchParams({ from, timeZone, by: 'day' });
  const { data, error, refetch } = useRead<Answer>(`/statistics?${query}`);
  const records = `/admin/v1/exports/records?format=csv&since=${encodeURIComponent(`${from}T00:00:00Z`)}`;
  return (
    <>
      <PageHead title={t('nav.statistics')} intro={t('statistics.intro', { timeZone })}>
        <Select
          label={t('statistics.period')}
          value={period}
          onChange={setPeriod}
          choices={periods.map((id) => ({ id, text: t('statistics.days', { count: Number(id) }) }))}
        />
        <a href={pathOf(records)} download className="py-2 text-accent underline">
          {t('statistics.export')}
        </a>
      </PageHead>
      {data && data.rows.length > 0 && (
        <div className="mb-4">
          <Card title={t('statistics.chart')}>
            <Suspense fallback={<Skeleton lines={6} />}>
              <Drawn answer={data} />
            </Suspense>
          </Card>
        </div>
      )}
      <List
        title={t('nav.statistics')}
        columns={columns}
        rows={data?.rows}
        keyOf={({ account, day }) => `${account} ${day}`}
        error={error}
        onRetry={() => void refetch()}
        empty={t('statistics.empty')}
      />
    </>
  );
}
