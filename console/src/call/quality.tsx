/** The media of a call second by second: a chart for each leg, and the same as a table. */
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import type { LegQuality, Quality as QualityAnswer } from '../api/types.ts';
import { Button, Card, Skeleton } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { duration } from '../parts/times.ts';
import { lossOf, type Measure, measures, QualityChart } from './quality-chart.tsx';

/** ms between looks at a call that runs. */
const LOOK = 2_000;

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** What stands beside a measure: the worst of it, and when that was. */
function useWorst(): (measure: Measure, leg: LegQuality) => string {
  const { t } = useTranslation();
  return ({ id, valuesOf, outdoes, digits }, leg) => {
    const values = valuesOf(leg);
    let worst: number | undefined;
    values.forEach((value, row) => {
      const found = worst === undefined ? null : values[worst]!;
      if (value !== null && (found === null || outdoes(value, found))) worst = row;
    });
    if (worst === undefined) return t('quality.nothing');
    if (id === 'loss' && values[worst] === 0) return t('quality.noLoss');
    const value = values[worst]?.toFixed(digits);
    return t(`quality.worst.${id}`, { value, at: duration(worst * leg.secondsPerRow * 1_000) });
  };
}

function LegTable({ leg }: { leg: LegQuality }): ReactNode {
  const { t } = useTranslation();
  const number = (
    title: string,
    of: (row: number) => number | string | null | undefined,
  ): Column<number> => ({
    title,
    cell: (row) => of(row) ?? '–',
    look: 'tabular-nums',
  });
  const loss = lossOf(leg);
  const columns: Column<number>[] = [
    number(t('quality.time'), (row) => duration(row * leg.secondsPerRow * 1_000)),
    {
      title: t('quality.heard.title'),
      cell: (row) => t(`quality.heard.${leg.heard[row] ?? 'no-packets'}`),
      look: 'whitespace-nowrap',
    },
    number(t('quality.mos'), (row) => leg.mos[row]?.toFixed(2)),
    number(t('quality.lossPercent'), (row) => loss[row]?.toFixed(1)),
    number(t('quality.jitterMilliseconds'), (row) => leg.jitter[row]?.toFixed(1)),
    number(t('quality.levelDbfs'), (row) => leg.level[row]),
    number(t('quality.received'), (row) => leg.received[row]),
    number(t('quality.sent'), (row) => leg.sent[row]),
    number(t('quality.farLost'), (row) => leg.farEnd.lost[row]),
  ];
  const title = t('quality.tableOf', { party: leg.party });
  return (
    <div role="region" aria-label={title} tabIndex={0} className="mt-3 max-h-96 overflow-y-auto">
      <Table title={title} columns={columns} rows={leg.heard.map((_, row) => row)} keyOf={(row) => row} />
    </div>
  );
}

function Leg({ leg }: { leg: LegQuality }): ReactNode {
  const { t } = useTranslation();
  const [isTable, setIsTable] = useState(false);
  const heading = useId();
  const worst = useWorst();
  const { party, secondsPerRow, milliseconds, received, sent, lost, late } = leg;
  return (
    <section aria-labelledby={heading} className="min-w-0">
      <h3 id={heading} className="font-medium">
        {t('call.leg', { party })}
      </h3>
      <p className="mb-2 text-sm text-muted">
        {t('quality.totals', { received: sum(received), lost: sum(lost), late: sum(late), sent: sum(sent) })}
        {secondsPerRow > 1 && ` · ${t('quality.joined', { count: secondsPerRow })}`}
      </p>
      {measures.map((measure) => (
        <div key={measure.id} className="mb-2">
          <p className="flex flex-wrap justify-between gap-x-3 text-sm">
            <span>{t(`quality.${measure.id}`)}</span>
            <span className="text-muted tabular-nums">{worst(measure, leg)}</span>
          </p>
          <QualityChart
            leg={leg}
            measure={measure}
            label={`${t('call.leg', { party })}, ${t(`quality.${measure.id}`)}: ${worst(measure, leg)}`}
          />
        </div>
      ))}
      <p aria-hidden="true" className="mr-11 flex justify-between font-mono text-xs text-muted">
        <span>0:00</span>
        <span>{duration(milliseconds)}</span>
      </p>
      <Button className="mt-2" aria-expanded={isTable} onPress={() => setIsTable(!isTable)}>
        {t(isTable ? 'quality.hideTable' : 'quality.showTable')}
        <span className="sr-only"> {t('call.leg', { party })}</span>
      </Button>
      {isTable && <LegTable leg={leg} />}
    </section>
  );
}

function Legend(): ReactNode {
  const { t } = useTranslation();
  return (
    <ul className="mb-3 flex flex-wrap gap-x-4 text-sm text-muted">
      {(['no-packets', 'silence', 'on-hold'] as const).map((heard) => (
        <li key={heard} className="flex items-center gap-2">
          <svg aria-hidden="true" width="16" height="12">
            <rect width="16" height="12" className="fill-raised" />
            <rect
              width="16"
              height={heard === 'no-packets' ? 12 : heard === 'silence' ? 6 : 3}
              y={heard === 'no-packets' ? 0 : heard === 'silence' ? 6 : 9}
              className={
                heard === 'no-packets' ? 'fill-bad' : heard === 'silence' ? 'fill-warn' : 'fill-muted'
              }
            />
          </svg>
          {t(`quality.heard.${heard}`)}
        </li>
      ))}
    </ul>
  );
}

/** @param isOver the call has ended: there will be nothing more */
export function Quality({ sessionId, isOver }: { sessionId: string; isOver: boolean }): ReactNode {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    // What a call ends with is asked for once more.
    queryKey: ['call', sessionId, 'quality', isOver],
    queryFn: () => api<QualityAnswer>('GET', `/calls/${encodeURIComponent(sessionId)}/quality`),
    placeholderData: (before: QualityAnswer | undefined) => before,
    refetchInterval: isOver ? false : LOOK,
  });
  if (error) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={6} />;
  return (
    <Card title={t('quality.title')}>
      <p className="mb-2 text-sm text-muted">{t('quality.intro')}</p>
      {data.legs.length === 0 ? (
        <p className="text-muted">{t(isOver ? 'quality.none' : 'quality.notYet')}</p>
      ) : (
        <>
          <Legend />
          <div className="grid gap-6 lg:grid-cols-2">
            {data.legs.map((leg) => (
              <Leg key={leg.party} leg={leg} />
            ))}
          </div>
        </>
      )}
    </Card>
  );
}
