/** Everything of one kind in one file, with word of how far it is. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Label, ProgressBar } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'wouter';
import { useAccountPath, useMay, useRead } from '../account.tsx';
import { api, ApiError } from '../api/client.ts';
import { download, type Progress, save } from '../api/download.ts';
import type { App, StatisticsRow } from '../api/types.ts';
import { Button, Card } from '../parts/controls.tsx';
import { Copyable } from '../parts/copyable.tsx';
import { dayAfter, dayBefore, ownTimeZone, startOfDay, today } from '../parts/days.ts';
import { type Field, Form, NOTHING } from '../parts/form.tsx';
import { PageHead } from '../parts/table.tsx';

interface Wanted {
  readonly kind: 'records' | 'events';
  readonly format: 'csv' | 'jsonl';
  readonly appKey?: string;
  /** Days of the browser's time zone, both included. */
  readonly since: string;
  readonly until: string;
}

type Outcome =
  | {
      readonly what: 'running';
      readonly progress: Progress;
      readonly total?: number;
      readonly format: Wanted['format'];
    }
  | {
      readonly what: 'saved';
      readonly progress: Progress;
      readonly name: string;
      readonly format: Wanted['format'];
    }
  | { readonly what: 'cancelled' };

/** A table has a head, which is no row. */
const rowsOf = ({ lines }: Progress, format: Wanted['format']): number =>
  Math.max(0, format === 'csv' ? lines - 1 : lines);

function useSizes(): { rows: (count: number) => string; size: (octets: number) => string } {
  const { t, i18n } = useTranslation();
  return {
    rows: (count) => t('exports.rows', { count, shown: count.toLocaleString(i18n.language) }),
    size: (octets) => {
      const size = (octets / 1e6).toLocaleString(i18n.language, { maximumFractionDigits: 1 });
      return t('exports.size', { size });
    },
  };
}

function Running({
  progress,
  total,
  format,
  onCancel,
}: Extract<Outcome, { what: 'running' }> & { onCancel: () => void }): ReactNode {
  const { t, i18n } = useTranslation();
  const { rows, size } = useSizes();
  const count = rowsOf(progress, format);
  return (
    <div className="flex flex-col gap-3">
      <ProgressBar
        isIndeterminate={total === undefined}
        value={total === undefined || total === 0 ? 0 : Math.min(100, (100 * count) / total)}
      >
        {({ percentage = 100 }) => (
          <>
            <Label>{t('exports.running')}</Label>
            <div className="mt-1 h-2 rounded bg-raised">
              <div
                className={`h-2 rounded bg-accent ${total === undefined ? 'animate-pulse' : ''}`}
                style={{ width: `${percentage}%` }}
              />
            </div>
          </>
        )}
      </ProgressBar>
      <p className="tabular-nums">
        {rows(count)}
        {total !== undefined && ` ${t('exports.ofTotal', { total: total.toLocaleString(i18n.language) })}`}
        {` · ${size(progress.octets)}`}
      </p>
      <Button className="self-start" onPress={onCancel}>
        {t('ops.cancel')}
      </Button>
    </div>
  );
}

function Result({ outcome }: { outcome: Exclude<Outcome, { what: 'running' }> }): ReactNode {
  const { t } = useTranslation();
  const { rows, size } = useSizes();
  if (outcome.what === 'cancelled') return <p>{t('exports.cancelled')}</p>;
  const count = rowsOf(outcome.progress, outcome.format);
  return (
    <>
      <p className="font-medium text-good">{t('exports.saved', { name: outcome.name })}</p>
      <p className="tabular-nums">
        {rows(count)} · {size(outcome.progress.octets)}
      </p>
      {count === 0 && <p>{t('exports.empty')}</p>}
    </>
  );
}

/** How many rows there will be, where that can be told. */
async function totalOf({ kind, since, until, appKey }: Wanted, pathOf: (path: string) => string) {
  if (kind !== 'records') return undefined;
  const query = new URLSearchParams({ from: since, to: until, timeZone: ownTimeZone(), by: '' });
  if (appKey !== undefined) query.set('appKey', appKey);
  try {
    const { rows } = await api<{ rows: StatisticsRow[] }>('GET', pathOf(`/statistics?${query}`));
    return rows.reduce((total, { calls }) => total + calls, 0);
  } catch (error) {
    // Of too long a time nobody counts; the export is made all the same.
    if (error instanceof ApiError && error.status === 422) return undefined;
    throw error;
  }
}

function queryOf({ format, since, until, appKey }: Wanted): URLSearchParams {
  const query = new URLSearchParams({
    format,
    since: startOfDay(since).toISOString(),
    until: startOfDay(dayAfter(until)).toISOString(),
  });
  if (appKey !== undefined) query.set('appKey', appKey);
  return query;
}

function useExport() {
  const { t } = useTranslation();
  const pathOf = useAccountPath();
  const [outcome, setOutcome] = useState<Outcome>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const run = async (wanted: Wanted): Promise<void> => {
    const { kind, format, since, until } = wanted;
    const controller = new AbortController();
    running.current = controller;
    setOutcome({ what: 'running', progress: { octets: 0, lines: 0 }, format });
    try {
      const total = await totalOf(wanted, pathOf);
      const { file, progress } = await download({
        path: pathOf(`/exports/${kind}?${queryOf(wanted)}`),
        format,
        signal: controller.signal,
        onProgress: (now) => setOutcome({ what: 'running', progress: now, total, format }),
      });
      const name = `${kind}-${since}-${until}.${format}`;
      save(file, name);
      setOutcome({ what: 'saved', progress, name, format });
    } catch (error) {
      setOutcome(controller.signal.aborted ? { what: 'cancelled' } : undefined);
      if (controller.signal.aborted) return;
      throw error instanceof ApiError ? error : new Error(t('exports.cutOff'));
    }
  };
  return { outcome, run, cancel: () => running.current?.abort() };
}

function useFields(): Field[] {
  const { t } = useTranslation();
  const [search] = useSearchParams();
  const { data } = useRead<{ apps: App[] }>('/apps');
  const apps = (data?.apps ?? []).map(({ appKey, name }) => ({ id: appKey, text: name }));
  return [
    {
      name: 'kind',
      label: t('exports.what'),
      kind: 'choice',
      choices: (['records', 'events'] as const).map((id) => ({ id, text: t(`exports.kinds.${id}`) })),
    },
    {
      name: 'format',
      label: t('exports.format'),
      kind: 'choice',
      choices: (['csv', 'jsonl'] as const).map((id) => ({ id, text: t(`exports.formats.${id}`) })),
    },
    {
      name: 'appKey',
      label: t('calls.app'),
      kind: 'choice',
      choices: [{ id: NOTHING, text: t('calls.any') }, ...apps],
    },
    {
      name: 'since',
      label: t('exports.since'),
      kind: 'date',
      isRequired: true,
      initial: search.get('since') ?? dayBefore(today(), 6),
    },
    {
      name: 'until',
      label: t('exports.until'),
      kind: 'date',
      isRequired: true,
      initial: search.get('until') ?? today(),
      hint: t('exports.zone', { timeZone: ownTimeZone() }),
    },
  ];
}

export function ExportsPage(): ReactNode {
  const { t } = useTranslation();
  const mayAll = useMay('manage');
  const fields = useFields();
  const { outcome, run, cancel } = useExport();
  return (
    <>
      <PageHead title={t('nav.exports')} intro={t('exports.intro')} />
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <Card>
          {!mayAll && <p className="mb-3 text-muted">{t('exports.masked')}</p>}
          <Form
            fields={fields}
            submit={t('exports.start')}
            onSubmit={(body) => run(body as unknown as Wanted)}
          />
          <div className="mt-4" role={outcome?.what === 'running' ? undefined : 'status'}>
            {outcome?.what === 'running' && <Running {...outcome} onCancel={cancel} />}
            {outcome && outcome.what !== 'running' && <Result outcome={outcome} />}
          </div>
        </Card>
        <Card title={t('exports.sqlite')}>
          <p className="mb-3 text-muted">{t('exports.sqliteHint')}</p>
          <Copyable
            label={t('exports.sqlite')}
            text="openvoicecall export records --format sqlite --out calls.db"
          />
        </Card>
      </div>
    </>
  );
}
