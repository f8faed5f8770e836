/** How many calls there were and how they went, day by day. */
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useRead } from '../account.tsx';
import type { StatisticsRow } from '../api/types.ts';
import { save } from '../api/download.ts';
import { releaseText } from '../i18n/codes.ts';
import { Button, Card, Select, Skeleton } from '../parts/controls.tsx';
import { csvOf } from '../parts/csv.ts';
import { dayBefore, daysBetween, ownTimeZone, today } from '../parts/days.ts';
import { List, PageHead } from '../parts/table.tsx';
import { duration } from '../parts/times.ts';

const Chart = lazy(async () => ({ default: (await import('../parts/chart.tsx')).Chart }));

interface Answer {
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly rows: readonly StatisticsRow[];
}

const periods = ['7', '30', '90'] as const;

function Drawn({ answer }: { answer: Answer }): ReactNode {
  const { t } = useTranslation();
  const { days, bars } = useMemo(() => {
    const all = daysBetween(answer.from, answer.to);
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

const causesText = (language: string, causes: StatisticsRow['causes']): string =>
  causes
    .map(
      ({ releaseCause, description, calls }) =>
        `${calls} × ${releaseCause} ${releaseText(language, releaseCause, description)}`,
    )
    .join('; ');

function useColumns() {
  const { t, i18n } = useTranslation();
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
      cell: ({ causes }: StatisticsRow) => causesText(i18n.language, causes.slice(0, 3)),
    },
  ];
}

/** The table as it is shown, in the time zone of its days, which each line names. */
function useTableFile(): (answer: Answer) => void {
  const { t, i18n } = useTranslation();
  const head = [
    t('statistics.day'),
    t('statisticsFile.zone'),
    t('signIn.account'),
    t('statistics.calls'),
    t('statistics.connected'),
    t('statisticsFile.talkSeconds'),
    t('statistics.causes'),
  ];
  return ({ from, to, timeZone, rows }) => {
    const lines = rows.map(({ day = '', account, calls, connected, talkMilliseconds, causes }) => [
      day,
      timeZone,
      account,
      calls,
      connected,
      Math.round(talkMilliseconds / 1_000),
      causesText(i18n.language, causes),
    ]);
    save(csvOf([head, ...lines]), `statistics-${from}-${to}.csv`);
  };
}

export function StatisticsPage(): ReactNode {
  const { t } = useTranslation();
  const [period, setPeriod] = useState<string>('7');
  const columns = useColumns();
  const timeZone = ownTimeZone();
  const to = today();
  const from = dayBefore(to, Number(period) - 1);
  const query = new URLSearchParams({ from, to, timeZone, by: 'day' });
  const { data, error, refetch } = useRead<Answer>(`/statistics?${query}`);
  const saveTable = useTableFile();
  return (
    <>
      <PageHead title={t('nav.statistics')} intro={t('statistics.intro', { timeZone })}>
        <Select
          label={t('statistics.period')}
          value={period}
          onChange={setPeriod}
          choices={periods.map((id) => ({ id, text: t('statistics.days', { count: Number(id) }) }))}
        />
        {data && data.rows.length > 0 && (
          <Button onPress={() => saveTable(data)}>{t('statisticsFile.table')}</Button>
        )}
        <Link href={`/console/exports?since=${from}&until=${to}`} className="py-2 text-accent underline">
          {t('statisticsFile.records')}
        </Link>
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
