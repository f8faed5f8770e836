/** The calls that run now, as they come and go. */
import '../i18n/live.ts';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  memo,
  type ReactNode,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useRead } from '../account.tsx';
import type { App } from '../api/types.ts';
import { type LiveCall, stages } from '../live/live-calls.ts';
import { useLiveCalls } from '../live/use-live-calls.ts';
import { Badge, Card, Select, Skeleton, TextField } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';
import { PageHead } from '../parts/table.tsx';
import { duration } from '../parts/times.ts';

const ANY = 'any';

/** px; two lines where there is little room. */
const ROW = { narrow: 64, wide: 40 } as const;

const wideScreen = window.matchMedia('(min-width: 48rem)');

function useIsWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      wideScreen.addEventListener('change', listener);
      return () => wideScreen.removeEventListener('change', listener);
    },
    () => wideScreen.matches,
  );
}

/** The time, once a second. */
function useSeconds(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

const tones = {
  waiting: 'neutral',
  dialling: 'neutral',
  ringing: 'warn',
  answered: 'warn',
  connected: 'good',
} as const;

const cells =
  'grid grid-cols-[8rem_8rem_minmax(0,1fr)] content-center items-center gap-x-3 px-3 md:grid-cols-[7rem_4rem_minmax(6rem,1fr)_10rem_10rem_minmax(6rem,1.5fr)]';

const Row = memo(function Row({
  call,
  app,
  now,
  index,
  top,
}: {
  call: LiveCall;
  app: string;
  now: number;
  index: number;
  top: number;
}): ReactNode {
  const { t } = useTranslation();
  const { sessionId, stage, party, from, to, since } = call;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${top}px)` }}
      className={`absolute inset-x-0 top-0 h-16 border-t border-line hover:bg-raised md:h-10 ${cells}`}
    >
      <span role="cell">
        <Badge tone={tones[stage]}>{t(`live.stage.${stage}`, { party })}</Badge>
      </span>
      <span role="cell" className="text-right tabular-nums">
        {duration(now - since)}
      </span>
      <span role="cell" className="truncate">
        {app}
      </span>
      <span role="cell" className="truncate font-mono text-sm">
        {from}
      </span>
      <span role="cell" className="truncate font-mono text-sm">
        {to}
      </span>
      <span role="cell" className="truncate font-mono text-sm">
        <Link
          href={`/console/calls/${encodeURIComponent(sessionId)}`}
          className="inline-block py-1 text-accent underline"
        >
          {sessionId}
        </Link>
      </span>
    </div>
  );
});

function Rows({
  calls,
  nameOf,
}: {
  calls: readonly LiveCall[];
  nameOf: (appKey: string) => string;
}): ReactNode {
  const { t } = useTranslation();
  const now = useSeconds();
  const height = useIsWide() ? ROW.wide : ROW.narrow;
  const place = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: calls.length,
    getScrollElement: () => place.current,
    estimateSize: () => height,
    getItemKey: (index) => calls[index]?.sessionId ?? index,
    overscan: 8,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  return (
    <div
      ref={place}
      role="region"
      aria-label={t('live.title')}
      tabIndex={0}
      className="relative h-[calc(100dvh-20rem)] min-h-80 overflow-auto rounded-xl border border-line bg-surface"
    >
      <div role="table" aria-label={t('live.title')} aria-rowcount={calls.length + 1}>
        <div role="rowgroup" className="sticky top-0 z-1 bg-surface">
          <div role="row" aria-rowindex={1} className={`py-2 text-sm font-medium text-muted ${cells}`}>
            <span role="columnheader">{t('calls.columns.state')}</span>
            <span role="columnheader" className="text-right">
              {t('live.since')}
            </span>
            <span role="columnheader">{t('calls.app')}</span>
            <span role="columnheader">{t('calls.columns.from')}</span>
            <span role="columnheader">{t('calls.columns.to')}</span>
            <span role="columnheader">{t('calls.columns.session')}</span>
          </div>
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ key, index, start }) => {
            const call = calls[index];
            if (call === undefined) return null;
            return (
              <Row key={key} call={call} app={nameOf(call.appKey)} now={now} index={index} top={start} />
            );
          })}
        </div>
      </div>
    </div>
  );
}

const matches = ({ from, to, sessionId }: LiveCall, app: string, sought: string): boolean =>
  [from, to, sessionId, app].some((text) => text.toLowerCase().includes(sought));

function useFiltered(calls: readonly LiveCall[], nameOf: (appKey: string) => string, filter: string) {
  const [stage, setStage] = useState<string>(ANY);
  const sought = useDeferredValue(filter.trim().toLowerCase());
  const found = useMemo(
    () =>
      calls.filter(
        (call) =>
          (stage === ANY || call.stage === stage) &&
          (sought === '' || matches(call, nameOf(call.appKey), sought)),
      ),
    [calls, nameOf, stage, sought],
  );
  return { found, stage, setStage };
}

function Counts({ calls }: { calls: readonly LiveCall[] }): ReactNode {
  const { t } = useTranslation();
  const counts = stages.map((stage) => [stage, calls.filter((call) => call.stage === stage).length] as const);
  return (
    <p className="mb-3 flex flex-wrap items-center gap-2">
      <strong>{t('live.running', { count: calls.length })}</strong>
      {counts.map(
        ([stage, count]) =>
          count > 0 && (
            <Badge key={stage} tone={tones[stage]}>
              {t(`live.counted.${stage}`)} {count}
            </Badge>
          ),
      )}
    </p>
  );
}

function Empty(): ReactNode {
  const { t } = useTranslation();
  return (
    <Card>
      <p className="mb-2">{t('live.empty')}</p>
      <Link href="/console/calls" className="text-accent underline">
        {t('nav.calls')}
      </Link>
    </Card>
  );
}

function Shown({ calls }: { calls: readonly LiveCall[] }): ReactNode {
  const { t } = useTranslation();
  const [filter, setFilter] = useState('');
  const { data } = useRead<{ apps: App[] }>('/apps');
  const nameOf = useMemo(() => {
    const names = new Map(data?.apps.map(({ appKey, name }) => [appKey, name]));
    return (appKey: string) => names.get(appKey) ?? appKey;
  }, [data]);
  const { found, stage, setStage } = useFiltered(calls, nameOf, filter);
  return (
    <>
      <Counts calls={calls} />
      <div className="mb-4 flex flex-wrap items-end gap-4">
        <TextField label={t('live.filter')} value={filter} onChange={setFilter} autoComplete="off" />
        <Select
          label={t('calls.state')}
          value={stage}
          onChange={setStage}
          choices={[ANY, ...stages].map((id) => ({
            id,
            text: id === ANY ? t('calls.any') : t(`live.counted.${id as LiveCall['stage']}`),
          }))}
        />
      </div>
      {calls.length === 0 ? (
        <Empty />
      ) : found.length === 0 ? (
        <Card>{t('calls.emptyFiltered')}</Card>
      ) : (
        <Rows calls={found} nameOf={nameOf} />
      )}
    </>
  );
}

export function LivePage(): ReactNode {
  const { t } = useTranslation();
  const { calls, error, reload } = useLiveCalls();
  return (
    <>
      <PageHead title={t('nav.live')} intro={t('live.intro')} />
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {calls === undefined ? error === undefined && <Skeleton lines={8} /> : <Shown calls={calls} />}
    </>
  );
}
